"""AttentionCell: a decoder step with attention, as a recurrent cell."""

from __future__ import annotations

import functools
from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_units
from seqtasks.layers.attention.memory_attention import Memory
from seqtasks.layers.kernels.dispatch import project
from seqtasks.layers.recurrent.cells.cell_wrappers import CellWrapper
from seqtasks.layers.recurrent.cells.standard_cells import as_computed, fused_weights

States = list[Any]


@keras.saving.register_keras_serializable(package="seqtasks")
class AttentionCell(CellWrapper):
    """A cell that attends to a memory at each step, with or without input feeding.

        h_t, s_t = cell([x_t, a_{t-1}], s_{t-1})        (x_t alone without input feeding)
        c_t = attention(h_t, memory)
        a_t = tanh([h_t, c_t] W + b)

    The memory is kept in the last states, flattened; `start(memory, mask)` makes the initial
    states. Without them the cell has an empty memory (c = 0).

    Args:
        cell: a cell.
        attention: an attention layer, such as `AdditiveAttention` or `MonotonicAttention`.
        memory_features: number of features of the memory.
        units: size of a_t; None takes the size of the cell's output.
        input_feeding: concatenate a_{t-1} to x_t.
        **kwargs: those of `keras.layers.Layer`.

    Call arguments:
        inputs: [rows, features].
        states: from `start`, or as returned by the step before. Several adjacent rows may share a
            row of the memory (the beams of a search).
        training: passed to the cell and the attention.

    Returns:
        a_t [rows, units], and the states.

    Masking:
        Masked steps of the memory get no weight. Where its mask is False `RNN` keeps the states.

    Example:
        >>> y = RNN(AttentionCell(LSTMCell(8), BilinearAttention(), 4))(keras.ops.ones((2, 5, 3)))

    Reference:
        Luong, Pham and Manning, arXiv:1508.04025.
    """

    def __init__(
        self,
        cell: Any,
        attention: Any,
        memory_features: int,
        units: int | None = None,
        input_feeding: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(cell, **kwargs)
        self.attention = attention
        self.memory_features = check_units(memory_features, "AttentionCell: memory_features")
        self._cell_output = self.output_size
        self.units = check_units(self.output_size if units is None else units, "AttentionCell")
        self.input_feeding = bool(input_feeding)
        self.output_size = self.units
        fed = [self.units] if input_feeding else []
        keys = attention.key_size(self._cell_output, self.memory_features)
        own = [*fed, *self.inner_sizes, *attention.state_sizes]
        self.state_size = [*own, keys, attention.value_size(self.memory_features), 1]
        self.combine = keras.layers.Dense(
            self.units, activation="tanh", dtype=self.dtype_policy, name="combine"
        )

    def build(self, input_shape: tuple) -> None:
        batch, features = input_shape[0], input_shape[-1]
        super().build((batch, features + self.units * self.input_feeding))
        if not self.attention.built:
            shapes = [(batch, 1, self._cell_output), (batch, None, self.memory_features)]
            self.attention.build(shapes)
        if not self.combine.built:
            context = self.attention.context_size(self._cell_output, self.memory_features)
            self.combine.build((batch, self._cell_output + context))

    def start(self, memory: Any, mask: Any = None, cell_states: States | None = None) -> States:
        """The initial states; needs a built cell, in the `call` of a layer or model.

        Args:
            memory: [batch, source, memory_features].
            mask: bool [batch, source], True on real steps, or None.
            cell_states: initial states of the inner cell, each [batch, size]; None takes its own.
        """
        batch = ops.shape(memory)[0]
        if cell_states is None:
            cell_states = super().get_initial_state(batch)
        fed = [ops.zeros((batch, self.units), self.compute_dtype)] if self.input_feeding else []
        projected = self.attention.project(memory, mask=mask)
        # Keras's loop on JAX takes [batch, n].
        flat = (ops.reshape(x, (batch, -1)) for x in (projected.key, projected.value))
        aligned = self.attention.first_states(projected)
        return [*fed, *cell_states, *aligned, *flat, projected.mask]

    def get_initial_state(self, batch_size: Any = None) -> States:
        """The initial states with an empty memory: one masked step."""
        nothing = ops.zeros((batch_size, 1, self.memory_features), self.compute_dtype)
        return self.start(nothing, ops.zeros((batch_size, 1), "bool"))

    def _memory(self, key: Any, value: Any, mask: Any) -> Memory:
        """The memory from the last states."""
        batch, source = ops.shape(mask)[0], ops.shape(mask)[1]
        return Memory(
            ops.reshape(key, (batch, source, self.state_size[-3])),
            ops.reshape(value, (batch, source, self.state_size[-2])),
            mask,
        )

    def call(self, inputs: Any, states: States, training: bool = False) -> tuple[Any, States]:
        *own, key, value, mask = states
        output, own, _ = self.read(inputs, own, self._memory(key, value, mask), training)
        return output, [*own, key, value, mask]

    def scan(
        self, inputs: Any, states: States, mask: Any, training: bool
    ) -> tuple[Any, States] | None:
        """The whole sequence [batch, time, features] at once, or None if it must be stepped.

        Without input feeding the cell runs first, then attention for all its steps at once, unless
        it has states of its own. With it there is a fused loop for training `LSTMCell`, `GRUCell`
        and `SimpleRNNCell` on TensorFlow, for the attentions that have a `fused_score`.
        """
        *own, key, value, memory_mask = states
        whole = self._fed if self.input_feeding else self._unfed
        scanned = whole(inputs, own, self._memory(key, value, memory_mask), mask, training)
        return (scanned[0], [*scanned[1], key, value, memory_mask]) if scanned else None

    def _unfed(
        self, inputs: Any, states: States, memory: Memory, mask: Any, training: bool
    ) -> tuple[Any, States] | None:
        """The whole sequence without input feeding, if the cell has a kernel for it."""
        scan = None if self.attention.state_sizes else getattr(self.cell, "scan", None)
        scanned = scan and scan(inputs, states, mask, training)
        if not scanned:
            return None
        hidden, states = scanned
        context, _ = self.attention.attend(hidden, memory, training=training)
        return self.combine(ops.concatenate([hidden, context], axis=-1)), states

    def _fed(
        self, inputs: Any, states: States, memory: Memory, mask: Any, training: bool
    ) -> tuple[Any, States] | None:
        """The whole sequence with input feeding, if there is a fused loop for it."""
        name = getattr(self.cell, "fused_name", lambda training: None)(training)
        score = self.attention.fused_score()
        dropped = getattr(self.cell, "dropout", 0) or self.attention.dropout
        wide = self.compute_dtype in ("float32", "float64")
        wanted = training and mask is None and wide and keras.backend.backend() == "tensorflow"
        if not wanted or dropped or name is None or score is None:
            return None
        from seqtasks.layers.kernels.tensorflow_attention import Reader, scan

        cast = functools.partial(as_computed, self)
        weights, features = fused_weights(self.cell), inputs.shape[-1]
        reader = Reader(
            weights.kernel[features:],
            weights.recurrent_kernel,
            weights.recurrent_bias,
            cast(self.combine.kernel),
            cast(self.combine.bias),
            memory.key,
            memory.value,
            tuple(map(cast, score[1])),
        )
        projected = project(cast(inputs), weights._replace(kernel=weights.kernel[:features]))
        first = tuple(map(cast, states))
        outputs, last = scan(name, score[0], projected, first, memory.mask, reader)
        return ops.transpose(outputs, (1, 0, 2)), list(last)

    def read(
        self, inputs: Any, states: States, memory: Memory, training: bool = False
    ) -> tuple[Any, States, Any]:
        """One step with the memory as an argument, not among the states.

        Returns:
            a_t [rows, units], the states, and the attention weights [rows, source].
        """
        first, last = int(self.input_feeding), int(self.input_feeding) + len(self.inner_sizes)
        inner, aligned = list(states[first:last]), list(states[last:])
        if self.input_feeding:
            inputs = ops.concatenate([inputs, states[0]], axis=-1)
        hidden, inner = super().call(inputs, inner, training)
        context, weights, aligned = self.attention.step(hidden, memory, aligned, training)
        output = self.combine(ops.concatenate([hidden, context], axis=-1))
        fed = [output] if self.input_feeding else []
        return output, [*fed, *inner, *aligned], weights

    def get_dropout_mask(self, step_input: Any) -> Any:
        """Draws what is random in the steps of a sequence, which holds until it is reset."""
        width = step_input.shape[-1] + self.units * self.input_feeding
        super().get_dropout_mask(ops.repeat(step_input[:, :1], width, axis=1))  # of that shape
        self.attention.draw()

    def get_recurrent_dropout_mask(self, step_input: Any) -> Any:
        """Draws the mask of the cell's first state, which is not the first of ours."""
        shaped = ops.repeat(step_input[:, :1], self.inner_sizes[0], axis=1)
        super().get_recurrent_dropout_mask(shaped)

    def reset_dropout_mask(self) -> None:
        """Discards what is random in the steps of a sequence."""
        super().reset_dropout_mask()
        self.attention.reset_draw()

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "attention": keras.saving.serialize_keras_object(self.attention),
            "memory_features": self.memory_features,
            "units": self.units,
            "input_feeding": self.input_feeding,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> AttentionCell:
        parts = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects)
            for name in ("cell", "attention")
        }
        return cls(**{**config, **parts})
