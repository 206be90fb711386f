"""A CRF's distribution as a Markov chain, each tag given the one before, and its gradient."""

from __future__ import annotations

from typing import Any

from keras import ops

from seqtasks.layers.crf.forward_backward import EXACT, FAST, SMALLEST, TINY, sweep


def conditional_log_probabilities(unary: Any, between: Any, real: Any) -> Any:
    """The CRF's distribution as a Markov chain: each tag given the one before it.

        c_t[i, j] = log p(y_t = j | y_{t-1} = i, x)

    At the first real step all rows are log p(y_1 | x); at masked steps there are zeros.

    Args:
        unary: u [batch, time, tags], float32.
        between: [tags, tags].
        real: bool [batch, time].

    Returns:
        c [batch, time, tags, tags]. The gradient is a custom one, because Keras's loops cannot be
        differentiated where XLA compiles them.
    """

    @ops.custom_gradient
    def chain(unary: Any, between: Any, real: Any) -> tuple:
        values = _chain(unary, between, ops.cast(real, "bool"))

        def gradient(*given: Any, upstream: Any = None) -> tuple:
            upstream = given[0] if upstream is None else upstream
            return *_chain_gradient(upstream, values, real), ops.zeros_like(real)

        return values, gradient

    # The sum converts a variable to a tensor; custom_gradient treats variables differently.
    return chain(unary, between + 0.0, ops.cast(real, "float32"))


def _chain(unary: Any, between: Any, real: Any) -> Any:
    relative = unary - ops.max(unary, axis=-1, keepdims=True)
    steps = ops.flip(ops.transpose(real), axis=0)[..., None]  # [time, batch, 1], the last first
    lane = ops.expand_dims(ops.flip(ops.transpose(relative, (1, 0, 2)), axis=0), 2)
    moves = ops.transpose(between - ops.max(between))[None]
    fast = sweep(FAST, lane, moves, steps).into[:, :, 0, :-1]
    after = ops.cond(
        ops.min(ops.where(steps, fast, 1.0)) >= SMALLEST,
        lambda: ops.log(ops.maximum(fast, TINY)),
        lambda: sweep(EXACT, lane, moves, steps).into[:, :, 0, :-1],
    )
    after = unary + ops.transpose(ops.flip(after, axis=0), (1, 0, 2))
    moves = ops.where(_first(real)[..., None, None], 0.0, between)
    scores = ops.log_softmax(moves + ops.expand_dims(after, -2), axis=-1)
    return ops.where(real[..., None, None], scores, 0.0)


def _first(real: Any) -> Any:
    """True on the first real step, bool [batch, time]."""
    return ops.logical_and(real, ops.equal(ops.cumsum(ops.cast(real, "int32"), axis=1), 1))


def _chain_gradient(upstream: Any, chain: Any, real: Any) -> tuple[Any, Any]:
    """Gradients of unary and between.

    With m_{t-1}[i] = log Σ_j exp(between[i, j] + u_t[j] + m_t[j]), c_t[i, j] is between[i, j] +
    u_t[j] + m_t[j] - m_{t-1}[i]. So, with g the upstream gradient and d_t that of u_t,

        e_t[i] = d_{t-1}[i] - Σ_j g_t[i, j]            the gradient of m_{t-1}, from both sides
        d_t[j] = Σ_i (g_t[i, j] + e_t[i] exp c_t[i, j])

    from the first step on; the gradient of between[i, j] is the sum over t of the terms of Σ_i.
    """
    tags = chain.shape[-1]
    kept = real[..., None, None]
    g, moves = upstream * kept, ops.exp(chain) * kept
    taken = ops.sum(g, axis=-1)  # [batch, time, tags]
    flat = ops.reshape(moves, (*ops.shape(real), tags * tags))
    # One tensor: Keras's scan takes several only where their length is known.
    steps = ops.concatenate([ops.sum(g, axis=-2), taken, real[..., None], flat], axis=-1)

    def step(d: Any, x: Any) -> tuple[Any, Any]:
        received, taken, here = x[:, :tags], x[:, tags : 2 * tags], x[:, 2 * tags : 2 * tags + 1]
        moves = ops.reshape(x[:, 2 * tags + 1 :], (-1, tags, tags))
        e = ops.expand_dims(d - taken, -2)
        new = received + ops.squeeze(ops.matmul(e, moves), -2)
        d = d + here * (new - d)
        return d, d

    first = ops.zeros_like(taken[:, 0])
    _, found = ops.scan(step, first, ops.transpose(steps, (1, 0, 2)))
    found = ops.transpose(found, (1, 0, 2))  # kept where the mask is False
    before = ops.concatenate([ops.expand_dims(first, 1), found[:, :-1]], axis=1)
    inside = kept * (1.0 - ops.cast(_first(ops.cast(real, "bool")), "float32"))[..., None, None]
    pairs = g + ops.expand_dims(before - taken, -1) * moves
    return found * real[..., None], ops.sum(pairs * inside, axis=(0, 1))
