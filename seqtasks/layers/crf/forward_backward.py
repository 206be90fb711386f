"""The forward-backward algorithm: partition function and expectations of a linear chain.

A path y_1 .. y_T of tags over the real steps scores

    s(y) = Σ_t u_t[y_t] + Σ_t between[y_{t-1}, y_t]

with u the unary scores: emissions, to which `CRF` has added the scores of the first and last tag.
Forward and backward messages are computed together, in one loop over time, as probabilities and
not as logarithms: one small matrix product a step. Tags 1e-38 times less likely than the best of
their step underflow to zero. That is harmless while every message from a step to the next is at
least `SMALLEST`, for then the lost ones are negligible in its sum; where one is smaller (tags 57
nats apart, and constraints that permit only the worse), the loop runs again in logarithms.

Before the first real step the chain is in a state of its own, the last of tags + 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import ops

FORBIDDEN = -1e9  # minus infinity, without its NaN
SMALLEST = 1e-25
TINY = 1e-37


class Expectations(NamedTuple):
    """The log-partition function and its gradients.

    Attributes:
        log_partition: log Σ_y exp s(y), [batch]; 0 with no real step.
        unary: p(y_t = j), [batch, time, tags]; 0 on masked steps.
        between: expected number of transitions from tag i to tag j, [batch, tags, tags].
    """

    log_partition: Any
    unary: Any
    between: Any


class Arithmetic(NamedTuple):
    """The operations of the messages: on probabilities, or on their logarithms.

    Attributes:
        product: (states [rows, lanes, n], weights [lanes, n, n]) -> messages [rows, lanes, n].
        times: messages and the unary factors of a step -> the new states.
        over: states and the largest number in each -> states scaled to a largest number of one.
        of: logarithms -> numbers of this arithmetic.
        one: 1 in this arithmetic; larger numbers mark masked steps.
        zero: 0 in this arithmetic.
    """

    product: Callable
    times: Callable
    over: Callable
    of: Callable
    one: float
    zero: float


def _product(states: Any, weights: Any) -> Any:
    """All lanes in one block-diagonal matrix product: faster than a batch of small products."""
    lanes, size = weights.shape[:2]
    apart = ops.reshape(ops.eye(lanes), (lanes, 1, lanes, 1)) * ops.expand_dims(weights, 2)
    apart = ops.reshape(apart, (lanes * size, lanes * size))  # on the diagonal, zeros elsewhere
    return ops.reshape(
        ops.matmul(ops.reshape(states, (-1, lanes * size)), apart), (-1, lanes, size)
    )


def _log_product(states: Any, weights: Any) -> Any:
    return ops.logsumexp(ops.expand_dims(states, -1) + weights, axis=-2)


FAST = Arithmetic(
    _product, ops.multiply, lambda x, y: x / ops.maximum(y, TINY), ops.exp, one=1.0, zero=0.0
)
EXACT = Arithmetic(_log_product, ops.add, ops.subtract, lambda x: x, one=0.0, zero=FORBIDDEN)


class Messages(NamedTuple):
    """Results of one loop over time for each lane; all [time, batch, lanes, tags + 1].

    Attributes:
        before: the state before each step, the largest number in it being one.
        into: the messages into each step: states before it times weights.
        through: the state after each step.
    """

    before: Any
    into: Any
    through: Any


def sweep(how: Arithmetic, unary: Any, between: Any, real: Any) -> Messages:
    """Computes the messages of all lanes in one loop.

        state_t = state_{t-1} W * u_t, divided by its largest      at real steps
        state_t = state_{t-1}                                      elsewhere

    Args:
        how: probabilities or logarithms.
        unary: log u, at most 0, [time, batch, lanes, tags].
        between: log W, at most 0, [lanes, tags, tags].
        real: bool [time, batch, lanes].
    """
    tags = unary.shape[-1]
    weights = ops.pad(how.of(between), ((0, 0), (0, 1), (0, 0)), constant_values=how.one)
    weights = ops.pad(weights, ((0, 0), (0, 0), (0, 1)), constant_values=how.zero)
    steps = ops.pad(how.of(unary), ((0, 0),) * 3 + ((0, 1),), constant_values=how.zero)
    steps = ops.where(ops.expand_dims(real, -1), steps, how.one + 1.0)

    def step(state: Any, x: Any) -> tuple[Any, Any]:
        new = how.times(how.product(state, weights), x)
        new = how.over(new, ops.max(new, axis=-1, keepdims=True))
        state = ops.where(x > how.one, state, new)
        return state, state

    first = ops.where(ops.arange(tags + 1) == tags, how.one, how.zero)
    first = ops.broadcast_to(first, ops.shape(steps[0]))
    _, through = ops.scan(step, first, steps)
    before = ops.concatenate([ops.expand_dims(first, 0), through[:-1]])
    into = how.product(ops.reshape(before, (-1, *before.shape[2:])), weights)
    return Messages(before, ops.reshape(into, ops.shape(before)), through)


def _both_ways(how: Arithmetic, unary: Any, between: Any, real: Any) -> Messages:
    """Messages forwards (lane 0) and backwards (lane 1, from the last step to the first)."""
    between = ops.stack([between, ops.transpose(between)])
    return sweep(how, _lanes(unary), between, _lanes(real))


def _lanes(steps: Any) -> Any:
    """Pairs each step with that of the reversed sequence: [time, batch, ...] -> [..., 2, ...]."""
    return ops.stack([steps, ops.flip(steps, axis=0)], axis=2)


def _fast(unary: Any, between: Any, real: Any) -> tuple[tuple, Any]:
    """The parts of the expectations from probabilities, and the smallest message."""
    found = _both_ways(FAST, unary, between, real)
    smallest = ops.min(ops.where(ops.expand_dims(_lanes(real), -1), found.into, 1.0)[..., :-1])
    before, into = found.before[:, :, 0, :-1], found.into[:, :, 0, :-1]
    after = ops.flip(found.through[:, :, 1, :-1], axis=0)
    joint = into * after  # in proportion to p(y_t)
    scale = ops.maximum(ops.sum(joint, axis=-1, keepdims=True), TINY)
    scale = ops.cast(ops.expand_dims(real, -1), "float32") / scale
    pairs = ops.einsum("tbi,tbj->bij", before * scale, after) * ops.exp(between)
    shares = ops.log(ops.maximum(ops.max(into * ops.exp(unary), axis=-1), TINY))
    final = ops.log(ops.sum(found.through[-1, :, 0], axis=-1))
    return (shares, final, joint * scale, pairs), smallest


def _exact(unary: Any, between: Any, real: Any) -> tuple:
    """The parts of the expectations from logarithms: exact for any scores."""
    found = _both_ways(EXACT, unary, between, real)
    after = ops.flip(found.through[:, :, 1, :-1], axis=0)
    moves = ops.pad(between, ((0, 1), (0, 0)))  # any tag may be first
    joint = ops.expand_dims(found.before[:, :, 0], -1) + moves + ops.expand_dims(after, -2)
    pairs = ops.where(
        real[..., None, None],
        ops.exp(joint - ops.logsumexp(joint, axis=(2, 3), keepdims=True)),
        0.0,
    )
    shares = ops.max(found.into[:, :, 0, :-1] + unary, axis=-1)
    final = ops.logsumexp(found.through[-1, :, 0], axis=-1)
    return shares, final, ops.sum(pairs, axis=2), ops.sum(pairs[:, :, :-1], axis=0)


def expectations(unary: Any, between: Any, real: Any) -> Expectations:
    """Forward-backward with both directions in one loop.

    Args:
        unary: u [batch, time, tags], float32.
        between: [tags, tags], transition scores from one tag (row) to the next (column).
        real: bool [batch, time].
    """
    unary, real = ops.transpose(unary, (1, 0, 2)), ops.transpose(real)
    highest, steepest = ops.max(unary, axis=-1, keepdims=True), ops.max(between)
    given = (unary - highest, between - steepest, real)
    fast, smallest = _fast(*given)
    shares, final, tags, pairs = ops.cond(
        smallest >= SMALLEST, lambda: fast, lambda: _exact(*given)
    )
    count = ops.cast(real, "float32")
    moves = ops.maximum(ops.sum(count, axis=0) - 1.0, 0.0)
    total = ops.sum(count * (shares + highest[..., 0]), axis=0) + final + moves * steepest
    return Expectations(total, ops.transpose(tags, (1, 0, 2)), pairs)
