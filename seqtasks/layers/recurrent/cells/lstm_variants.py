"""Variants of the LSTM cell: peepholes, coupled gates, a projected state."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_units
from seqtasks.layers.recurrent.cells.initial_values import DrawnInFloat32

States = list[Any]


def drop(cell: Any, inputs: Any, h: Any, training: bool) -> tuple[Any, Any]:
    """Variational dropout of x_t and h_{t-1}: the same units at every step of a sequence."""
    if training and cell.dropout:
        inputs = inputs * cell.get_dropout_mask(inputs)
    if training and cell.recurrent_dropout:
        h = h * cell.get_recurrent_dropout_mask(h)
    return inputs, h


@keras.saving.register_keras_serializable(package="seqtasks")
class PeepholeLSTMCell(keras.layers.LSTMCell, DrawnInFloat32):
    """One step of an LSTM with peephole connections from the memory cell to the gates.

        i = σ(x_t W_i + h_{t-1} U_i + p_i ∘ c_{t-1} + b_i)
        f = σ(x_t W_f + h_{t-1} U_f + p_f ∘ c_{t-1} + b_f)
        g = tanh(x_t W_g + h_{t-1} U_g + b_g)
        c_t = f ∘ c_{t-1} + i ∘ g
        o = σ(x_t W_o + h_{t-1} U_o + p_o ∘ c_t + b_o)
        h_t = o ∘ tanh(c_t)

    Args:
        units: size of the state, a positive integer.
        **options: those of `keras.layers.LSTMCell`; the peephole weights p [3, units] are
            initialised with "glorot_uniform".

    Call arguments:
        inputs: [batch, features].
        states: [h, c], each [batch, units].

    Returns:
        h [batch, units] and [h, c].

    Masking:
        None: a cell computes one step. `RNN` keeps the states where the mask is False.

    Example:
        >>> y = RNN(PeepholeLSTMCell(8))(keras.ops.ones((2, 5, 3)))

    Reference:
        Gers, Schraudolph and Schmidhuber, Learning precise timing with LSTM networks, 2002.
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(check_units(units, "PeepholeLSTMCell"), **options)
        self.dropout_mask_count = None  # one mask for all gates

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        self.peepholes = self.add_weight((3, self.units), name="peepholes")

    def call(self, inputs: Any, states: States, training: bool = False) -> tuple[Any, States]:
        c = states[1]
        inputs, h = drop(self, inputs, states[0], training)
        z = ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent_kernel)
        i, f, g, o = ops.split(z if self.bias is None else z + self.bias, 4, axis=-1)
        p_i, p_f, p_o = ops.unstack(ops.cast(self.peepholes, z.dtype), 3)
        i = self.recurrent_activation(i + p_i * c)
        f = self.recurrent_activation(f + p_f * c)
        c = f * c + i * self.activation(g)
        h = self.recurrent_activation(o + p_o * c) * self.activation(c)
        return h, [h, c]


@keras.saving.register_keras_serializable(package="seqtasks")
class CoupledLSTMCell(keras.layers.LSTMCell, DrawnInFloat32):
    """One step of an LSTM with coupled input and forget gates (i = 1 - f): a quarter fewer weights.

        f = σ(x_t W_f + h_{t-1} U_f + b_f)        g = tanh(x_t W_g + h_{t-1} U_g + b_g)
        c_t = f ∘ c_{t-1} + (1 - f) ∘ g           o = σ(x_t W_o + h_{t-1} U_o + b_o)
        h_t = o ∘ tanh(c_t)

    The gates lie in the order f, g, o along the last axis of the kernels.

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
        >>> y = RNN(CoupledLSTMCell(8))(keras.ops.ones((2, 5, 3)))

    Reference:
        Greff et al., LSTM: a search space odyssey, arXiv:1503.04069 (CIFG).
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(check_units(units, "CoupledLSTMCell"), **options)
        self.dropout_mask_count = None  # one mask for all gates

    def build(self, input_shape: tuple) -> None:
        add_gates(self, input_shape[-1], self.units, gates=3, forget=0)

    def call(self, inputs: Any, states: States, training: bool = False) -> tuple[Any, States]:
        inputs, h = drop(self, inputs, states[0], training)
        z = ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent_kernel)
        f, g, o = ops.split(z if self.bias is None else z + self.bias, 3, axis=-1)
        f = self.recurrent_activation(f)
        c = f * states[1] + (1 - f) * self.activation(g)
        h = self.recurrent_activation(o) * self.activation(c)
        return h, [h, c]


@keras.saving.register_keras_serializable(package="seqtasks")
class ProjectedLSTMCell(keras.layers.LSTMCell, DrawnInFloat32):
    """One step of an LSTM with a linear projection of the output: large memory, small state.

        i, f, g, o as in `LSTMCell`, from x_t and r_{t-1}
        c_t = f ∘ c_{t-1} + i ∘ g                 r_t = (o ∘ tanh(c_t)) P

    Args:
        units: size of the memory c, a positive integer.
        projection_units: size of the state and output r, a positive integer.
        **options: those of `keras.layers.LSTMCell`.

    Call arguments:
        inputs: [batch, features].
        states: [r [batch, projection_units], c [batch, units]].

    Returns:
        r [batch, projection_units] and [r, c].

    Masking:
        None: a cell computes one step. `RNN` keeps the states where the mask is False.

    Example:
        >>> y = RNN(ProjectedLSTMCell(8, projection_units=4))(keras.ops.ones((2, 5, 3)))

    Reference:
        Sak, Senior and Beaufays, arXiv:1402.1128.
    """

    def __init__(self, units: int, projection_units: int, **options: Any) -> None:
        super().__init__(check_units(units, "ProjectedLSTMCell"), **options)
        self.projection_units = check_units(projection_units, "ProjectedLSTMCell projection")
        self.state_size = [self.projection_units, self.units]
        self.output_size = self.projection_units
        self.dropout_mask_count = None  # one mask for all gates

    def build(self, input_shape: tuple) -> None:
        add_gates(self, input_shape[-1], self.projection_units, gates=4, forget=1)
        self.projection = self.add_weight((self.units, self.projection_units), name="projection")

    def call(self, inputs: Any, states: States, training: bool = False) -> tuple[Any, States]:
        inputs, r = drop(self, inputs, states[0], training)
        z = ops.matmul(inputs, self.kernel) + ops.matmul(r, self.recurrent_kernel)
        i, f, g, o = ops.split(z if self.bias is None else z + self.bias, 4, axis=-1)
        c = self.recurrent_activation(f) * states[1]
        c = c + self.recurrent_activation(i) * self.activation(g)
        r = ops.matmul(self.recurrent_activation(o) * self.activation(c), self.projection)
        return r, [r, c]

    def get_config(self) -> dict:
        return {**super().get_config(), "projection_units": self.projection_units}


def add_gates(
    cell: Any, features: int, state_size: int, gates: int, forget: int | None = None
) -> None:
    """Adds kernel, recurrent kernel and bias to `cell`; the bias of gate number `forget` is one."""
    width = gates * cell.units
    for name, rows, part in (
        ("kernel", features, "kernel"),
        ("recurrent_kernel", state_size, "recurrent"),
    ):
        weight = cell.add_weight(
            (rows, width),
            name=name,
            initializer=getattr(cell, f"{part}_initializer"),
            regularizer=getattr(cell, f"{part}_regularizer"),
            constraint=getattr(cell, f"{part}_constraint"),
        )
        setattr(cell, name, weight)

    def start(shape: tuple, *args: Any, **kwargs: Any) -> Any:
        parts = [cell.bias_initializer((cell.units,), *args, **kwargs) for _ in range(gates)]
        if forget is not None and cell.unit_forget_bias:
            parts[forget] = ops.ones_like(parts[forget])
        return ops.concatenate(parts)

    cell.bias = None
    if cell.use_bias:
        cell.bias = cell.add_weight(
            (width,),
            name="bias",
            initializer=start,
            regularizer=cell.bias_regularizer,
            constraint=cell.bias_constraint,
        )
