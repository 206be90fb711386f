"""Greedy decoding and sampling: one sequence a row, each id from the logits before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from seqtasks.decoding.rules import Rules
from seqtasks.layers.dropout import hashed

# ids [rows], state (nested tensors [rows, ...]) -> logits [rows, vocabulary], the state after.
Step = Callable[[Any, Any], tuple[Any, Any]]


def greedy(
    step: Step,
    state: Any,
    start: Any,
    *,
    length: int,
    limits: Any = None,
    rules: Rules = Rules(),  # noqa: B008  (frozen)
) -> Any:
    """The most probable id at each step.

    Plain operations in one loop: compile it with the backend's own means (`tf.function`,
    `jax.jit`); in a SavedModel any loader runs it.

    Args:
        step: from ids and a state to the logits of the next ids and the state after.
        state: before the first step; nested tensors [batch, ...] whose shapes do not change.
        start: what the first step is fed, int [batch].
        length: ids in a row of the result.
        limits: most ids of each row, its end included, int [batch]; None is `length` for all. A
            row that comes to its limit is made to end there.
        rules: what may be emitted where.

    Returns:
        int32 [batch, length]: ids up to and with the end, then 0.
    """
    return _decode(step, state, start, length, limits, rules, _first_best)[0]


def sample(
    step: Step,
    state: Any,
    start: Any,
    *,
    length: int,
    temperature: Any = 1.0,
    top_k: Any = 0,
    top_p: Any = 1.0,
    seed: Any = 0,
    first: Any = 0,
    limits: Any = None,
    rules: Rules = Rules(),  # noqa: B008  (frozen)
    return_state: bool = False,
) -> Any:
    """Draws each id by its probability among those that `filtered_logits` leaves.

    Temperature, top_k, top_p and seed may be tensors, so that one compiled graph serves all
    settings. The same seed draws the same ids on every backend, given the same logits.

    Args:
        step: as in `greedy`.
        state: as in `greedy`.
        start: as in `greedy`.
        length: as in `greedy`.
        temperature: see `filtered_logits`; 0 is `greedy`.
        top_k: see `filtered_logits`.
        top_p: see `filtered_logits`.
        seed: decides the draws, an integer.
        first: the number of the first draw: ids drawn piece by piece, each piece from where the
            one before ended, are those drawn at once.
        limits: as in `greedy`.
        rules: as in `greedy`.
        return_state: return the state after the last id that was fed, too.

    Returns:
        int32 [batch, length]: ids up to and with the end, then 0; with `return_state` a pair.
    """
    seed = ops.cast(seed, "int32")

    def draw(logits: Any, number: Any) -> Any:
        logits = filtered_logits(logits, temperature, top_k, top_p)
        below = ops.cumsum(ops.softmax(logits, axis=-1), axis=-1)
        uniform = _uniform(seed, number + first, ops.shape(logits)[0])
        reached = below <= uniform[:, None] * below[:, -1:]  # so an id of no probability is passed
        return ops.sum(ops.cast(reached, "int32"), axis=-1)

    ids, state = _decode(step, state, start, length, limits, rules, draw)
    return (ids, state) if return_state else ids


def filtered_logits(logits: Any, temperature: Any = 1.0, top_k: Any = 0, top_p: Any = 1.0) -> Any:
    """The logits of the ids worth drawing, sharpened; minus infinity for the others.

    First the temperature, then of what that gives the `top_k` best, then of those the fewest that
    hold `top_p` of their probability together. Of equal logits the first counts as better.

    Args:
        logits: [rows, vocabulary].
        temperature: logits are divided by it: below 1 sharper, above 1 flatter; at 0 only the best
            is left. Scalar or [rows].
        top_k: how many ids to keep; 0 keeps all. Scalar or [rows].
        top_p: probability to keep, 1 keeps all; the best id always stays. Scalar or [rows].

    Returns:
        float32 [rows, vocabulary].

    Reference:
        Fan et al., arXiv:1805.04833 (top k); Holtzman et al., arXiv:1904.09751 (top p).
    """
    logits = ops.cast(logits, "float32")
    vocabulary = logits.shape[-1]
    temperature, top_p = (_column(x, "float32") for x in (temperature, top_p))
    top_k = _column(top_k, "int32")
    frozen = temperature <= 0
    logits = logits / ops.where(frozen, ops.ones_like(temperature), temperature)
    keep = ops.where(top_k > 0, top_k, vocabulary)
    keep = ops.where(frozen, ops.ones_like(keep), keep)

    order = ops.argsort(-logits, axis=-1)  # best first
    ranks = ops.argsort(order, axis=-1)
    lowest = ops.full_like(logits, -float("inf"))
    logits = ops.where(ranks < keep, logits, lowest)
    probabilities = ops.take_along_axis(ops.softmax(logits, axis=-1), order, axis=-1)
    better = ops.cumsum(probabilities, axis=-1) - probabilities  # held by the better ones
    wanted = ops.take_along_axis(better, ranks, axis=-1) < top_p
    wanted = ops.logical_or(wanted, top_p >= 1)
    return ops.where(ops.logical_or(wanted, ranks == 0), logits, lowest)


def like(value: Any, model: Any) -> Any:
    """`value` with the type and the static shape of `model`, as loops ask of what they carry."""
    return ops.reshape(ops.cast(value, model.dtype), ops.shape(model))


def row_limits(limits: Any, start: Any, length: Any) -> Any:
    """The limit of each row, int32 [rows], never more than `length`."""
    start = ops.convert_to_tensor(start)
    most = ops.zeros_like(start, dtype="int32") + length
    return most if limits is None else ops.minimum(ops.cast(limits, "int32"), most)


def _decode(
    step: Step, state: Any, start: Any, length: Any, limits: Any, rules: Rules, pick: Callable
) -> tuple[Any, Any]:
    start = ops.cast(start, "int32")
    limits = row_limits(limits, start, length)
    columns = ops.arange(length, dtype="int32")
    ids = ops.zeros_like(start)[:, None] + ops.zeros_like(columns)[None]  # [rows, length]

    def going(number: Any, last: Any, ids: Any, done: Any, state: Any) -> Any:
        return ops.logical_and(number < length, ops.logical_not(ops.all(done)))

    def one(number: Any, last: Any, ids: Any, done: Any, state: Any) -> tuple:
        logits, after = step(last, state)
        logits = rules.apply(ops.cast(logits, "float32"), ids, number, limits)
        chosen = ops.where(done, 0, ops.cast(pick(logits, number), "int32"))
        new_ids = ops.where(columns[None] == number, chosen[:, None], ids)
        if rules.end is not None:
            done = ops.logical_or(done, chosen == rules.end)
        after = keras.tree.map_structure(like, after, state)
        return number + 1, like(chosen, last), like(new_ids, ids), done, after

    done = ops.zeros_like(start, dtype="bool")
    first = (ops.convert_to_tensor(0, "int32"), start, ids, done, state)
    _, _, ids, _, state = ops.while_loop(going, one, first)
    return ids, state


def _first_best(logits: Any, number: Any) -> Any:
    return ops.argmax(logits, axis=-1)


def _column(value: Any, dtype: str) -> Any:
    """A scalar or [rows] as [1, 1] or [rows, 1]."""
    return ops.reshape(ops.cast(value, dtype), (-1, 1))


def _uniform(seed: Any, number: Any, rows: Any) -> Any:
    """Numbers in (0, 1) that hang on seed, step and row alone, float32 [rows].

    A hash of a counter: Keras's generators want a seed that is known when a graph is made.
    """
    key = hashed(seed + 0x3C6EF372)  # 0 would be mixed to 0
    key = hashed(key + ops.cast(number, "int32"))
    key = hashed(key + ops.arange(rows, dtype="int32"))
    return (ops.cast(ops.bitwise_and(key, 0x3FFFFF), "float32") + 0.5) / float(0x400000)
