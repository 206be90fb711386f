"""RNN(cell): a cell taken over a sequence."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_mask, check_sequences

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="seqtasks")
class RNN(keras.layers.RNN):
    """Takes a cell over the steps of a sequence.

        y_t, s_t = cell(x_t, s_{t-1})    where the mask is True
        y_t, s_t = y_{t-1}, s_{t-1}      elsewhere (y_0 = 0)

    A cell that can take a whole sequence at once (`cell.scan`, see `recurrent.cells`) does so;
    any other is stepped through by Keras's loop.

    Args:
        cell: a cell, or a list of cells to be stacked.
        return_sequences: return the outputs of all steps, not only of the last.
        return_state: return the last states too.
        go_backwards: read the sequence from its end; the outputs come in that order.
        stateful: start each batch where the last one ended (needs a fixed batch size).
        learn_initial_state: make the first states weights, zero at first, the same for all rows.
        **options: those of `keras.layers.RNN` (`unroll`, `zero_output_for_mask`, ...).

    Call arguments:
        sequences: [batch, time, features].
        initial_state: the first states, each [batch, size]; the missing last ones of a cell with
            more states than given are the cell's own.
        mask: bool [batch, time], True on real steps, or None.
        training: passed on to the cell.

    Returns:
        [batch, time, units] with `return_sequences`, else [batch, units]; with `return_state`
        followed by the states, each [batch, size].

    Masking:
        Any mask: padding at either side, holes, a row with no step at all. At a masked step the
        states stay and the output is the one before, or zero with `zero_output_for_mask=True`.

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
                "a stateful layer starts where the last batch ended. Drop one of them."
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
                f"sequences, as many as it keeps states for; received {received}. Keep the batch "
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
        """Where there is an output: on real steps, or from the first of them on."""
        if not self.zero_output_for_mask:
            mask = ops.cumsum(ops.cast(mask, "int32"), axis=1) > 0
        return ops.expand_dims(mask, axis=-1)

    def get_config(self) -> dict:
        return {**super().get_config(), "learn_initial_state": self.learn_initial_state}
