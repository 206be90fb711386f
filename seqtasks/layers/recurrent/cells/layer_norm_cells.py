"""Layer-normalised cells: LayerNormSimpleRNNCell, LayerNormLSTMCell, LayerNormGRUCell."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_units
from seqtasks.layers.recurrent.cells.initial_values import DrawnInFloat32
from seqtasks.layers.recurrent.cells.lstm_variants import States, drop


def _norm(cell: Any, name: str, width: int, center: bool = False) -> Any:
    norm = keras.layers.LayerNormalization(
        epsilon=1e-3, center=center, name=name, dtype=cell.dtype_policy
    )
    norm.build((None, width))
    return norm


@keras.saving.register_keras_serializable(package="seqtasks")
class LayerNormSimpleRNNCell(keras.layers.SimpleRNNCell, DrawnInFloat32):
    """One step of an Elman network with layer normalisation of the pre-activation.

        h_t = tanh(N(x_t W + h_{t-1} U) + b)
        N(a) = γ ∘ (a - mean a) / sqrt(var a + 0.001), over the last axis

    Args:
        units: size of the state, a positive integer.
        **options: those of `keras.layers.SimpleRNNCell`.

    Call arguments:
        inputs: [batch, features].
        states: [h], each [batch, units].

    Returns:
        h [batch, units] and [h].

    Masking:
        None: a cell computes one step. `RNN` keeps the state where the mask is False.

    Example:
        >>> y = RNN(LayerNormSimpleRNNCell(8))(keras.ops.ones((2, 5, 3)))

    Reference:
        Ba, Kiros and Hinton, arXiv:1607.06450, section 3.1.
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(check_units(units, "LayerNormSimpleRNNCell"), **options)

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        self.norm = _norm(self, "norm", self.units)

    def call(self, inputs: Any, states: States, training: bool = False) -> tuple[Any, States]:
        previous = states[0] if isinstance(states, (list, tuple)) else states
        inputs, h = drop(self, inputs, previous, training)
        a = self.norm(ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent_kernel))
        h = self.activation(a if self.bias is None else a + ops.cast(self.bias, a.dtype))
        return h, [h] if isinstance(states, (list, tuple)) else h


@keras.saving.register_keras_serializable(package="seqtasks")
class LayerNormLSTMCell(keras.layers.LSTMCell, DrawnInFloat32):
    """One step of an LSTM with layer normalisation of the pre-activations and the memory cell.

        i, f, g, o = σ, σ, tanh, σ of N(x_t W) + N(h_{t-1} U) + b
        c_t = N(f ∘ c_{t-1} + i ∘ g)              h_t = o ∘ tanh(c_t)
        N(a) = γ ∘ (a - mean a) / sqrt(var a + 0.001)  (+ β for c), over the last axis

    As in TensorFlow Addons, the normalised memory cell is the state of the next step.

    Args:
        units: size of the state, a positive integer.
        **options: those of `keras.layers.LSTMCell`.

    Call arguments:
        inputs: [batch, features].
        states: [h, c], each [batch, units].

    Returns:
        h [batch, units] and [h, c].

    Masking:
        None: a cell computes one step. `RNN` keeps the states where the mask is False.

    Example:
        >>> y = RNN(LayerNormLSTMCell(8))(keras.ops.ones((2, 5, 3)))

    Reference:
        Ba, Kiros and Hinton, arXiv:1607.06450.
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(check_units(units, "LayerNormLSTMCell"), **options)
        self.dropout_mask_count = None  # one mask for all gates

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        self.kernel_norm = _norm(self, "kernel_norm", 4 * self.units)
        self.recurrent_norm = _norm(self, "recurrent_norm", 4 * self.units)
        self.state_norm = _norm(self, "state_norm", self.units, center=True)

    def call(self, inputs: Any, states: States, training: bool = False) -> tuple[Any, States]:
        inputs, h = drop(self, inputs, states[0], training)
        z = self.kernel_norm(ops.matmul(inputs, self.kernel))
        z = z + self.recurrent_norm(ops.matmul(h, self.recurrent_kernel))
        i, f, g, o = ops.split(z if self.bias is None else z + self.bias, 4, axis=-1)
        c = self.recurrent_activation(f) * states[1]
        c = self.state_norm(c + self.recurrent_activation(i) * self.activation(g))
        h = self.recurrent_activation(o) * self.activation(c)
        return h, [h, c]


@keras.saving.register_keras_serializable(package="seqtasks")
class LayerNormGRUCell(keras.layers.GRUCell, DrawnInFloat32):
    """One step of a GRU with layer normalisation of the pre-activations.

        a = N(x_t W) + b_0                        u = N(h_{t-1} U) + b_1
        z = σ(a_z + u_z)                          r = σ(a_r + u_r)
        h_t = z ∘ h_{t-1} + (1 - z) ∘ tanh(a_h + r ∘ u_h)
        N(a) = γ ∘ (a - mean a) / sqrt(var a + 0.001), over the last axis

    Args:
        units: size of the state, a positive integer.
        **options: those of `keras.layers.GRUCell`, but for `reset_after`, which is True.

    Call arguments:
        inputs: [batch, features].
        states: [h], each [batch, units].

    Returns:
        h [batch, units] and [h].

    Masking:
        None: a cell computes one step. `RNN` keeps the state where the mask is False.

    Example:
        >>> y = RNN(LayerNormGRUCell(8))(keras.ops.ones((2, 5, 3)))

    Reference:
        Ba, Kiros and Hinton, arXiv:1607.06450.
    """

    def __init__(self, units: int, **options: Any) -> None:
        if not options.get("reset_after", True):
            raise ValueError(
                "LayerNormGRUCell: expected reset_after=True, received False: the product that "
                "is normalised is the whole h U. Leave the option out."
            )
        super().__init__(check_units(units, "LayerNormGRUCell"), **options)
        self.dropout_mask_count = None  # one mask for all gates

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        self.kernel_norm = _norm(self, "kernel_norm", 3 * self.units)
        self.recurrent_norm = _norm(self, "recurrent_norm", 3 * self.units)

    def call(self, inputs: Any, states: States, training: bool = False) -> tuple[Any, States]:
        previous = states[0] if isinstance(states, (list, tuple)) else states
        inputs, h = drop(self, inputs, previous, training)
        a = self.kernel_norm(ops.matmul(inputs, self.kernel))
        u = self.recurrent_norm(ops.matmul(h, self.recurrent_kernel))
        if self.bias is not None:
            bias = ops.cast(self.bias, a.dtype)
            a, u = a + bias[0], u + bias[1]
        (a_z, a_r, a_h), (u_z, u_r, u_h) = ops.split(a, 3, axis=-1), ops.split(u, 3, axis=-1)
        z, r = self.recurrent_activation(a_z + u_z), self.recurrent_activation(a_r + u_r)
        h = z * previous + (1 - z) * self.activation(a_h + r * u_h)
        return h, [h] if isinstance(states, (list, tuple)) else h
