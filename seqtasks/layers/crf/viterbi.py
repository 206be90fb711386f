"""Viterbi's algorithm: the score of a given path, the best path, the k best paths.

`best_path` (scores of tags and one table of transitions) and `best_path_of_chain` (a table for each
step) share one recursion, `_messages`, and one backtrace, `_backtrace`, which repeats comparisons
instead of storing pointers. They differ in what is compared and in the layout: with one table,
maxima over tags run over several sentences at a time if tags come before rows; tables for each
step would have to be transposed for that, which took 1.1 to 1.6 times as long at 20 tags.

`best_paths` has a recursion and a backtrace of its own. It needs top-k, which works on the last
axis only, and the rank of each path beside its tag; run by the shared ones, with k places for each
tag, it took 1.3 to 2 times as long, and with k = 1 it takes up to 6 times as long as `best_path`
(k = 5, batch 32, 50 steps, 5 and 20 tags, TensorFlow on a CPU, with and without XLA).

Arguments `unary`, `between` and `real` are those of `forward_backward.expectations`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from seqtasks.layers.crf.forward_backward import FORBIDDEN

NO_PATH = -1e30
MASKED = 3e37  # marks masked steps: above any score


def previous_tags(tags: Any, real: Any, default: int) -> Any:
    """The tag of the real step before each step, [batch, time]; `default` where there is none."""
    steps = ops.shape(real)[1]
    positions = ops.sort(ops.where(real, ops.arange(steps, dtype="int32"), steps), axis=1)
    rank = ops.cumsum(ops.cast(real, "int32"), axis=1) - 2  # of the real step before a real one
    positions = ops.take_along_axis(positions, ops.maximum(rank, 0), axis=1)
    found = ops.take_along_axis(tags, ops.minimum(positions, steps - 1), axis=1)
    return ops.where(rank >= 0, found, default)


def path_score(unary: Any, between: Any, real: Any, tags: Any) -> Any:
    """s(y) of given tags, int32 [batch, time]: [batch]; a number of no tag counts as forbidden."""
    count = between.shape[0]
    now = ops.one_hot(tags, count)
    before = ops.one_hot(previous_tags(tags, real, count), count + 1)[..., :count]  # zeros at first
    scores = ops.sum(now * (unary + ops.matmul(before, between)), axis=-1)
    known = ops.logical_and(tags >= 0, tags < count)
    return ops.sum(ops.where(real, ops.where(known, scores, FORBIDDEN), 0.0), axis=1)


def _messages(
    compare: Callable, first: Any, steps: Any, axis: int, reverse: bool = False
) -> tuple[Any, Any]:
    """The recursion of Viterbi's algorithm: m = max over `axis` of compare(m before, step).

    Args:
        compare: (m, a step's scores) -> scores of all pairs of tags, and where m is to change, or
            None for everywhere.
        first: m before the first step.
        steps: [time, ...].
        axis: of the tags to choose from.
        reverse: go from the last step to the first.

    Returns:
        The m that each step was compared with, [time, ...].
    """

    def step(message: Any, x: Any) -> tuple[Any, Any]:
        pairs, real = compare(message, x)
        message = _held(real, ops.max(pairs, axis=axis), message)
        return message, message

    _, messages = ops.scan(step, first, steps, reverse=reverse)
    first = ops.expand_dims(first, 0)
    parts = [messages[1:], first] if reverse else [first, messages[:-1]]
    return ops.concatenate(parts)


def _held(real: Any, new: Any, old: Any) -> Any:
    return new if real is None else ops.where(real, new, old)


def _backtrace(rows: Callable, first: Any, scores: Any, reverse: bool = False) -> Any:
    """Follows the best path from one end to the other, against the direction of the recursion.

    Args:
        rows: (scores of a step, the tag next to it int32 [batch]) -> scores of its tags given that
            one [batch, tags], and where the tag is to change [batch], or None for everywhere.
        first: the tag to begin at, int32 [batch].
        scores: [time, batch, ...].
        reverse: go from the last step to the first.

    Returns:
        Tags int32 [time, batch]; where a tag is not to change, that of the step before on this way.
    """

    def step(tag: Any, x: Any) -> tuple[Any, Any]:
        row, real = rows(x, tag)
        tag = _held(real, ops.cast(ops.argmax(row, axis=-1), "int32"), tag)
        return tag, tag

    return ops.scan(step, first, scores, reverse=reverse)[1]


def best_path(unary: Any, between: Any, real: Any) -> Any:
    """The tags of the path with the highest score, int32 [batch, time]; 0 on masked steps."""
    unary, real = ops.transpose(unary, (1, 2, 0)), ops.transpose(real)  # [time, tags, batch]
    steps = ops.where(ops.expand_dims(real, 1), unary, MASKED)
    moves = ops.expand_dims(between, -1)

    def compare(message: Any, x: Any) -> tuple[Any, Any]:
        scores = message + x
        scores = scores - ops.max(scores, axis=0, keepdims=True)  # numbers stay small
        return ops.expand_dims(scores, 1) + moves, x < MASKED

    scores = steps + _messages(compare, ops.zeros_like(unary[0]), steps, axis=0)
    scores = ops.transpose(scores, (0, 2, 1))  # [time, batch, tags]
    table = ops.pad(ops.transpose(between), ((0, 1), (0, 0)))  # row j: before tag j; then: the end
    end = ops.full_like(ops.cast(real[0], "int32"), between.shape[0])

    def rows(x: Any, after: Any) -> tuple[Any, Any]:
        return x + ops.take(table, after, axis=0), x[:, 0] < MASKED

    path = _backtrace(rows, end, scores, reverse=True)
    return ops.transpose(ops.where(real, path, 0))


def real_steps(chain: Any) -> Any:
    """Which steps of a CRF's output are real: those not all zero, bool [batch, time]."""
    return ops.any(ops.not_equal(chain, 0.0), axis=(2, 3))


def best_path_of_chain(chain: Any) -> Any:
    """The best path by log p(y_t | y_{t-1}) [batch, time, tags, tags]: int32 [batch, time]."""
    real = real_steps(chain)
    if chain.shape[0] == 0:
        return ops.cast(real, "int32")
    stay = FORBIDDEN * (1.0 - ops.eye(chain.shape[-1]))  # a masked step passes the tag on
    steps = ops.where(real[..., None, None], chain, stay)
    steps = ops.transpose(steps, (1, 0, 2, 3))  # [time, batch, tags before, tags]

    def compare(message: Any, x: Any) -> tuple[Any, None]:
        return x + ops.expand_dims(message, 1), None

    def rows(x: Any, before: Any) -> tuple[Any, None]:
        return ops.take_along_axis(x, before[:, None, None], axis=1)[:, 0], None

    messages = _messages(compare, ops.zeros_like(steps[0, :, 0]), steps, axis=-1, reverse=True)
    scores = steps + ops.expand_dims(messages, 2)
    path = _backtrace(rows, ops.zeros_like(ops.cast(real[:, 0], "int32")), scores)
    return ops.where(real, ops.transpose(path), 0)


def best_paths(unary: Any, between: Any, real: Any, k: int) -> tuple[Any, Any]:
    """The k paths with the highest scores, the best first.

    Returns:
        Tags int32 [batch, k, time], 0 on masked steps, and scores s(y) [batch, k]. Where there are
        fewer than k paths, scores of -inf (and tags 0) stand for the rest.
    """
    count = between.shape[0]
    ends = (count + 1) * k  # the r-th best path that goes on to tag j has place j * k + r
    unary, real = ops.transpose(unary, (1, 0, 2)), ops.transpose(real)  # [time, batch, ...]
    steps = ops.where(ops.expand_dims(real, -1), unary, MASKED)
    moves = ops.pad(ops.transpose(between), ((0, 1), (0, 0)))  # row j: before tag j; then: the end
    moves = ops.repeat(moves, k, axis=1)  # [tags + 1, tags * k]
    stay = ops.arange(ends, dtype="float32")

    def forth(state: Any, x: Any) -> tuple[Any, Any]:
        scores = state[:, : count * k] + ops.repeat(x, k, axis=1)
        scores = scores - ops.max(scores, axis=-1, keepdims=True)
        new, origin = ops.top_k(ops.expand_dims(scores, 1) + moves, k)  # [batch, tags + 1, k]
        new = ops.reshape(new, ops.shape(state[:, :ends]))
        origin = ops.reshape(ops.cast(origin, "float32"), ops.shape(new))
        masked = x[:, :1] >= MASKED
        new, origin = ops.where(masked, state[:, :ends], new), ops.where(masked, stay, origin)
        state = ops.concatenate([new, origin], axis=-1)
        return state, state

    first = ops.tile(ops.where(ops.arange(k) > 0, NO_PATH, 0.0), (count + 1,))
    first = ops.concatenate([first, stay])
    first = ops.broadcast_to(first, (ops.shape(real)[1], 2 * ends))
    final, states = ops.scan(forth, first, steps)
    before = ops.concatenate([ops.expand_dims(first, 0), states[:-1]])[..., : count * k : k]
    highest = ops.where(real, ops.max(before + unary, axis=-1), 0.0)
    scores = final[:, count * k : ends] + ops.expand_dims(ops.sum(highest, axis=0), -1)
    scores = ops.where(scores > FORBIDDEN / 2, scores, -np.inf)

    def back(place: Any, pointers: Any) -> tuple[Any, Any]:
        place = ops.cast(ops.take_along_axis(pointers, place, axis=1), "int32")
        return place, place

    place = ops.broadcast_to(ops.arange(count * k, ends, dtype="int32"), ops.shape(scores))
    _, path = ops.scan(back, place, states[..., ends:], reverse=True)  # [time, batch, k]
    kept = ops.logical_and(ops.expand_dims(real, -1), scores > -np.inf)
    return ops.transpose(ops.where(kept, path // k, 0), (1, 2, 0)), scores
