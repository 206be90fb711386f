"""Wrappers of cells: WeightDropCell, and the base class CellWrapper."""

from __future__ import annotations

import contextlib
from typing import Any

import keras
from keras import ops
from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell  # how RNN knows whom to ask

from seqtasks.layers.argument_checks import check_rate
from seqtasks.layers.dropout import keep_mask

States = list[Any]


@keras.saving.register_keras_serializable(package="seqtasks")
class CellWrapper(keras.layers.Layer, DropoutRNNCell):
    """A cell that wraps a cell. By itself it only flattens states of nested sizes into one list.

    `keras.layers.RNN` draws the dropout masks of a sequence before its loop by calling the `get_`
    and `reset_` methods below on a `DropoutRNNCell`; they are delegated to the inner cell.
    """

    def __init__(self, cell: Any, **kwargs: Any) -> None:
        if not (callable(getattr(cell, "call", None)) and hasattr(cell, "state_size")):
            raise ValueError(
                f"{type(self).__name__}: expected a cell, with `call` and `state_size`; received "
                f"{cell!r}. Pass, for example, LSTMCell(128)."
            )
        kwargs.setdefault("dtype", cell.dtype_policy)
        super().__init__(**kwargs)
        self.cell = cell
        self.inner_sizes = keras.tree.flatten(cell.state_size)
        self.state_size = list(self.inner_sizes)
        self.output_size = getattr(cell, "output_size", None) or self.inner_sizes[0]

    def build(self, input_shape: tuple) -> None:
        if not self.cell.built:
            self.cell.build(input_shape)

    def call(self, inputs: Any, states: States, training: bool = False) -> tuple[Any, States]:
        states, sizes = list(states), self.cell.state_size
        if keras.tree.is_nested(sizes):
            states = keras.tree.pack_sequence_as(sizes, states)
        output, states = self.cell(inputs, states, training=training)
        return output, keras.tree.flatten(states)

    def get_initial_state(self, batch_size: Any = None) -> States:
        """The states before the first step, each [batch, size]."""
        if hasattr(self.cell, "get_initial_state"):
            return keras.tree.flatten(self.cell.get_initial_state(batch_size=batch_size))
        return [ops.zeros((batch_size, n), dtype=self.compute_dtype) for n in self.inner_sizes]

    def get_dropout_mask(self, step_input: Any) -> Any:
        """Draws the dropout mask of this sequence's inputs, which holds until it is reset."""
        if isinstance(self.cell, DropoutRNNCell):
            self.cell.get_dropout_mask(step_input)

    def get_recurrent_dropout_mask(self, step_input: Any) -> Any:
        """Draws the dropout mask of this sequence's states, which holds until it is reset."""
        if isinstance(self.cell, DropoutRNNCell):
            self.cell.get_recurrent_dropout_mask(step_input)

    def reset_dropout_mask(self) -> None:
        """Discards the dropout mask of the inputs."""
        if isinstance(self.cell, DropoutRNNCell):
            self.cell.reset_dropout_mask()

    def reset_recurrent_dropout_mask(self) -> None:
        """Discards the dropout mask of the states."""
        if isinstance(self.cell, DropoutRNNCell):
            self.cell.reset_recurrent_dropout_mask()

    def get_config(self) -> dict:
        cell = keras.saving.serialize_keras_object(self.cell)
        return {**super().get_config(), "cell": cell}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> CellWrapper:
        cell = keras.saving.deserialize_keras_object(config.pop("cell"), custom_objects)
        return cls(cell, **config)


@keras.saving.register_keras_serializable(package="seqtasks")
class WeightDropCell(CellWrapper):
    """DropConnect on the recurrent weights, with one mask for all steps and rows of a batch.

        U' = U ∘ m / (1 - rate),  m ~ Bernoulli(1 - rate)      in training; U' = U otherwise

    Args:
        cell: a cell with a weight `recurrent_kernel`. Its whole-sequence kernel is used, if any.
        rate: fraction of the weights that are dropped, 0 <= rate < 1; 0 turns it off.
        seed: random seed; None takes one from Keras.

    Call arguments:
        inputs: [batch, features].
        states: those of the cell.

    Returns:
        The output and the states of the cell.

    Masking:
        None: a cell computes one step. `RNN` keeps the states where the mask is False.

    Example:
        >>> y = RNN(WeightDropCell(LSTMCell(8), rate=0.5))(keras.ops.ones((2, 5, 3)))

    Reference:
        Merity, Keskar and Socher, Regularizing and optimizing LSTM language models,
        arXiv:1708.02182; Wan et al., Regularization of neural networks using DropConnect, 2013.
    """

    def __init__(self, cell: Any, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self.rate, self.seed = check_rate(rate, "rate", "WeightDropCell"), seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self._noise: Any = None

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        if not hasattr(self.cell, "recurrent_kernel"):
            raise ValueError(
                "WeightDropCell: expected a cell with a weight `recurrent_kernel`, received "
                f"{self.cell!r}. Give its recurrent weights that name, or leave weight drop out."
            )

    def _dropping(self, training: bool) -> Any:
        """A scope in which the cell's recurrent kernel is multiplied by the dropout mask."""
        if not (training and self.rate):
            return contextlib.nullcontext()
        mapping = [(v, v.value) for v in self.cell.variables]
        kernel = self.cell.recurrent_kernel
        noise = self._noise if self._noise is not None else self._draw()
        mapping.append((kernel, kernel.value * ops.cast(noise, kernel.value.dtype)))
        return keras.StatelessScope(state_mapping=mapping)

    def _draw(self) -> Any:
        keep = keep_mask(self.cell.recurrent_kernel.shape, self.rate, self.seed_generator)
        return ops.cast(keep, self.variable_dtype) / (1 - self.rate)

    def call(self, inputs: Any, states: States, training: bool = False) -> tuple[Any, States]:
        with self._dropping(training):
            return super().call(inputs, states, training=training)

    def scan(self, inputs: Any, states: States, mask: Any, training: bool) -> Any:
        """The whole sequence at once, or None if the inner cell must be stepped."""
        if not hasattr(self.cell, "scan"):
            return None
        with self._dropping(training):
            return self.cell.scan(inputs, states, mask, training)

    def get_recurrent_dropout_mask(self, step_input: Any) -> Any:
        super().get_recurrent_dropout_mask(step_input)
        self._noise = self._draw() if self._noise is None else self._noise

    def reset_recurrent_dropout_mask(self) -> None:
        super().reset_recurrent_dropout_mask()
        self._noise = None

    def get_config(self) -> dict:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
