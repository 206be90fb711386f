"""The chain of given emissions and transitions, and given tags for it: arguments checked."""

from __future__ import annotations

from typing import Any, NamedTuple

from keras import ops

from seqtasks.layers.argument_checks import check_sequences, check_shape
from seqtasks.layers.crf.chain_scores import finite, real_steps_of, relative


class Chain(NamedTuple):
    """The scores of a chain, as `forward_backward.expectations` takes them.

    Attributes:
        unary: emissions relative to the highest of each step, [batch, time, tags]; 0 where masked.
        between: transitions, [tags, tags].
        real: which steps are real, bool [batch, time].
        emissions: finite emissions, [batch, time, tags]; 0 where masked.
    """

    unary: Any
    between: Any
    real: Any
    emissions: Any


def given_chain(emissions: Any, transitions: Any, mask: Any, lengths: Any, owner: str) -> Chain:
    """The chain of emissions and transitions; the steps are real by `mask`, by `lengths`, or all.

    Args:
        emissions: [batch, time, tags].
        transitions: [tags, tags].
        mask: bool [batch, time], or None.
        lengths: integers [batch], or None.
        owner: the function, for messages.
    """
    emissions, between = finite(emissions), finite(transitions)
    check_sequences(emissions.shape, None, owner)
    tags = emissions.shape[-1]
    advice = f"Pass one score for each pair of the {tags} tags, from row to column."
    check_shape(between.shape, (tags, tags), "transitions", advice, owner)
    if lengths is not None:
        if mask is not None:
            raise ValueError(
                f"{owner}: expected `mask` or `lengths`, received both. Pass one of them."
            )
        lengths = ops.cast(ops.convert_to_tensor(lengths), "int32")
        advice = "Pass the number of real steps of each row."
        check_shape(lengths.shape, emissions.shape[:1], "lengths", advice, owner)
        mask = ops.arange(ops.shape(emissions)[1], dtype="int32") < ops.expand_dims(lengths, 1)
    real = real_steps_of(mask, emissions, owner)
    steps = ops.expand_dims(real, -1)
    unary = ops.where(steps, relative(emissions), 0.0)
    return Chain(unary, between, real, ops.where(steps, emissions, 0.0))


def given_tags(tags: Any, chain: Chain, owner: str) -> Any:
    """Tags as a tensor, int32 [batch, time]."""
    tags = ops.convert_to_tensor(tags)
    advice = "Pass one integer for each step; for sets of tags there are the multitag functions."
    check_shape(tags.shape, chain.real.shape, "tags", advice, owner)
    return ops.cast(tags, "int32")


def permitted_tags(permitted: Any, chain: Chain, owner: str) -> Any:
    """Permitted tags as a tensor, bool [batch, time, tags]."""
    permitted = ops.convert_to_tensor(permitted)
    advice = "Pass True or False for each tag of each step."
    check_shape(permitted.shape, chain.unary.shape, "permitted", advice, owner)
    return ops.cast(permitted, "bool")
