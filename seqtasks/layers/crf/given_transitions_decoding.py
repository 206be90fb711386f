"""Decoding by Viterbi's algorithm over a given transition matrix, without a layer."""

from __future__ import annotations

from typing import Any

from seqtasks.layers.crf.chain_scores import decode, permitted_scores
from seqtasks.layers.crf.given_chain import given_chain, permitted_tags


def crf_decode(
    emissions: Any, transitions: Any, *, mask: Any = None, lengths: Any = None
) -> tuple[Any, Any]:
    """The tag sequences with the highest scores, by Viterbi's algorithm.

    Args:
        emissions: as in `crf_sequence_score`.
        transitions: as in `crf_sequence_score`.
        mask: as in `crf_sequence_score`.
        lengths: as in `crf_sequence_score`.

    Returns:
        Tags int32 [batch, time], 0 on masked steps, and their scores s(y), float32 [batch].

    Raises:
        ValueError: shapes that do not fit, or both `mask` and `lengths`.

    Example:
        >>> tags, score = crf_decode(keras.ops.ones((1, 3, 2)), keras.ops.eye(2))

    Reference:
        Viterbi, Error bounds for convolutional codes and an asymptotically optimum decoding
        algorithm, 1967.
    """
    chain = given_chain(emissions, transitions, mask, lengths, "crf_decode")
    return decode(chain.unary, chain.between, chain.real, chain.emissions)


def crf_constrained_decode(
    emissions: Any, permitted: Any, transitions: Any, *, mask: Any = None, lengths: Any = None
) -> tuple[Any, Any]:
    """The best tag sequences of those that are permitted, step by step.

    Args:
        emissions: as in `crf_sequence_score`.
        permitted: bool [batch, time, tags], the tags that each step may have; on masked steps
            anything.
        transitions: as in `crf_sequence_score`.
        mask: as in `crf_sequence_score`.
        lengths: as in `crf_sequence_score`.

    Returns:
        Tags int32 [batch, time], 0 on masked steps, and their scores s(y), float32 [batch]: -1e9
        or less where no sequence is permitted.

    Raises:
        ValueError: shapes that do not fit, or both `mask` and `lengths`.

    Example:
        >>> tags, score = crf_constrained_decode(*[keras.ops.ones((1, 2, 2))] * 2, keras.ops.eye(2))

    Reference:
        Kristjansson et al., Interactive information extraction with constrained conditional random
        fields, 2004.
    """
    chain = given_chain(emissions, transitions, mask, lengths, "crf_constrained_decode")
    permitted = permitted_tags(permitted, chain, "crf_constrained_decode")
    unary = permitted_scores(chain.unary, permitted, chain.real)
    return decode(unary, chain.between, chain.real, chain.emissions)
