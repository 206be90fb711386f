"""MinGRU, MinLSTM, LRU: `RNN` of one cell, with the arguments of both."""

from __future__ import annotations

import keras

from seqtasks.layers.recurrent.lstm_gru_simple_rnn import LayerOfCell
from seqtasks.layers.recurrent.parallel.lru_cell import LRUCell
from seqtasks.layers.recurrent.parallel.min_cells import MinGRUCell, MinLSTMCell


@keras.saving.register_keras_serializable(package="seqtasks")
class MinGRU(LayerOfCell):
    """Minimal gated recurrent units over a sequence: `RNN(MinGRUCell(units))`.

        h_t = (1 - z_t) ∘ h_{t-1} + z_t ∘ ĥ_t        z, ĥ: see `MinGRUCell`

    Args:
        units: size of the state, a positive integer.
        **options: those of `MinGRUCell` and of `RNN`.

    Call arguments:
        sequences: [batch, time, features].
        initial_state: h before the first step, each [batch, units].
        mask: bool [batch, time], True on real steps, or None.
        training: True applies dropout.

    Returns:
        [batch, time, units] with `return_sequences`, else [batch, units]; with `return_state`
        followed by h, each [batch, units].

    Masking:
        As in `RNN`.

    Example:
        >>> y = MinGRU(8, return_sequences=True)(keras.ops.ones((2, 5, 3)))

    Reference:
        Feng et al., Were RNNs all we needed?, arXiv:2410.01201.
    """

    cell_class = MinGRUCell


@keras.saving.register_keras_serializable(package="seqtasks")
class MinLSTM(LayerOfCell):
    """Minimal long short-term memory over a sequence: `RNN(MinLSTMCell(units))`.

        h_t = f'_t ∘ h_{t-1} + i'_t ∘ ĥ_t        f', i', ĥ: see `MinLSTMCell`

    Args:
        units: size of the output, a positive integer.
        **options: those of `MinLSTMCell` and of `RNN`.

    Call arguments:
        sequences: [batch, time, features].
        initial_state: h before the first step, each [batch, units].
        mask: bool [batch, time], True on real steps, or None.
        training: True applies dropout.

    Returns:
        [batch, time, units] with `return_sequences`, else [batch, units]; with `return_state`
        followed by h, each [batch, units].

    Masking:
        As in `RNN`.

    Example:
        >>> y = MinLSTM(8, return_sequences=True)(keras.ops.ones((2, 5, 3)))

    Reference:
        Feng et al., Were RNNs all we needed?, arXiv:2410.01201.
    """

    cell_class = MinLSTMCell


@keras.saving.register_keras_serializable(package="seqtasks")
class LRU(LayerOfCell):
    """Linear recurrent units over a sequence: `RNN(LRUCell(units))`.

        s_t = λ ∘ s_{t-1} + exp(γ) ∘ (x_t B)        y_t = Re(s_t C) + x_t D + b: see `LRUCell`

    Args:
        units: size of the output, a positive integer.
        **options: those of `LRUCell` and of `RNN`.

    Call arguments:
        sequences: [batch, time, features].
        initial_state: the two parts of s before the first step, each [batch, state_units].
        mask: bool [batch, time], True on real steps, or None.
        training: True applies dropout.

    Returns:
        [batch, time, units] with `return_sequences`, else [batch, units]; with `return_state`
        followed by the two parts of s, each [batch, state_units].

    Masking:
        As in `RNN`.

    Example:
        >>> y = LRU(8, return_sequences=True)(keras.ops.ones((2, 5, 3)))

    Reference:
        Orvieto et al., Resurrecting recurrent neural networks for long sequences, arXiv:2303.06349.
    """

    cell_class = LRUCell
