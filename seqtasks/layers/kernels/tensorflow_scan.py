"""Whole-sequence kernel on TensorFlow: while loops, compiled by XLA for training.

Only the two loops are compiled, where that pays (`compilation`); the model need not be. Without
`training` the loop consists of plain operations (`tensorflow_inference`), which any loader of a
saved model can run; where a tape records, it is the loop for training, not compiled. Second
derivatives are those of a plain loop, computed again from the inputs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tensorflow.python.eager.record import could_possibly_record
from tensorflow.python.saved_model.save_context import in_save_context

from seqtasks.layers.kernels.compilation import compiling
from seqtasks.layers.kernels.dispatch import STEPS, Tensors, Weights, project
from seqtasks.layers.kernels.exporting import converting
from seqtasks.layers.kernels.tensorflow_gru_operator import gru_for_converters
from seqtasks.layers.kernels.tensorflow_inference import READ_AHEAD, array, hold, infer

ROUND = 32  # lengths are padded to a multiple of this, so that few are compiled


def _forward(
    name: str, projected: Any, states: Tensors, mask: Any, kernel: Any, bias: Any, steps: Any
) -> tuple[Tensors, Tensors]:
    """The first `steps` steps: values saved for the gradient, h first; the final states."""
    end = tf.shape(projected)[0] - 1
    ahead = name in READ_AHEAD

    def body(t: Any, row: Any, now: Tensors, saved: Tensors) -> tuple:
        recurrent = tf.matmul(now[0], kernel)
        recurrent = recurrent if bias is None else recurrent + bias
        new, gates = STEPS[name].forward(row if ahead else projected[t], recurrent, now)
        new = hold(None if mask is None else mask[t, :, None], new, now)
        saved = tuple(a.write(t, k) for a, k in zip(saved, (*new, gates), strict=True))
        return t + 1, projected[tf.minimum(t + 1, end)] if ahead else row, new, saved

    units = kernel.shape[0]
    widths = [units] * len(states) + [gates_width(name, units)]
    arrays = tuple(array(states[0], width, tf.shape(projected)[0]) for width in widths)
    loop = (tf.constant(0), projected[0] if ahead else (), states, arrays)
    most = projected.shape[0]  # XLA must know it where a gradient is taken of this loop
    _, _, last, arrays = tf.while_loop(lambda t, *_: t < steps, body, loop, maximum_iterations=most)
    return tuple(a.stack() for a in arrays), last


def _backward(
    name: str,
    gradients: Tensors,
    saved: Tensors,
    first: Tensors,
    mask: Any,
    kernel: Any,
    steps: Any,
) -> tuple[Any, Tensors, Any, Any]:
    """Gradients of projected, first states, kernel and bias."""
    d_outputs, *d_last = gradients
    *history, gates = saved
    before = tuple(map(earlier, first, history))
    transposed = tf.transpose(kernel)

    def body(t: Any, d_states: Tensors, arrays: Tensors) -> tuple:
        d_states = (d_states[0] + d_outputs[t], *d_states[1:])
        zeros = tuple(tf.zeros_like(d) for d in d_states)
        mask_t = None if mask is None else mask[t, :, None]
        d_new = hold(mask_t, d_states, zeros)
        old, new = tuple(b[t] for b in before), tuple(h[t] for h in history)
        dx, du, d_old = STEPS[name].backward(d_new, gates[t], old, new)
        d_old = (d_old[0] + tf.matmul(du, transposed), *d_old[1:])
        if mask is not None:
            passed = hold(mask_t, zeros, d_states)
            d_old = tuple(o + p for o, p in zip(d_old, passed, strict=True))
        writes = zip(arrays, (dx, du)[: len(arrays)], strict=True)
        return t - 1, d_old, tuple(a.write(t, d) for a, d in writes)

    width, length = kernel.shape[1], tf.shape(d_outputs)[0]
    kept = 2 if name == "gru" else 1  # other cells: the gradients of x W and h U are the same
    arrays = tuple(array(first[0], width, length) for _ in range(kept))
    loop = (steps - 1, tuple(d_last), arrays)
    _, d_first, arrays = tf.while_loop(lambda t, *_: t >= 0, body, loop)
    dx, du = arrays[0].stack(), arrays[-1].stack()
    flat = tf.reshape(du, [-1, width])
    d_kernel = tf.matmul(tf.reshape(before[0], [-1, kernel.shape[0]]), flat, transpose_a=True)
    return dx, d_first, d_kernel, tf.reduce_sum(flat, 0)


def earlier(first: Any, each: Any) -> Any:
    """Values before each step: `first`, then all of [time, ...] but the last."""
    return tf.concat([first[None], each[:-1]], 0)


def gates_width(name: str, units: int) -> int:
    """Number of values that a step saves for its gradient, besides the states."""
    return {"lstm": 4, "gru": 4}.get(name, 1) * units


@functools.cache
def compiled(function: Callable, *first: Any) -> Callable:
    """The function with `first`, which are hashable, as its first arguments, compiled by XLA."""
    return tf.function(functools.partial(function, *first), jit_compile=True, autograph=False)


def rounded(tensor: Any, varies: bool, axis: int = 0, multiple: int = ROUND) -> Any:
    """Pads an axis of varying length to the next multiple, so that few lengths are compiled."""
    if tensor is None or not varies:
        return tensor
    missing = -tf.shape(tensor)[axis] % multiple
    return tf.pad(tensor, [[0, missing if n == axis else 0] for n in range(len(tensor.shape))])


def gradients_of(function: Callable, inputs: Tensors, d_outputs: Tensors) -> Tensors:
    """The gradients of `function(*inputs)`, a tuple, where those of its outputs are given."""
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = function(*inputs)
    return tuple(tape.gradient(outputs, inputs, d_outputs, tf.UnconnectedGradients.ZERO))


def differentiable_gradient(function: Callable, gradient: Callable, inputs: Tensors) -> Callable:
    """A gradient that has one itself: that of `function`, in operations TensorFlow differentiates.

    Args:
        function: inputs -> outputs, both tuples of tensors, in plain operations.
        gradient: gradients of the outputs -> those of the inputs, computed in another way.
        inputs: of the function.
    """
    count = len(inputs)

    @tf.custom_gradient
    def backward(*given: Any) -> tuple:
        value = gradient(*map(tf.stop_gradient, given[count:]))

        def of_gradient(*d_gradients: Any) -> tuple:
            def plain(*given: Any) -> Tensors:
                return gradients_of(function, given[:count], given[count:])

            return gradients_of(plain, given, d_gradients)

        return value, of_gradient

    return lambda *d_outputs: backward(*inputs, *d_outputs)


def _differentiable(
    name: str, projected: Any, states: Tensors, mask: Any, kernel: Any, bias: Any, portable: bool
) -> tuple[Any, Tensors]:
    """The loop with its custom gradient; `bias` None is passed as an empty tensor.

    With `portable` the loop is not compiled, nor is its gradient where that is saved with a model.
    """
    prepare = compiled if compiling() else functools.partial
    steps, no_bias = tf.shape(projected)[0], bias is None
    varies = projected.shape[0] is None or not tf.inside_function()
    padded, bias = rounded(mask, varies), tf.zeros([0], projected.dtype) if no_bias else bias

    def plain(projected: Any, kernel: Any, bias: Any, *states: Any) -> Tensors:
        given = None if no_bias else bias
        saved, last = _forward(name, projected, states, mask, kernel, given, steps)
        return saved[0], *last

    @tf.custom_gradient
    def recurrence(*inputs: Any) -> tuple:
        # Keeps an outer gradient tape from differentiating the loop as well.
        projected, kernel, bias, *states = map(tf.stop_gradient, inputs)
        states, given = tuple(states), None if no_bias else bias
        forward = (functools.partial if portable else prepare)(_forward, name)
        saved, last = forward(rounded(projected, varies), states, padded, kernel, given, steps)

        def gradient(d_outputs: Any, *d_last: Any) -> tuple:
            gradients = (rounded(d_outputs, varies), *d_last)
            plainly = portable and in_save_context()
            backward = (functools.partial if plainly else prepare)(_backward, name)
            dx, d_first, d_kernel, d_bias = backward(
                gradients, saved, states, padded, kernel, steps
            )
            return dx[:steps], d_kernel, d_bias[:0] if no_bias else d_bias, *d_first

        return (saved[0][:steps], *last), differentiable_gradient(plain, gradient, inputs)

    outputs, *last = recurrence(projected, kernel, bias, *states)
    return outputs, tuple(last)


def scan(
    name: str, inputs: Any, states: Tensors, mask: Any, weights: Weights, training: bool
) -> tuple[Any, Tensors] | None:
    """Runs a cell over a sequence: see `seqtasks.layers.kernels.dispatch.scan`."""
    weights = Weights(*(None if w is None else tf.convert_to_tensor(w) for w in weights))
    if converting(traced=tf.inside_function()):
        unmasked_gru = name == "gru" and mask is None
        return gru_for_converters(inputs, states[0], weights) if unmasked_gru else None
    if not (training or could_possibly_record()):
        return infer(name, inputs, states, mask, weights)
    # A function may be traced under a tape and saved afterwards: what is not training must run in
    # any loader.
    portable = not training and tf.inside_function()
    mask = None if mask is None else tf.transpose(mask)
    kernel, bias = weights.recurrent_kernel, weights.recurrent_bias
    outputs, last = _differentiable(
        name, project(inputs, weights), states, mask, kernel, bias, portable
    )
    outputs = tf.transpose(outputs, [1, 0, 2])
    outputs.set_shape([*inputs.shape[:2], kernel.shape[0]])  # the slice to `steps` forgets it
    return outputs, last
