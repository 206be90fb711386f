"""The fast path on TensorFlow: while loops, compiled by XLA where a gradient is wanted."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from seqtasks.layers.fused import STEPS, Tensors, Weights, project


def _hold(mask_t: Any, new: Tensors, old: Tensors) -> Tensors:
    """The new states where the mask is True, the old ones elsewhere."""
    if mask_t is None:
        return new
    return tuple(tf.where(mask_t, n, o) for n, o in zip(new, old, strict=True))


def _array(like: tf.Tensor, size: int, steps: Any) -> tf.TensorArray:
    shape = [like.shape[0], size]
    return tf.TensorArray(like.dtype, size=steps, element_shape=shape)


def _forward(
    name: str, projected: Any, states: Tensors, mask: Any, kernel: Any, bias: Any, save: bool
) -> tuple[Tensors, Tensors, Any]:
    """All states [time, batch, units], the last ones, and what the gradient needs."""
    steps = tf.shape(projected)[0]
    units = kernel.shape[0]
    gates = {"lstm": 4, "gru": 4}.get(name, 1) * units

    def body(t: Any, now: Tensors, saved: Tensors) -> tuple:
        recurrent = tf.matmul(now[0], kernel)
        recurrent = recurrent if bias is None else recurrent + bias
        new, gates_t = STEPS[name].forward(projected[t], recurrent, now)
        new = _hold(None if mask is None else mask[t, :, None], new, now)
        keep = (*new, gates_t) if save else new[:1]
        saved = tuple(array.write(t, k) for array, k in zip(saved, keep, strict=True))
        return t + 1, new, saved

    sizes = [units] * len(states) + [gates] if save else [units]
    arrays = tuple(_array(states[0], size, steps) for size in sizes)
    loop = (tf.constant(0), states, arrays)
    _, last, arrays = tf.while_loop(lambda t, *_: t < steps, body, loop, maximum_iterations=steps)
    arrays = tuple(a.stack() for a in arrays)
    return arrays, last, None


def _backward(
    name: str, gradients: Tensors, saved: Tensors, first: Tensors, mask: Any, kernel: Any
) -> tuple[Any, Tensors, Any, Any]:
    """Gradients of projected, states, kernel and bias."""
    d_outputs, *d_last = gradients
    *history, gates = saved
    before = tuple(tf.concat([f[None], h[:-1]], 0) for f, h in zip(first, history, strict=True))
    steps = tf.shape(d_outputs)[0]
    transposed = tf.transpose(kernel)

    def body(t: Any, d_states: Tensors, arrays: Tensors) -> tuple:
        d_states = (d_states[0] + d_outputs[t], *d_states[1:])
        zeros = tuple(tf.zeros_like(d) for d in d_states)
        mask_t = None if mask is None else mask[t, :, None]
        d_new = _hold(mask_t, d_states, zeros)
        dx, du, d_old = STEPS[name].backward(
            d_new, gates[t], tuple(b[t] for b in before), tuple(h[t] for h in history)
        )
        d_old = (d_old[0] + tf.matmul(du, transposed), *d_old[1:])
        if mask is not None:
            d_old = tuple(
                o + tf.where(mask_t, 0 * d, d) for o, d in zip(d_old, d_states, strict=True)
            )
        writes = zip(arrays, (dx, du), strict=False)
        return t - 1, d_old, tuple(array.write(t, d) for array, d in writes)

    width = kernel.shape[1]
    arrays = (_array(d_outputs[0], width, steps),) * (2 if name == "gru" else 1)
    arrays = tuple(_array(d_outputs[0], width, steps) for _ in arrays)
    loop = (steps - 1, tuple(d_last), arrays)
    _, d_first, arrays = tf.while_loop(lambda t, *_: t >= 0, body, loop, maximum_iterations=steps)
    dx, du = arrays[0].stack(), arrays[-1].stack()
    flat = tf.reshape(du, [-1, width])
    d_kernel = tf.matmul(tf.reshape(before[0], [-1, kernel.shape[0]]), flat, transpose_a=True)
    return dx, d_first, d_kernel, tf.reduce_sum(flat, 0)


@functools.cache
def _compiled(function: Callable, name: str) -> Callable:
    return tf.function(functools.partial(function, name), jit_compile=True, autograph=False)


def _differentiable(
    name: str, projected: Any, states: Tensors, mask: Any, kernel: Any, bias: Any
) -> tuple[Any, Tensors]:
    no_bias = bias is None
    bias = tf.zeros([0], projected.dtype) if no_bias else bias

    @tf.custom_gradient
    def recurrence(projected: Any, kernel: Any, bias: Any, *states: Any) -> tuple:
        # Nothing in here is for the tape: without this it would differentiate the loop as well.
        projected, kernel, bias, *states = map(tf.stop_gradient, (projected, kernel, bias, *states))
        states, given = tuple(states), None if no_bias else bias
        saved, last, _ = _compiled(_forward, name)(projected, states, mask, kernel, given, True)

        def gradient(*gradients: Any) -> tuple:
            dx, d_first, d_kernel, d_bias = _compiled(_backward, name)(
                gradients, saved, states, mask, kernel
            )
            return dx, d_kernel, d_bias[:0] if no_bias else d_bias, *d_first

        return (saved[0], *last), gradient

    outputs, *last = recurrence(projected, kernel, bias, *states)
    return outputs, tuple(last)


def scan(
    name: str, inputs: Any, states: Tensors, mask: Any, weights: Weights, training: bool
) -> tuple[Any, Tensors]:
    """Takes a cell over a sequence: see `seqtasks.layers.fused.scan`."""
    kernel, bias = tf.convert_to_tensor(weights.recurrent_kernel), weights.recurrent_bias
    mask = None if mask is None else tf.transpose(mask)
    projected = project(inputs, weights)
    if training:
        outputs, last = _differentiable(name, projected, states, mask, kernel, bias)
    else:
        (outputs,), last, _ = _forward(name, projected, states, mask, kernel, bias, save=False)
    return tf.transpose(outputs, [1, 0, 2]), last
