"""Whole-sequence kernel on JAX: two `lax.scan`s under one custom gradient."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp

from seqtasks.layers.kernels.dispatch import STEPS, Tensors, Weights


def _hold(mask_t: Any, new: Tensors, old: Tensors) -> Tensors:
    """The new states where the mask is True, the old ones elsewhere."""
    if mask_t is None:
        return new
    return tuple(jnp.where(mask_t[:, None], n, o) for n, o in zip(new, old, strict=True))


def _forward(name: str, projected: Any, states: Tensors, mask: Any, kernel: Any, bias: Any) -> Any:
    """The final states; the states of all steps, and the values saved for the gradient."""

    def body(now: Tensors, step: tuple) -> tuple:
        x, mask_t = step
        new, gates = STEPS[name].forward(x, now[0] @ kernel + bias, now)
        new = _hold(mask_t, new, now)
        return new, (new, gates)

    return jax.lax.scan(body, states, (projected, mask))


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _recurrence(name: str, inputs: Any, states: Tensors, mask: Any, weights: Weights) -> Any:
    return _save(name, inputs, states, mask, weights)[0]


def _save(name: str, inputs: Any, states: Tensors, mask: Any, weights: Weights) -> tuple:
    projected = inputs @ weights.kernel + weights.bias
    kernel, bias = weights.recurrent_kernel, weights.recurrent_bias
    last, (history, gates) = _forward(name, projected, states, mask, kernel, bias)
    return (history[0], last), (inputs, states, history, gates, mask, weights)


def _gradient(name: str, saved: tuple, gradients: tuple) -> tuple:
    inputs, first, history, gates, mask, weights = saved
    d_outputs, d_last = gradients
    transposed = weights.recurrent_kernel.T  # once, not at every step
    before = tuple(jnp.concatenate([f[None], h[:-1]]) for f, h in zip(first, history, strict=True))

    def body(d_states: Tensors, step: tuple) -> tuple:
        d_output, gates_t, old, new, mask_t = step
        d_states = (d_states[0] + d_output, *d_states[1:])
        d_new = _hold(mask_t, d_states, tuple(jnp.zeros_like(d) for d in d_states))
        dx, du, d_old = STEPS[name].backward(d_new, gates_t, old, new)
        d_old = (d_old[0] + du @ transposed, *d_old[1:])
        if mask_t is not None:
            d_old = tuple(o + d - n for o, d, n in zip(d_old, d_states, d_new, strict=True))
        return d_old, (dx, du if name == "gru" else None)

    steps = (d_outputs, gates, before, history, mask)
    d_first, (dx, du) = jax.lax.scan(body, d_last, steps, reverse=True)
    if du is None:  # one product for both kernels
        joined = jnp.concatenate([inputs, before[0]], axis=-1)
        d_joined, d_bias = _product(joined, dx), dx.sum((0, 1))
        d_kernel, d_recurrent = jnp.split(d_joined, [inputs.shape[-1]])
        d_weights = Weights(d_kernel, d_recurrent, d_bias, d_bias)
    else:
        d_weights = Weights(
            _product(inputs, dx), _product(before[0], du), dx.sum((0, 1)), du.sum((0, 1))
        )
    return dx @ weights.kernel.T, d_first, None, d_weights


def _product(x: Any, d: Any) -> Any:
    """Gradient of the kernel of a product with x [time, batch, size]."""
    return jnp.einsum("tbi,tbg->ig", x, d)


_recurrence.defvjp(_save, _gradient)


def scan(
    name: str, inputs: Any, states: Tensors, mask: Any, weights: Weights, training: bool
) -> tuple[Any, Tensors]:
    """Runs a cell over a sequence: see `seqtasks.layers.kernels.dispatch.scan`."""
    kernel, recurrent, *biases = (None if w is None else jnp.asarray(w) for w in weights)
    none = jnp.zeros(kernel.shape[1], kernel.dtype)
    weights = Weights(kernel, recurrent, *(none if b is None else b for b in biases))
    mask = None if mask is None else mask.T
    outputs, last = _recurrence(name, inputs.swapaxes(0, 1), states, mask, weights)
    return outputs.swapaxes(0, 1), last
