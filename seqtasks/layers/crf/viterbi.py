"""Single paths through a chain of tags: their scores, the best one, the k best.

Scores and arguments are those of `crf_sums`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from seqtasks.layers.crf.forward_backward import FORBIDDEN

NO_PATH = -1e30
MASKED = 3e37  # above any score: marks masked steps


def previous_tags(tags: Any, real: Any, default: int) -> Any:
    """The tag of the real step before each step, [batch, time]; `default` where there is none."""
    steps = ops.shape(real)[1]
    positions = ops.sort(ops.where(real, ops.arange(steps, dtype="int32"), steps), axis=1)
    rank = ops.cumsum(ops.cast(real, "int32"), axis=1) - 2  # of the real step before a real one
    positions = ops.take_along_axis(positions, ops.maximum(rank, 0), axis=1)
    found = ops.take_along_axis(tags, ops.minimum(positions, steps - 1), axis=1)
    return ops.where(rank >= 0, found, default)


def path_score(unary: Any, between: Any, real: Any, tags: Any) -> Any:
    """s(y) of given tags, int32 [batch, time]: [batch]."""
    count = between.shape[0]
    now = ops.one_hot(tags, count)
    before = ops.one_hot(previous_tags(tags, real, count), count + 1)[..., :count]  # zeros at first
    scores = now * (unary + ops.matmul(before, between))
    return ops.sum(ops.where(ops.expand_dims(real, -1), scores, 0.0), axis=(1, 2))


def best_path(unary: Any, between: Any, real: Any) -> tuple[Any, Any]:
    """Viterbi.

    Returns:
        The tags int32 [batch, time], 0 on masked steps, and their score [batch].
    """
    count = between.shape[0]
    # [time, tags, batch]: so maxima over tags go several sentences at a time
    unary, real = ops.transpose(unary, (1, 2, 0)), ops.transpose(real)
    steps = ops.where(ops.expand_dims(real, 1), unary, MASKED)
    moves = ops.expand_dims(between, -1)

    def forth(message: Any, x: Any) -> tuple[Any, Any]:
        scores = message + x
        scores = scores - ops.max(scores, axis=0, keepdims=True)  # numbers stay small
        new = ops.max(ops.expand_dims(scores, 1) + moves, axis=0)
        message = ops.where(x < MASKED, new, message)
        return message, message

    first = ops.zeros_like(unary[0])
    _, messages = ops.scan(forth, first, steps)
    scores = steps + ops.concatenate([ops.expand_dims(first, 0), messages[:-1]])
    scores = ops.transpose(scores, (0, 2, 1))  # [time, batch, tags]
    before = ops.pad(ops.transpose(between), ((0, 1), (0, 0)))  # row j: before tag j; then: the end

    def back(tag: Any, x: Any) -> tuple[Any, Any]:
        best = ops.argmax(x + ops.take(before, tag, axis=0), axis=-1)
        tag = ops.where(x[:, 0] < MASKED, ops.cast(best, "int32"), tag)
        return tag, tag

    end = ops.full_like(ops.cast(real[0], "int32"), count)
    _, path = ops.scan(back, end, scores, reverse=True)
    score = ops.sum(ops.where(real, ops.max(scores, axis=-1), 0.0), axis=0)
    return ops.transpose(ops.where(real, path, 0)), score


def real_steps(chain: Any) -> Any:
    """Which steps of `crf_sums.conditionals` are real: those not all zero, bool [batch, time]."""
    return ops.any(ops.not_equal(chain, 0.0), axis=(2, 3))


def best_of_conditionals(chain: Any) -> Any:
    """Viterbi on log p(y_t | y_{t-1}) [batch, time, tags, tags]: int32 [batch, time]."""
    real = real_steps(chain)
    stay = FORBIDDEN * (1.0 - ops.eye(chain.shape[-1]))  # a masked step passes the tag on
    moves = ops.where(real[..., None, None], chain, stay)
    moves = ops.transpose(moves, (1, 0, 2, 3))  # [time, batch, tags, tags]

    def value(after: Any, x: Any) -> tuple[Any, Any]:
        before = ops.max(x + ops.expand_dims(after, 1), axis=-1)
        return before, before

    end = ops.zeros_like(moves[0, :, 0])
    _, values = ops.scan(value, end, moves, reverse=True)
    values = ops.concatenate([values[1:], ops.expand_dims(end, 0)])
    scores = moves + ops.expand_dims(values, 2)  # of the best way on

    def choose(tag: Any, x: Any) -> tuple[Any, Any]:
        row = ops.take_along_axis(x, tag[:, None, None], axis=1)[:, 0]
        tag = ops.cast(ops.argmax(row, axis=-1), "int32")
        return tag, tag

    _, path = ops.scan(choose, ops.zeros_like(ops.cast(real[:, 0], "int32")), scores)
    return ops.where(real, ops.transpose(path), 0)


def best_paths(unary: Any, between: Any, real: Any, k: int) -> tuple[Any, Any]:
    """The k paths with the highest scores, the best first.

    Returns:
        Tags int32 [batch, k, time], 0 on masked steps, and scores [batch, k]. Where there are fewer
        than k paths, scores of -inf (and tags 0) stand for the rest.
    """
    count = between.shape[0]
    ends = (
        count + 1
    ) * k  # the r-th best path that goes on to tag j has place j * k + r; last: end
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
