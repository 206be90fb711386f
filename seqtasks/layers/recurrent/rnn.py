"""RNN: a cell run over the steps of a sequence."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_mask, check_sequences

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="seqtasks")
class RNN(keras.layers.RNN):
    """Runs a cell over the steps of a sequence.

        y_t, s_t = cell(x_t, s_{t-1})    where the mask is True
        y_t, s_t = y_{t-1}, s_{t-1}      elsewhere (y_0 = 0)

    Where the cell has a kernel for the whole sequence (`cell.scan`, see `recurrent.cells`), that
    is used; other cells are stepped by Keras's loop.

    Args:
        cell: a cell, or a list of cells to be stacked.
        return_sequences: return the outputs of all steps; False, those of the last step only.
        return_state: also return the final states.
        go_backwards: read the sequence from its end; the outputs are in that order.
        stateful: start each batch from the final states of the last one (needs a fixed batch size).
        learn_initial_state: make the initial states trainable weights, initially zero, shared by
            all rows.
        **options: those of `keras.layers.RNN` (`unroll`, `zero_output_for_mask`, ...).

    Call arguments:
        sequences: [batch, time, features].
        initial_state: initial states, each [batch, size]; states missing at the end of the list
            are the cell's own initial ones.
        mask: bool [batch, time], True on real steps, or None.
        training: passed to the cell.

    Returns:
        [batch, time, units] with `return_sequences`, else [batch, units]; with `return_state`
        followed by the states, each [batch, size].

    Masking:
        Any mask: left or right padding, gaps, rows with no real step. At a masked step the states
        are kept and the output is the previous one, or zero with `zero_output_for_mask=True`.

    Example:
        >>> y = RNN(LSTMCell(8), return_sequences=True)(keras.ops.ones((2, 5, 3)))

    Reference:
        Elman, Finding structure in time, 1990.
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        learn_initial_state: bool = False,
        **options: Any,
    ) -> None:
        if learn_initial_state and stateful:
            raise ValueError(
                "RNN: expected at most one of `learn_initial_state` and `stateful`, received both: "
                "a stateful layer starts from the last batch's states. Drop one of them."
            )
        options |= {"go_backwards": go_backwards, "stateful": stateful}
        super().__init__(cell, return_sequences, return_state, **options)
        self.learn_initial_state = bool(learn_initial_state)
        self.supports_masking = True
        self._features: int | None = None

    def build(self, sequences_shape: Shape, initial_state_shape: Any = None) -> None:
        check_sequences(sequences_shape, None, f"{type(self).__name__} {self.name!r}")
        self._features = sequences_shape[-1]
        super().build(sequences_shape, initial_state_shape)
        if self.learn_initial_state:
            self._first = [
                self.add_weight(shape=(1, size), initializer="zeros", name=f"initial_state_{n}")
                for n, size in enumerate(keras.tree.flatten(self.state_size))
            ]

    def get_initial_state(self, batch_size: Any) -> list:
        """The states before the first step, each [batch, size]: zero, or learned."""
        states = super().get_initial_state(batch_size)
        if not self.learn_initial_state:
            return states
        first = keras.tree.pack_sequence_as(states, self._first)
        return keras.tree.map_structure(lambda s, f: s + ops.cast(f, s.dtype), states, first)

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False
    ) -> Any:
        owner = f"{type(self).__name__} {self.name!r}"
        check_sequences(sequences.shape, self._features, owner)
        self._check_batch(sequences.shape[0])
        if mask is not None:
            mask = ops.cast(ops.convert_to_tensor(mask), "bool")
            check_mask(mask.shape, sequences.shape, owner)
        if initial_state is not None:
            initial_state = self._complete(initial_state, ops.shape(sequences)[0])
        return super().call(
            sequences, initial_state=initial_state, mask=mask, training=bool(training)
        )

    def _complete(self, states: Any, batch_size: Any) -> list:
        states = list(states) if isinstance(states, (list, tuple)) else [states]
        if len(states) < len(self.state_size):
            states += self.get_initial_state(batch_size)[len(states) :]
        if len(states) > len(self.state_size):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: expected {len(self.state_size)} initial "
                f"states, of sizes {self.state_size}; received {len(states)}. Pass one tensor "
                "[batch, size] for each."
            )
        return states

    def _check_batch(self, received: int | None) -> None:
        expected = getattr(self, "_expected_batch_size", None) if self.stateful else None
        if None not in (expected, received) and expected != received:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} is stateful: expected a batch of {expected} "
                f"sequences, the number it keeps states of; received {received}. Keep the batch "
                "size (drop the remainder) or build another layer."
            )

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple:
        """Last output, all outputs, last states."""
        scan = None if self.unroll else getattr(self.cell, "scan", None)
        inputs, steps = sequences, mask
        if self.go_backwards:
            inputs = ops.flip(sequences, axis=1)
            steps = None if mask is None else ops.flip(mask, axis=1)
        scanned = scan and scan(inputs, initial_state, steps, training)
        if not scanned:
            return super().inner_loop(sequences, initial_state, mask=mask, training=training)
        outputs, states = scanned
        if steps is not None:
            outputs = ops.where(self._written(steps), outputs, ops.zeros_like(outputs))
        return outputs[:, -1], outputs, states

    def _written(self, mask: Any) -> Any:
        """Where the output is not zero: on real steps, or from the first of them on."""
        if not self.zero_output_for_mask:
            mask = ops.cumsum(ops.cast(mask, "int32"), axis=1) > 0
        return ops.expand_dims(mask, axis=-1)

    def get_config(self) -> dict:
        return {**super().get_config(), "learn_initial_state": self.learn_initial_state}
