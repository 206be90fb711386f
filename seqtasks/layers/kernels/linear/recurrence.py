"""Linear recurrences h_t = a_t ∘ h_{t-1} + b_t over whole sequences: entry point and algebra.

a_t and b_t may depend on the input, not on h: then steps are affine maps, and their composition,

    (a, b) then (a', b') = (a' ∘ a, a' ∘ b + b'),

is associative, so that a sequence can be cut anywhere and its parts be computed at the same time.
The gradient of a linear recurrence is one, read from the end:

    d_t = g_t + conj(a_{t+1}) ∘ d_{t+1}      gradient of b_t: d_t      of a_t: d_t ∘ conj(h_{t-1})

Every number is a tuple of tensors: one of a real recurrence, two (real and imaginary part) of a
complex one, so that any backend, mixed precision and saved graphs have them. As 0 <= |a_t| <= 1, no
logarithms are needed: nothing is divided, and products of a underflow to the zero that they are.
All tensors are time-major, [time, batch, ...].
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

Numbers = tuple[Any, ...]
# (projected inputs [..., width], parameters) -> (a, b), each [..., units]; it is hashable.
Elements = Callable[..., tuple[Numbers, Numbers]]


def times(x: Numbers, y: Numbers) -> Numbers:
    """The product of two numbers, real or complex."""
    if len(x) == 1:
        return (x[0] * y[0],)
    return x[0] * y[0] - x[1] * y[1], x[0] * y[1] + x[1] * y[0]


def plus(x: Numbers, y: Numbers) -> Numbers:
    """The sum of two numbers."""
    return tuple(a + b for a, b in zip(x, y, strict=True))


def conjugate(x: Numbers) -> Numbers:
    """The complex conjugate."""
    return x if len(x) == 1 else (x[0], -x[1])


def compose(first: tuple[Numbers, Numbers], second: tuple[Numbers, Numbers]) -> tuple:
    """Two steps h -> a h + b as one."""
    (a, b), (after_a, after_b) = first, second
    return times(after_a, a), plus(times(after_a, b), after_b)


def associative(a: Numbers, b: Numbers, first: Numbers) -> Numbers:
    """The states of all steps, in log2(time) rounds of `keras.ops.associative_scan`."""
    so_far, from_zero = ops.associative_scan(compose, (a, b), axis=0)
    return plus(times(so_far, first), from_zero)


def held(a: Numbers, b: Numbers, mask: Any) -> tuple[Numbers, Numbers]:
    """The steps with those where the mask [time, batch] is False made to keep the state."""
    if mask is None:
        return a, b
    real = ops.expand_dims(mask, -1)
    keeps = (ops.ones_like(a[0]), *map(ops.zeros_like, a[1:]))
    a = tuple(ops.where(real, x, keep) for x, keep in zip(a, keeps, strict=True))
    return a, tuple(ops.where(real, x, ops.zeros_like(x)) for x in b)


def scan(
    elements: Elements,
    projected: Any,
    parameters: tuple,
    states: Numbers,
    mask: Any,
    training: bool,
) -> tuple[Numbers, Numbers] | None:
    """Runs a linear recurrence over a sequence.

        h_t = a_t ∘ h_{t-1} + b_t,   a_t, b_t = elements(projected_t, *parameters)   mask True
        h_t = h_{t-1}                                                                elsewhere

    Args:
        elements: see `Elements`; made of `keras.ops`.
        projected: [batch, time, width].
        parameters: tensors that broadcast against [time, batch, units].
        states: h before the first step, each [batch, units].
        mask: bool [batch, time], True on real steps, or None.
        training: True compiles the loops on TensorFlow; False uses plain operations.

    Returns:
        h of every step, each [batch, time, units], and the last h; or None where the cell is to be
        stepped by Keras's loop, which converters of models know (`exporting`).
    """
    backend = keras.backend.backend()
    kernel = importlib.import_module(f"seqtasks.layers.kernels.linear.{backend}_linear")
    mask = None if mask is None else ops.transpose(mask)
    projected = ops.transpose(projected, (1, 0, 2))
    history = kernel.scan(elements, projected, parameters, states, mask, training)
    if history is None:
        return None
    last = tuple(h[-1] for h in history)
    return tuple(ops.transpose(h, (1, 0, 2)) for h in history), last
