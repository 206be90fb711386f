"""AttentionCell: a decoder step with attention, as a recurrent cell."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_units
from seqtasks.layers.attention.fused_decoder import fused_decoder
from seqtasks.layers.recurrent.cells.cell_wrappers import CellWrapper

States = list[Any]


@keras.saving.register_keras_serializable(package="seqtasks")
class AttentionCell(CellWrapper):
    """A cell that attends to a memory at each step, with or without input feeding.

        h_t, s_t = cell([x_t, a_{t-1}], s_{t-1})        (x_t alone without input feeding)
        c_t = attention(h_t, memory)
        a_t = tanh([h_t, c_t] W + b)
        p_t = σ([c_t, h_t, x_t] w + b)                  with `copy`

    The memory is kept in the last states, flattened; `start(memory, mask)` makes the initial
    states. Without them the cell has an empty memory (c = 0).

    Args:
        cell: a cell.
        attention: an attention layer, such as `AdditiveAttention` or `MonotonicAttention`.
        memory_features: number of features of the memory; a list for `MultiSourceAttention`.
        units: size of a_t; None takes the size of the cell's output.
        input_feeding: concatenate a_{t-1} to x_t.
        copy: also return p_t, the probability of generating an id and not copying one, for
            `PointerGenerator`.
        **kwargs: those of `keras.layers.Layer`.

    Call arguments:
        inputs: [rows, features].
        states: from `start`, or as returned by the step before. Several adjacent rows may share a
            row of the memory (the beams of a search).
        training: passed to the cell and the attention.

    Returns:
        a_t [rows, units], with `copy` followed by p_t, [rows, units + 1]; and the states.

    Masking:
        Masked steps of the memory get no weight. Where its mask is False `RNN` keeps the states.

    Example:
        >>> y = RNN(AttentionCell(LSTMCell(8), BilinearAttention(), 4))(keras.ops.ones((2, 5, 3)))

    Reference:
        Luong, Pham and Manning, arXiv:1508.04025; See, Liu and Manning, arXiv:1704.04368 (copy).
    """

    def __init__(
        self,
        cell: Any,
        attention: Any,
        memory_features: int | list[int],
        units: int | None = None,
        input_feeding: bool = True,
        copy: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(cell, **kwargs)
        self.attention = attention
        self.memory_features = memory_features
        self._cell_output = self.output_size
        self._memory_sizes = attention.memory_sizes(self._cell_output, memory_features)
        self.units = check_units(self.output_size if units is None else units, "AttentionCell")
        self.input_feeding = bool(input_feeding)
        self.copy = bool(copy)
        self.output_size = self.units + self.copy
        fed = [self.units] if input_feeding else []
        own = [*fed, *self.inner_sizes, *attention.state_sizes]
        self.state_size = [*own, *self._memory_sizes]
        self.combine = keras.layers.Dense(
            self.units, activation="tanh", dtype=self.dtype_policy, name="combine"
        )
        self.gate = None
        if self.copy:
            self.gate = keras.layers.Dense(1, "sigmoid", dtype=self.dtype_policy, name="gate")

    def build(self, input_shape: tuple) -> None:
        batch, features = input_shape[0], input_shape[-1]
        super().build((batch, features + self.units * self.input_feeding))
        if not self.attention.built:
            sizes = keras.tree.flatten(self.memory_features)
            memories = [(batch, None, size) for size in sizes]
            self.attention.build([(batch, 1, self._cell_output), *memories])
        context = self.attention.context_size(self._cell_output, self.memory_features)
        if not self.combine.built:
            self.combine.build((batch, self._cell_output + context))
        if self.gate is not None and not self.gate.built:
            self.gate.build((batch, context + self._cell_output + features))

    def start(self, memory: Any, mask: Any = None, cell_states: States | None = None) -> States:
        """The initial states; needs a built cell, in the `call` of a layer or model.

        Args:
            memory: [batch, source, memory_features], or a list of several.
            mask: bool [batch, source], True on real steps, or None; or a list.
            cell_states: initial states of the inner cell, each [batch, size]; None takes its own.
        """
        batch = ops.shape(keras.tree.flatten(memory)[0])[0]
        if cell_states is None:
            cell_states = super().get_initial_state(batch)
        fed = [ops.zeros((batch, self.units), self.compute_dtype)] if self.input_feeding else []
        projected = self.attention.project(memory, mask=mask)
        aligned = self.attention.first_states(projected)
        return [*fed, *cell_states, *aligned, *self.attention.to_states(projected)]

    def get_initial_state(self, batch_size: Any = None) -> States:
        """The initial states with an empty memory: one masked step."""
        nothing, masked = (
            keras.tree.map_structure(make, self.memory_features)
            for make in (
                lambda size: ops.zeros((batch_size, 1, size), self.compute_dtype),
                lambda size: ops.zeros((batch_size, 1), "bool"),
            )
        )
        return self.start(nothing, masked)

    def _split(self, states: States) -> tuple[States, Any, States]:
        """The states that change, the memory, and the states that hold it."""
        count = len(self._memory_sizes)
        own, held = list(states[:-count]), list(states[-count:])
        return own, self.attention.from_states(held, self._memory_sizes), held

    def call(self, inputs: Any, states: States, training: bool = False) -> tuple[Any, States]:
        own, memory, held = self._split(states)
        output, own, _ = self.read(inputs, own, memory, training)
        return output, [*own, *held]

    def scan(
        self, inputs: Any, states: States, mask: Any, training: bool
    ) -> tuple[Any, States] | None:
        """The whole sequence [batch, time, features] at once, or None if it must be stepped.

        Without input feeding the cell runs first, then attention for all its steps at once, unless
        it has states of its own. With it there is a fused loop for training `LSTMCell`, `GRUCell`
        and `SimpleRNNCell` on TensorFlow, for the attentions that have a `fused_score`.
        """
        own, memory, held = self._split(states)
        whole = self._fed if self.input_feeding else self._unfed
        scanned = whole(inputs, own, memory, mask, training)
        return (scanned[0], [*scanned[1], *held]) if scanned else None

    def _unfed(
        self, inputs: Any, states: States, memory: Any, mask: Any, training: bool
    ) -> tuple[Any, States] | None:
        """The whole sequence without input feeding, if the cell has a kernel for it."""
        scan = None if self.attention.state_sizes else getattr(self.cell, "scan", None)
        scanned = scan and scan(inputs, states, mask, training)
        if not scanned:
            return None
        hidden, states = scanned
        context, _ = self.attention.attend(hidden, memory, training=training)
        return self._with_gate(self._combined(hidden, context), context, hidden, inputs), states

    def _combined(self, hidden: Any, context: Any) -> Any:
        return self.combine(ops.concatenate([hidden, context], axis=-1))

    def _with_gate(self, output: Any, context: Any, hidden: Any, inputs: Any) -> Any:
        """The output, with `copy` followed by p."""
        if self.gate is None:
            return output
        inputs = ops.cast(inputs, output.dtype)
        gate = self.gate(ops.concatenate([context, hidden, inputs], axis=-1))
        return ops.concatenate([output, gate], axis=-1)

    def _fed(
        self, inputs: Any, states: States, memory: Any, mask: Any, training: bool
    ) -> tuple[Any, States] | None:
        """The whole sequence with input feeding, if there is a fused loop for it."""
        if not training or mask is not None or self.copy:
            return None
        return fused_decoder(self, inputs, states, memory)

    def read(
        self, inputs: Any, states: States, memory: Any, training: bool = False
    ) -> tuple[Any, States, Any]:
        """One step with the memory as an argument, not among the states.

        Returns:
            As `call`, and the attention weights [rows, source], of each memory if of several.
        """
        first, last = int(self.input_feeding), int(self.input_feeding) + len(self.inner_sizes)
        inner, aligned = list(states[first:last]), list(states[last:])
        read = ops.concatenate([inputs, states[0]], axis=-1) if self.input_feeding else inputs
        hidden, inner = super().call(read, inner, training)
        context, weights, aligned = self.attention.step(hidden, memory, aligned, training)
        output = self._combined(hidden, context)
        fed = [output] if self.input_feeding else []
        output = self._with_gate(output, context, hidden, inputs)
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
            "copy": self.copy,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> AttentionCell:
        parts = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects)
            for name in ("cell", "attention")
        }
        return cls(**{**config, **parts})
