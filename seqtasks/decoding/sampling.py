"""Greedy decoding and sampling: one sequence per row, id by id."""

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

    Plain operations in one loop: compile it with the backend's own compiler (`tf.function`,
    `jax.jit`); in a SavedModel any loader runs it.

    Args:
        step: ids and a state -> logits of the next ids and the new state.
        state: the first step's; nested tensors [batch, ...] whose shapes do not change.
        start: ids fed to the first step, int [batch].
        length: ids in a row of the result.
        limits: maximum length of each row, the end included, int [batch]; None is `length` for
            all. At its limit a row is forced to end.
        rules: constraints on the sequences.

    Returns:
        int32 [batch, length]: ids up to and including the end, then 0.
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
    """Samples each id from the distribution of `filtered_logits`.

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
        seed: of the random numbers, an integer: rows draw different numbers, by their place. Or
            integers [batch], one a row, which draws the same wherever it stands.
        first: index of the first draw, scalar or [batch]: a sequence sampled in several calls, each
            with the state and the index where the last one stopped, is the sequence sampled in one
            call.
        limits: as in `greedy`.
        rules: as in `greedy`.
        return_state: return the state after the last step, too.

    Returns:
        int32 [batch, length]: ids up to and including the end, then 0; with `return_state` a pair.
    """
    seed = ops.cast(seed, "int32")

    def draw(logits: Any, number: Any) -> Any:
        logits = filtered_logits(logits, temperature, top_k, top_p)
        below = ops.cumsum(ops.softmax(logits, axis=-1), axis=-1)
        uniform = _uniform(seed, number + first, ops.shape(logits)[0])
        reached = below <= uniform[:, None] * below[:, -1:]  # never an id of probability 0
        return ops.sum(ops.cast(reached, "int32"), axis=-1)

    ids, state = _decode(step, state, start, length, limits, rules, draw)
    return (ids, state) if return_state else ids


def filtered_logits(logits: Any, temperature: Any = 1.0, top_k: Any = 0, top_p: Any = 1.0) -> Any:
    """Logits divided by the temperature, minus infinity outside of the top k and the nucleus.

    First the temperature is applied, then the `top_k` most probable ids are kept, and of these the
    smallest set with a probability of at least `top_p` together. Of equal logits the first ranks
    higher.

    Args:
        logits: [rows, vocabulary].
        temperature: the logits' divisor: below 1 the distribution is sharper, above 1 flatter; 0
            keeps the most probable id alone. Scalar or [rows].
        top_k: number of ids to keep; 0 keeps all. Scalar or [rows].
        top_p: probability to keep, 1 keeps all; the most probable id is always kept. Scalar or
            [rows].

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
    better = ops.cumsum(probabilities, axis=-1) - probabilities  # of the ids that rank higher
    wanted = ops.take_along_axis(better, ranks, axis=-1) < top_p
    wanted = ops.logical_or(wanted, top_p >= 1)
    return ops.where(ops.logical_or(wanted, ranks == 0), logits, lowest)


def like(value: Any, model: Any) -> Any:
    """`value` with the type and the static shape of `model`, as loops require of loop variables."""
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
    """Numbers in (0, 1) that depend on seed and step alone, and on the row if the seed does not.

    A hash of a counter: Keras's generators need a seed that is known when a graph is traced.

    Args:
        seed: int32, scalar or [rows].
        number: of the step, scalar or [rows].
        rows: how many.

    Returns:
        float32 [rows].
    """
    key = hashed(seed + 0x3C6EF372)  # 0 would be hashed to 0
    key = hashed(key + ops.cast(number, "int32"))
    key = key if len(seed.shape) else hashed(key + ops.arange(rows, dtype="int32"))
    return (ops.cast(ops.bitwise_and(key, 0x3FFFFF), "float32") + 0.5) / float(0x400000)
