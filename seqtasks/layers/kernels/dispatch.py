"""Whole-sequence kernels of SimpleRNN, LSTM and GRU with custom backpropagation: the entry point.

The inputs are projected before the loop, in one product, so that the loop contains only `h @ U`;
the backward loop contains only `dz @ U^T`, and the gradients of both kernels are two large products
after it. Only the gates and the states are saved for the backward pass.

This module has the arithmetic of one step and its gradient, without the products; these, and the
loop, are implemented for each backend (`tensorflow_scan`, `jax_scan`), on PyTorch by its own
kernels (`torch_scan`). All tensors are time-major, [time, batch, ...].
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

Tensors = tuple[Any, ...]


class Weights(NamedTuple):
    """The weights of a cell; the gates lie along the last axis.

    Attributes:
        kernel: W [features, gates].
        recurrent_kernel: U [units, gates].
        bias: b [gates], or None.
        recurrent_bias: b' [gates], added to h_{t-1} U (GRU), or None.
    """

    kernel: Any
    recurrent_kernel: Any
    bias: Any
    recurrent_bias: Any


class Step(NamedTuple):
    """The arithmetic of one time step.

    Attributes:
        forward: (x_t W, h_{t-1} U, states) -> (new states, saved), h the first of the states.
        backward: (gradients of the new states, saved, states, new states) -> (gradient of x_t W,
            gradient of h_{t-1} U, gradients of the states without the path through U).
    """

    forward: Callable[[Any, Any, Tensors], tuple[Tensors, Any]]
    backward: Callable[[Tensors, Any, Tensors, Tensors], tuple[Any, Any, Tensors]]


def _sigmoid(x: Any) -> Any:
    return 0.5 * ops.tanh(0.5 * x) + 0.5  # compilers vectorise tanh better than 1 / (1 + e)


def _lstm_forward(x: Any, recurrent: Any, states: Tensors) -> tuple[Tensors, Any]:
    scale = np.repeat([0.5, 0.5, 1.0, 0.5], states[1].shape[-1])  # σ, σ, tanh, σ in one pass
    scale = ops.convert_to_tensor(scale, dtype=x.dtype)
    gates = ops.tanh((x + recurrent) * scale) * scale + (1 - scale)
    i, f, g, o = ops.split(gates, 4, axis=-1)
    c = f * states[1] + i * g
    return (o * ops.tanh(c), c), gates


def _lstm_backward(
    gradients: Tensors, gates: Any, states: Tensors, new_states: Tensors
) -> tuple[Any, Any, Tensors]:
    dh, dc = gradients
    i, f, g, o = ops.split(gates, 4, axis=-1)
    tanh_c = ops.tanh(new_states[1])
    dc = dc + dh * o * (1 - tanh_c * tanh_c)
    dz = [
        dc * g * i * (1 - i),
        dc * states[1] * f * (1 - f),
        dc * i * (1 - g * g),
        dh * tanh_c * o * (1 - o),
    ]
    dz = ops.concatenate(dz, axis=-1)
    return dz, dz, (ops.zeros_like(dh), dc * f)


def _gru_forward(x: Any, recurrent: Any, states: Tensors) -> tuple[Tensors, Any]:
    units = states[0].shape[-1]
    z, r = ops.split(_sigmoid((x + recurrent)[:, : 2 * units]), 2, axis=-1)
    u_h = recurrent[:, 2 * units :]
    candidate = ops.tanh(x[:, 2 * units :] + r * u_h)
    h = z * states[0] + (1 - z) * candidate
    return (h,), ops.concatenate([z, r, candidate, u_h], axis=-1)


def _gru_backward(
    gradients: Tensors, saved: Any, states: Tensors, new_states: Tensors
) -> tuple[Any, Any, Tensors]:
    (dh,) = gradients
    z, r, candidate, u_h = ops.split(saved, 4, axis=-1)
    d_candidate = dh * (1 - z) * (1 - candidate * candidate)
    dz = dh * (states[0] - candidate) * z * (1 - z)
    dr = d_candidate * u_h * r * (1 - r)
    dx = ops.concatenate([dz, dr, d_candidate], axis=-1)
    return dx, ops.concatenate([dz, dr, d_candidate * r], axis=-1), (dh * z,)


def _tanh_forward(x: Any, recurrent: Any, states: Tensors) -> tuple[Tensors, Any]:
    h = ops.tanh(x + recurrent)
    return (h,), h


def _tanh_backward(
    gradients: Tensors, h: Any, states: Tensors, new_states: Tensors
) -> tuple[Any, Any, Tensors]:
    dz = gradients[0] * (1 - h * h)
    return dz, dz, (ops.zeros_like(dz),)


def _relu_forward(x: Any, recurrent: Any, states: Tensors) -> tuple[Tensors, Any]:
    h = ops.relu(x + recurrent)
    return (h,), h


def _relu_backward(
    gradients: Tensors, h: Any, states: Tensors, new_states: Tensors
) -> tuple[Any, Any, Tensors]:
    dz = ops.where(h > 0, gradients[0], ops.zeros_like(h))
    return dz, dz, (ops.zeros_like(dz),)


STEPS = {
    "lstm": Step(_lstm_forward, _lstm_backward),
    "gru": Step(_gru_forward, _gru_backward),
    "tanh": Step(_tanh_forward, _tanh_backward),
    "relu": Step(_relu_forward, _relu_backward),
}


def project(inputs: Any, weights: Weights) -> Any:
    """All steps in one product: [batch, time, features] -> [time, batch, gates]."""
    projected = ops.matmul(ops.transpose(inputs, (1, 0, 2)), weights.kernel)
    return projected if weights.bias is None else projected + weights.bias


def scan(
    name: str, inputs: Any, states: Any, mask: Any, weights: Weights, training: bool
) -> tuple[Any, list] | None:
    """Runs the cell `name` over a sequence.

        states_t = step(x_t W + b, h_{t-1} U + b', states_{t-1})    where the mask is True
        states_t = states_{t-1}                                     elsewhere

    Args:
        name: "lstm", "gru", "tanh" or "relu": one of `STEPS`.
        inputs: x [batch, time, features].
        states: h (and c) before the first step, each [batch, units].
        mask: bool [batch, time], True on real steps, or None.
        weights: of the cell.
        training: True compiles the loops and saves what the gradient needs; False uses plain
            operations, which any loader of a saved model can run. On TensorFlow they save what the
            gradient needs only where a tape records.

    Returns:
        h of every step [batch, time, units], and the last states; or None where the cell is to be
        stepped by Keras's loop, which converters of models know (`exporting`).
    """
    kernel = importlib.import_module(f"seqtasks.layers.kernels.{keras.backend.backend()}_scan")
    scanned = kernel.scan(name, inputs, tuple(states), mask, weights, training)
    if scanned is None:
        return None
    outputs, states = scanned
    return outputs, list(states)
