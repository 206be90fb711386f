"""NASCell: the cell that a search over architectures found."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_units
from seqtasks.layers.recurrent.cells.initial_values import DrawnInFloat32
from seqtasks.layers.recurrent.cells.lstm_variants import States, add_gates, drop


@keras.saving.register_keras_serializable(package="seqtasks")
class NASCell(keras.layers.LSTMCell, DrawnInFloat32):
    """One step of the cell found by neural architecture search.

    With a_k = x_t W_k and m_k = h_{t-1} U_k + b_k, k = 0 to 7:

        u = tanh(σ(a_0 + m_0) ∘ relu(a_1 + m_1))
        v = tanh(σ(a_2 + m_2) + relu(a_3 ∘ m_3))
        w = tanh(tanh(a_4 + m_4) ∘ σ(a_5 + m_5))
        r = σ(tanh(a_6 + m_6) + σ(a_7 + m_7))
        c_t = tanh(u + c_{t-1}) ∘ v
        h_t = tanh(c_t ∘ tanh(w + r))

    The eight parts lie in this order along the last axis of the kernels, as in TensorFlow Addons.

    Args:
        units: size of the state, a positive integer.
        **options: those of `keras.layers.LSTMCell`, but for `activation` and
            `recurrent_activation`, which are the cell's own; `unit_forget_bias` has no effect, as
            there is no forget gate.

    Call arguments:
        inputs: [batch, features].
        states: [h, c], each [batch, units].

    Returns:
        h [batch, units] and [h, c].

    Raises:
        ValueError: an `activation` or `recurrent_activation`.

    Masking:
        None: a cell computes one step. `RNN` keeps the states where the mask is False.

    Example:
        >>> y = RNN(NASCell(8))(keras.ops.ones((2, 5, 3)))

    Reference:
        Zoph and Le, Neural architecture search with reinforcement learning, arXiv:1611.01578.
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(check_units(units, "NASCell"), **options)
        for name, own in (("activation", "tanh"), ("recurrent_activation", "sigmoid")):
            if getattr(self, name) is not keras.activations.get(own):
                raise ValueError(
                    f"NASCell: expected no {name}, as the search found the cell's own; received "
                    f"{name}={options[name]!r}. Leave it out, or use LSTMCell."
                )
        self.dropout_mask_count = None  # one mask for all parts

    def build(self, input_shape: tuple) -> None:
        add_gates(self, input_shape[-1], self.units, gates=8)

    def call(self, inputs: Any, states: States, training: bool = False) -> tuple[Any, States]:
        inputs, h = drop(self, inputs, states[0], training)
        m = ops.matmul(h, self.recurrent_kernel)
        m = ops.split(m if self.bias is None else m + ops.cast(self.bias, m.dtype), 8, axis=-1)
        a = ops.split(ops.matmul(inputs, self.kernel), 8, axis=-1)
        sigmoid, tanh, relu = ops.sigmoid, ops.tanh, ops.relu
        u = tanh(sigmoid(a[0] + m[0]) * relu(a[1] + m[1]))
        v = tanh(sigmoid(a[2] + m[2]) + relu(a[3] * m[3]))
        w = tanh(tanh(a[4] + m[4]) * sigmoid(a[5] + m[5]))
        r = sigmoid(tanh(a[6] + m[6]) + sigmoid(a[7] + m[7]))
        c = tanh(u + states[1]) * v
        h = tanh(c * tanh(w + r))
        return h, [h, c]
