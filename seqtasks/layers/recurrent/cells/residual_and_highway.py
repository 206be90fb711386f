"""Connections around a cell: ResidualCell, HighwayCell."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.recurrent.cells.cell_wrappers import CellWrapper, States


@keras.saving.register_keras_serializable(package="seqtasks")
class ResidualCell(CellWrapper):
    """Adds a residual connection around a cell.

        y_t = cell(x_t) + x_t

    Args:
        cell: a cell with as many outputs as inputs.

    Call arguments:
        inputs: [batch, units].
        states: those of the cell.

    Returns:
        y [batch, units] and the states of the cell.

    Masking:
        None: a cell computes one step. `RNN` keeps the states where the mask is False.

    Example:
        >>> y = RNN(ResidualCell(GRUCell(3)))(keras.ops.ones((2, 5, 3)))

    Reference:
        Wu et al., Google's neural machine translation system, arXiv:1609.08144.
    """

    def build(self, input_shape: tuple) -> None:
        _check_features(self, input_shape)
        super().build(input_shape)

    def call(self, inputs: Any, states: States, training: bool = False) -> tuple[Any, States]:
        output, states = super().call(inputs, states, training=training)
        return output + ops.cast(inputs, output.dtype), states


@keras.saving.register_keras_serializable(package="seqtasks")
class HighwayCell(CellWrapper):
    """Adds a highway connection around a cell: a gate chooses between its output and its input.

        y_t = t ∘ cell(x_t) + (1 - t) ∘ x_t        t = σ(x_t W + b)

    b starts at -1, so that the inputs pass nearly unchanged at first.

    Args:
        cell: a cell with as many outputs as inputs.

    Call arguments:
        inputs: [batch, units].
        states: those of the cell.

    Returns:
        y [batch, units] and the states of the cell.

    Masking:
        None: a cell computes one step. `RNN` keeps the states where the mask is False.

    Example:
        >>> y = RNN(HighwayCell(GRUCell(3)))(keras.ops.ones((2, 5, 3)))

    Reference:
        Srivastava, Greff and Schmidhuber, Highway networks, arXiv:1505.00387.
    """

    def __init__(self, cell: Any, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self.gate = HighwayGate(self.output_size, name="gate", dtype=self.dtype_policy)

    def build(self, input_shape: tuple) -> None:
        _check_features(self, input_shape)
        super().build(input_shape)
        self.gate.build(input_shape)

    def call(self, inputs: Any, states: States, training: bool = False) -> tuple[Any, States]:
        output, states = super().call(inputs, states, training=training)
        return self.gate(inputs, output), states


@keras.saving.register_keras_serializable(package="seqtasks")
class HighwayGate(keras.layers.Layer):
    """The connection itself, of a layer's inputs x and outputs y: t ∘ y + (1 - t) ∘ x."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.supports_masking = units, True

    def build(self, input_shape: tuple, *_: Any) -> None:
        self.kernel = self.add_weight(
            (input_shape[-1], self.units), name="kernel", initializer="glorot_uniform"
        )
        start = keras.initializers.Constant(-1.0)
        self.bias = self.add_weight((self.units,), name="bias", initializer=start)

    def call(self, inputs: Any, outputs: Any) -> Any:
        t = ops.sigmoid(ops.matmul(inputs, self.kernel) + self.bias)
        return t * outputs + (1 - t) * inputs

    def get_config(self) -> dict:
        return {**super().get_config(), "units": self.units}


def _check_features(wrapper: CellWrapper, input_shape: tuple) -> None:
    if input_shape[-1] != wrapper.output_size:
        raise ValueError(
            f"{type(wrapper).__name__}: expected inputs with {wrapper.output_size} features, as "
            f"many as the cell's output; received {input_shape[-1]}. Project the inputs first, for "
            f"example with keras.layers.Dense({wrapper.output_size})."
        )
