"""SimpleRNN, LSTM, GRU: `RNN` of one cell, with the arguments of Keras's layers."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

import keras

from seqtasks.layers.recurrent.cells.standard_cells import GRUCell, LSTMCell, SimpleRNNCell
from seqtasks.layers.recurrent.rnn import RNN


class LayerOfCell(RNN):
    """An RNN of one cell, which takes the arguments of both."""

    cell_class: ClassVar[type]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in ("units", *cls._cell_options()):
            setattr(cls, name, property(lambda self, name=name: getattr(self.cell, name)))

    def __init__(self, units: int, *positional: Any, **options: Any) -> None:
        names = self._cell_options()
        options |= dict(zip(names, positional, strict=False))
        options.pop("use_cudnn", None)  # Keras's choice of a kernel, which does not exist here
        of_cell = {
            name: options.pop(name) for name in (*names, "implementation") if name in options
        }
        for name in ("dtype", "trainable"):
            if name in options:
                of_cell[name] = options[name]
        super().__init__(self.cell_class(units, **of_cell), **options)

    @classmethod
    def _cell_options(cls) -> tuple[str, ...]:
        """The cell's own options, in the order of its constructors."""
        owners = [c for c in cls.cell_class.__mro__ if "__init__" in vars(c)]
        layers = [c for c in owners if issubclass(c, keras.layers.Layer)]
        names: dict[str, None] = {}  # an ordered set
        for owner in layers[: layers.index(keras.layers.Layer)]:
            names |= dict.fromkeys(inspect.signature(owner.__init__).parameters)
        return tuple(n for n in names if n not in ("self", "units", "kwargs", "options"))

    def get_config(self) -> dict:
        config = super().get_config()
        del config["cell"]
        cell = self.cell.get_config()
        return {**{name: cell[name] for name in ("units", *self._cell_options())}, **config}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> Any:
        return cls(**config)


@keras.saving.register_keras_serializable(package="seqtasks")
class SimpleRNN(LayerOfCell):
    """Elman's network over a sequence: `RNN(SimpleRNNCell(units))`.

        h_t = tanh(x_t W + h_{t-1} U + b)

    Args:
        units: size of the state, a positive integer.
        **options: those of `SimpleRNNCell` and of `RNN`; all those of `keras.layers.SimpleRNN`.

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
        >>> y = SimpleRNN(8, return_sequences=True)(keras.ops.ones((2, 5, 3)))

    Reference:
        Elman, Finding structure in time, 1990.
    """

    cell_class = SimpleRNNCell


@keras.saving.register_keras_serializable(package="seqtasks")
class LSTM(LayerOfCell):
    """Long short-term memory over a sequence: `RNN(LSTMCell(units))`.

        c_t = f ∘ c_{t-1} + i ∘ g        h_t = o ∘ tanh(c_t)        i, f, g, o: see `LSTMCell`

    Args:
        units: size of the state, a positive integer.
        **options: those of `LSTMCell` and of `RNN`; all those of `keras.layers.LSTM`.

    Call arguments:
        sequences: [batch, time, features].
        initial_state: h, c before the first step, each [batch, units].
        mask: bool [batch, time], True on real steps, or None.
        training: True applies dropout.

    Returns:
        [batch, time, units] with `return_sequences`, else [batch, units]; with `return_state`
        followed by h, c, each [batch, units].

    Masking:
        As in `RNN`.

    Example:
        >>> y = LSTM(8, return_sequences=True)(keras.ops.ones((2, 5, 3)))

    Reference:
        Hochreiter and Schmidhuber, Long short-term memory, 1997.
    """

    cell_class = LSTMCell


@keras.saving.register_keras_serializable(package="seqtasks")
class GRU(LayerOfCell):
    """Gated recurrent units over a sequence: `RNN(GRUCell(units))`.

        h_t = z ∘ h_{t-1} + (1 - z) ∘ ĥ        z, ĥ: see `GRUCell`

    Args:
        units: size of the state, a positive integer.
        **options: those of `GRUCell` and of `RNN`; all those of `keras.layers.GRU`.

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
        >>> y = GRU(8, return_sequences=True)(keras.ops.ones((2, 5, 3)))

    Reference:
        Cho et al., arXiv:1406.1078.
    """

    cell_class = GRUCell
