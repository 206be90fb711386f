"""SimpleRNNCell, LSTMCell, GRUCell: one time step each, and the whole sequence in one kernel.

A cell is Keras's: `cell(x_t, states) -> (y_t, states)` with `state_size`, so it runs inside
`keras.layers.RNN` and `keras.layers.StackedRNNCells` too. The three cells here add one method to
that protocol: `scan(inputs, states, mask, training)`, the whole sequence in one fused kernel.
`RNN` calls it where the cell has one; where there is none or it returns None, the cell is stepped.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_rate, check_units
from seqtasks.layers.kernels import dispatch as fused
from seqtasks.layers.recurrent.cells.initial_values import DrawnInFloat32

States = list[Any]
Scanned = tuple[Any, States] | None


def _check(cell: Any, units: int, options: dict) -> int:
    for name in ("dropout", "recurrent_dropout"):
        check_rate(options.get(name, 0.0), name, type(cell).__name__)
    return check_units(units, type(cell).__name__)


def _is(activation: Any, *names: str) -> bool:
    return getattr(activation, "__name__", None) in names


def _drop_inputs(cell: Any, inputs: Any, training: bool) -> Any:
    """Variational dropout: one mask for all the steps of a sequence."""
    if not (training and cell.dropout):
        return inputs
    return inputs * ops.expand_dims(cell.get_dropout_mask(inputs[:, 0, :]), axis=1)


def as_computed(cell: Any, tensor: Any) -> Any:
    """The tensor in the cell's compute dtype."""
    return ops.convert_to_tensor(tensor, dtype=cell.compute_dtype)


def fused_weights(cell: Any) -> fused.Weights:
    """The weights of one of these cells, as the fused kernels take them."""
    biases = (None, None)
    if cell.use_bias:
        bias = as_computed(cell, cell.bias)
        biases = (bias[0], bias[1]) if isinstance(cell, GRUCell) else (bias, None)
    kernels = as_computed(cell, cell.kernel), as_computed(cell, cell.recurrent_kernel)
    return fused.Weights(*kernels, *biases)


def _scan(cell: Any, inputs: Any, states: States, mask: Any, training: bool) -> Scanned:
    name = cell.fused_name(training)
    if name is None:
        return None
    inputs = as_computed(cell, _drop_inputs(cell, inputs, training))
    states = [as_computed(cell, state) for state in states]
    return fused.scan(name, inputs, states, mask, fused_weights(cell), bool(training))


def _gates_are_sigmoid_and_tanh(cell: Any) -> bool:
    return _is(cell.activation, "tanh") and _is(cell.recurrent_activation, "sigmoid")


def _fusible(cell: Any, training: bool) -> bool:
    dropped = cell.dropout or cell.recurrent_dropout
    per_gate = getattr(cell, "implementation", 2) == 1  # one dropout mask for each gate
    return not (training and (cell.recurrent_dropout or (dropped and per_gate)))


@keras.saving.register_keras_serializable(package="seqtasks")
class SimpleRNNCell(keras.layers.SimpleRNNCell, DrawnInFloat32):
    """One step of Elman's network.

        h_t = tanh(x_t W + h_{t-1} U + b)

    `activation="relu"` with `recurrent_initializer="identity"` gives the IRNN of Le et al.

    Args:
        units: size of the state, a positive integer.
        **options: those of `keras.layers.SimpleRNNCell` (`activation`, `use_bias`, initializers,
            regularizers, constraints, `dropout`, `recurrent_dropout`, `seed`).

    Call arguments:
        inputs: [batch, features].
        states: [h], each [batch, units].

    Returns:
        h [batch, units] and [h].

    Masking:
        None: a cell computes one step. `RNN` keeps the state where the mask is False.

    Example:
        >>> y = RNN(SimpleRNNCell(8, activation="relu"))(keras.ops.ones((2, 5, 3)))

    Reference:
        Elman, Finding structure in time, 1990; Le et al., arXiv:1504.00941 (ReLU).
        Dropout on inputs and state: Gal and Ghahramani, arXiv:1512.05287.
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(_check(self, units, options), **options)

    def fused_name(self, training: bool) -> str | None:
        """Which of `kernels.dispatch.STEPS` this cell is, or None if it must be stepped."""
        fusible = _is(self.activation, "tanh", "relu") and _fusible(self, training)
        return self.activation.__name__ if fusible else None

    def scan(self, inputs: Any, states: States, mask: Any, training: bool) -> Scanned:
        """The whole sequence [batch, time, features] at once, or None if it must be stepped."""
        return _scan(self, inputs, states, mask, training)


@keras.saving.register_keras_serializable(package="seqtasks")
class LSTMCell(keras.layers.LSTMCell, DrawnInFloat32):
    """One step of long short-term memory.

        i = σ(x_t W_i + h_{t-1} U_i + b_i)        f = σ(x_t W_f + h_{t-1} U_f + b_f)
        g = tanh(x_t W_g + h_{t-1} U_g + b_g)     o = σ(x_t W_o + h_{t-1} U_o + b_o)
        c_t = f ∘ c_{t-1} + i ∘ g                 h_t = o ∘ tanh(c_t)

    The gates lie in the order i, f, g, o along the last axis of the kernels, as in Keras.

    Args:
        units: size of the state, a positive integer.
        **options: those of `keras.layers.LSTMCell` (`activation`, `recurrent_activation`,
            `use_bias`, `unit_forget_bias`, initializers, regularizers, constraints, `dropout`,
            `recurrent_dropout`, `seed`).

    Call arguments:
        inputs: [batch, features].
        states: [h, c], each [batch, units].

    Returns:
        h [batch, units] and [h, c].

    Masking:
        None: a cell computes one step. `RNN` keeps the states where the mask is False.

    Example:
        >>> y = RNN(LSTMCell(8))(keras.ops.ones((2, 5, 3)))

    Reference:
        Hochreiter and Schmidhuber, Long short-term memory, 1997; the forget gate of Gers et al.,
        2000. Dropout on inputs and state: Gal and Ghahramani, arXiv:1512.05287.
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(_check(self, units, options), **options)

    def fused_name(self, training: bool) -> str | None:
        """Which of `kernels.dispatch.STEPS` this cell is, or None if it must be stepped."""
        fusible = _gates_are_sigmoid_and_tanh(self) and _fusible(self, training)
        return "lstm" if fusible else None

    def scan(self, inputs: Any, states: States, mask: Any, training: bool) -> Scanned:
        """The whole sequence [batch, time, features] at once, or None if it must be stepped."""
        return _scan(self, inputs, states, mask, training)


@keras.saving.register_keras_serializable(package="seqtasks")
class GRUCell(keras.layers.GRUCell, DrawnInFloat32):
    """One step of the gated recurrent unit.

        z = σ(x_t W_z + h_{t-1} U_z + b_z)        r = σ(x_t W_r + h_{t-1} U_r + b_r)
        ĥ = tanh(x_t W_h + b_h + r ∘ (h_{t-1} U_h + b'_h))      reset_after=True (default)
        ĥ = tanh(x_t W_h + b_h + (r ∘ h_{t-1}) U_h)             reset_after=False
        h_t = z ∘ h_{t-1} + (1 - z) ∘ ĥ

    The gates lie in the order z, r, h along the last axis of the kernels, as in Keras; with
    `reset_after=True` the bias is [2, 3 * units]: of the inputs, of the state.

    Args:
        units: size of the state, a positive integer.
        **options: those of `keras.layers.GRUCell` (`activation`, `recurrent_activation`,
            `use_bias`, initializers, regularizers, constraints, `dropout`, `recurrent_dropout`,
            `reset_after`, `seed`).

    Call arguments:
        inputs: [batch, features].
        states: [h], each [batch, units].

    Returns:
        h [batch, units] and [h].

    Masking:
        None: a cell computes one step. `RNN` keeps the state where the mask is False.

    Example:
        >>> y = RNN(GRUCell(8, reset_after=False))(keras.ops.ones((2, 5, 3)))

    Reference:
        Cho et al., arXiv:1406.1078 (version 1 resets after the product, version 3 before).
        Dropout on inputs and state: Gal and Ghahramani, arXiv:1512.05287.
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(_check(self, units, options), **options)

    def fused_name(self, training: bool) -> str | None:
        """Which of `kernels.dispatch.STEPS` this cell is, or None if it must be stepped."""
        fusible = self.reset_after and _fusible(self, training)
        return "gru" if fusible and _gates_are_sigmoid_and_tanh(self) else None

    def scan(self, inputs: Any, states: States, mask: Any, training: bool) -> Scanned:
        """The whole sequence [batch, time, features] at once, or None if it must be stepped."""
        return _scan(self, inputs, states, mask, training)
