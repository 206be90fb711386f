"""Linear recurrences on TensorFlow: a compiled loop for training, chunks of plain operations else.

XLA compiles the loop to code that keeps a_t, b_t and their derivatives in registers and caches: of
a whole sequence only the inputs, h and the gradient of the inputs exist in memory, whose pages cost
more than the arithmetic. Without XLA each step is a handful of operations, so their number counts:
the sequence is cut into about sqrt(time) chunks, which are computed at the same time.
"""

from __future__ import annotations

import functools
from typing import Any

import tensorflow as tf
from tensorflow.python.eager.record import could_possibly_record

from seqtasks.layers.kernels.compilation import compiling
from seqtasks.layers.kernels.exporting import converting
from seqtasks.layers.kernels.linear import recurrence as linear
from seqtasks.layers.kernels.linear.recurrence import Numbers, conjugate, plus, times
from seqtasks.layers.kernels.tensorflow_inference import array, hold
from seqtasks.layers.kernels.tensorflow_scan import (
    compiled,
    differentiable_gradient,
    earlier,
    rounded,
)


def _at(t: Any, numbers: Numbers) -> Numbers:
    return tuple(x[t] for x in numbers)


def _arrays(states: Numbers, steps: Any) -> Numbers:
    return tuple(array(s, s.shape[1], steps) for s in states)


def _write(arrays: Numbers, t: Any, rows: Numbers) -> Numbers:
    return tuple(a.write(t, row) for a, row in zip(arrays, rows, strict=True))


def _stack(arrays: Numbers) -> Numbers:
    return tuple(a.stack() for a in arrays)


def _forward(
    elements: linear.Elements,
    projected: Any,
    parameters: tuple,
    states: Numbers,
    mask: Any,
    steps: Any,
) -> Numbers:
    """The states of the first `steps` steps, one after the other."""

    def body(t: Any, now: Numbers, arrays: Numbers) -> tuple:
        a, b = elements(projected[t], *parameters)
        new = plus(times(a, now), b)
        new = hold(None if mask is None else mask[t, :, None], new, now)
        return t + 1, new, _write(arrays, t, new)

    loop = (tf.constant(0), states, _arrays(states, tf.shape(projected)[0]))
    most = projected.shape[0]  # XLA must know it where a gradient is taken of this loop
    *_, arrays = tf.while_loop(lambda t, *_: t < steps, body, loop, maximum_iterations=most)
    return _stack(arrays)


def _backward(
    elements: linear.Elements,
    gradients: Numbers,
    history: Numbers,
    projected: Any,
    parameters: tuple,
    states: Numbers,
    mask: Any,
    steps: Any,
) -> tuple[Any, tuple, Numbers]:
    """Gradients of projected, parameters and first states."""
    before = tuple(map(earlier, states, history))
    zeros = tuple(map(tf.zeros_like, states))

    def body(t: Any, d: Numbers, d_parameters: tuple, rows: Any) -> tuple:
        d = plus(d, _at(t, gradients))
        mask_t = None if mask is None else mask[t, :, None]
        d_new = hold(mask_t, d, zeros)
        inputs = (projected[t], *parameters)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            a, b = elements(*inputs)
        d_elements = (times(d_new, conjugate(_at(t, before))), d_new)
        dx, *more = tape.gradient((a, b), inputs, d_elements, tf.UnconnectedGradients.ZERO)
        d_old = times(conjugate(a), d_new)
        d_old = d_old if mask is None else plus(d_old, hold(mask_t, zeros, d))
        return t - 1, d_old, plus(d_parameters, tuple(more)), rows.write(t, dx)

    rows = array(states[0], projected.shape[-1], tf.shape(projected)[0])
    loop = (steps - 1, zeros, tuple(map(tf.zeros_like, parameters)), rows)
    _, d_first, d_parameters, rows = tf.while_loop(lambda t, *_: t >= 0, body, loop)
    return rows.stack(), d_parameters, d_first


def _cut(x: Any, length: Any, fill: float) -> Any:
    """[time, batch, units] -> [chunks, length, batch, units], filled up at the end."""
    missing = -tf.shape(x)[0] % length
    x = tf.pad(x, [[0, missing], [0, 0], [0, 0]], constant_values=fill)
    steps, batch, units = tf.unstack(tf.shape(x))
    return tf.reshape(x, [steps // length, length, batch, x.shape[2] or units])


def chunked(a: Numbers, b: Numbers, first: Numbers) -> Numbers:
    """All chunks from zero at the same time; then what enters each; then all again from there."""
    steps = tf.shape(b[0])[0]
    length = tf.maximum(1, tf.cast(tf.sqrt(tf.cast(steps, tf.float32)), tf.int32))
    a = tuple(_cut(x, length, 0.0 if n else 1.0) for n, x in enumerate(a))
    b = tuple(_cut(x, length, 0.0) for x in b)

    def step(t: Any) -> tuple[Numbers, Numbers]:
        return tuple(x[:, t] for x in a), tuple(x[:, t] for x in b)

    def join(t: Any, product: Numbers, end: Numbers) -> tuple:
        return t + 1, *linear.compose((product, end), step(t))

    one = tf.constant(1)
    _, product, end = tf.while_loop(lambda t, *_: t < length, join, (one, *step(0)))

    def enter(c: Any, states: Numbers, arrays: Numbers) -> tuple:
        after = plus(times(_at(c, product), states), _at(c, end))
        return c + 1, after, _write(arrays, c, states)

    chunks = tf.shape(a[0])[0]
    loop = (tf.constant(0), first, _arrays(first, chunks))
    *_, arrays = tf.while_loop(lambda c, *_: c < chunks, enter, loop)

    def go(t: Any, h: Numbers, arrays: Numbers) -> tuple:
        a_t, b_t = step(t)
        h = plus(times(a_t, h), b_t)
        return t + 1, h, _write(arrays, t, h)

    rows = tuple(tf.TensorArray(f.dtype, length, element_shape=[None, *f.shape]) for f in first)
    loop = (tf.constant(0), _stack(arrays), rows)
    *_, rows = tf.while_loop(lambda t, *_: t < length, go, loop)
    return tuple(_joined(x, f, steps) for x, f in zip(_stack(rows), first, strict=True))


def _joined(x: Any, first: Any, steps: Any) -> Any:
    """[length, chunks, batch, units] -> [time, batch, units]."""
    length, chunks, *_ = tf.unstack(tf.shape(x))
    shape = tf.concat([[chunks * length], tf.shape(first)], 0)
    return tf.reshape(tf.transpose(x, [1, 0, 2, 3]), shape)[:steps]


def _plainly(
    elements: linear.Elements, projected: Any, parameters: tuple, states: Numbers, mask: Any
) -> Numbers:
    """The states of every step, in plain operations."""
    if tf.__internal__.get_enclosing_xla_context() is not None:
        steps = projected.shape[0] or tf.shape(projected)[0]
        return _forward(elements, projected, parameters, states, mask, steps)
    return chunked(*linear.held(*elements(projected, *parameters), mask), states)


def _plain_gradient(
    elements: linear.Elements,
    gradients: Numbers,
    history: Numbers,
    projected: Any,
    parameters: tuple,
    states: Numbers,
    mask: Any,
) -> tuple[Any, tuple, Numbers]:
    """As `_backward`, in plain operations: the same recurrence, from the end."""
    inputs = (projected, *parameters)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        a, b = linear.held(*elements(*inputs), mask)
    back = conjugate(a)
    following = tuple(tf.concat([x[1:], tf.zeros_like(x[:1])], 0) for x in back)
    reverse = functools.partial(map, lambda x: tf.reverse(x, [0]))
    zeros = tuple(map(tf.zeros_like, states))
    d = tuple(reverse(chunked(tuple(reverse(following)), tuple(reverse(gradients)), zeros)))
    before = tuple(map(earlier, states, history))
    d_elements = (times(d, conjugate(before)), d)
    dx, *more = tape.gradient((a, b), inputs, d_elements, tf.UnconnectedGradients.ZERO)
    return dx, tuple(more), times(_at(0, back), _at(0, d))


def _differentiable(
    elements: linear.Elements,
    projected: Any,
    parameters: tuple,
    states: Numbers,
    mask: Any,
    portable: bool,
) -> Numbers:
    """The states of every step, with its custom gradient; with `portable` nothing is compiled."""
    steps = tf.shape(projected)[0]
    varies = projected.shape[0] is None or not tf.inside_function()
    padded, count = rounded(mask, varies), 1 + len(parameters)

    def plain(projected: Any, *rest: Any) -> Numbers:
        return _forward(elements, projected, rest[: count - 1], rest[count - 1 :], mask, steps)

    @tf.custom_gradient
    def recurrence(*inputs: Any) -> tuple:
        # Keeps an outer gradient tape from differentiating the loop as well.
        projected, *rest = map(tf.stop_gradient, inputs)
        given = (tuple(rest[: count - 1]), tuple(rest[count - 1 :]))
        if portable:
            saved = _plainly(elements, projected, *given, mask)
        else:
            projected = rounded(projected, varies)
            saved = compiled(_forward, elements)(projected, *given, padded, steps)

        def gradient(*d_outputs: Any) -> tuple:
            if portable:
                found = _plain_gradient(elements, d_outputs, saved, projected, *given, mask)
            else:
                d_outputs = tuple(rounded(d, varies) for d in d_outputs)
                backward = compiled(_backward, elements)
                found = backward(d_outputs, saved, projected, *given, padded, steps)
            dx, d_parameters, d_first = found
            return dx[:steps] if varies else dx, *d_parameters, *d_first

        outputs = tuple(h[:steps] for h in saved) if varies else saved
        return outputs, differentiable_gradient(plain, gradient, inputs)

    return recurrence(projected, *parameters, *states)


def scan(
    elements: linear.Elements,
    projected: Any,
    parameters: tuple,
    states: Numbers,
    mask: Any,
    training: bool,
) -> Numbers | None:
    """The states of every step [time, batch, units]: see `recurrence.scan`; time-major."""
    if converting(traced=tf.inside_function()):
        return None
    parameters = tuple(map(tf.convert_to_tensor, parameters))
    if training or could_possibly_record():
        # What is not training may be saved, and must run in any loader; few steps do not pay.
        portable = not compiling() or (not training and tf.inside_function())
        history = _differentiable(elements, projected, parameters, states, mask, portable)
    else:
        history = _plainly(elements, projected, parameters, states, mask)
    for h, state in zip(history, states, strict=True):
        h.set_shape([projected.shape[0], *state.shape])
    return history
