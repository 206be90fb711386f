"""Recurrent decoders with attention: the whole target at once, or step by step."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers import (
    RNN,
    AttentionCell,
    Bridge,
    Dropout,
    make_attention,
    make_cell,
)

States = list[Any]


def _plain_attention(name: str, units: int) -> Any:
    """The attention of that name, if it has no states: a decoder here keeps none of it."""
    attention = make_attention(name, units, "Seq2Seq")
    if attention.state_sizes:
        raise ValueError(
            "Seq2Seq: expected an attention whose weights do not depend on those of the step "
            f"before, received {name!r}. Pass 'bilinear', or use seqtasks.layers.AttentionDecoder."
        )
    return attention


class AttentionDecoder(keras.layers.Layer):
    """Recurrent layers with attention after the first; no recurrence depends on the attention.

        h^1 = RNN(x)      c = attention(h^1, memory)      h^l = RNN([h^{l-1}, c]) (+ h^{l-1})
        y = tanh([h^L, c] W + b)

    So a whole target takes fused recurrences and one batched matrix product, and with two layers or
    more the upper layers still depend on what earlier steps attended to.

    Args:
        units: of each layer.
        readout: size of y.
        cell: the recurrent cell, as `RecurrentStack` takes it: a name or a class.
        layers: number of layers.
        residual: add each layer's input h^{l-1} to its output, from the second layer on.
        attention: a name in `seqtasks.layers.ATTENTIONS`, not "coverage".
        dropout: dropout rate of the layers' outputs.

    Masking:
        None: targets are padded at the right, and later steps do not influence earlier ones.
    """

    def __init__(
        self,
        units: int,
        readout: int,
        *,
        cell: Any,
        layers: int,
        attention: str,
        residual: bool = False,
        dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units, self.readout, self.residual = units, readout, residual
        self.cell = cell
        self.attention = _plain_attention(attention, units)
        self.recurrences = [
            RNN(self._cell(units), return_sequences=True, return_state=True) for _ in range(layers)
        ]
        sizes = [keras.tree.flatten(recurrence.state_size) for recurrence in self.recurrences]
        self.states_a_layer = [len(layer) for layer in sizes]
        self.bridge = Bridge([size for layer in sizes for size in layer])
        self.combine = keras.layers.Dense(readout, activation="tanh")
        self.drop = Dropout(dropout)

    def _cell(self, units: int) -> Any:
        return make_cell(self.cell, units, type(self).__name__)

    def build(self, features: int, memory_features: int) -> None:
        """Makes the weights for inputs and a memory of so many features."""
        self.bridge.build((None, memory_features))
        self.attention.build([(None, None, self.units), (None, None, memory_features)])
        joined = self.units + self.attention.context_size(self.units, memory_features)
        for n, recurrence in enumerate(self.recurrences):
            recurrence.build((None, None, joined if n else features))
        self.combine.build((None, None, joined))
        self.built = True

    def start(self, values: Any, mask: Any, summary: Any) -> tuple[Any, States]:
        """The memory and the first states, from [batch, source, features] and [batch, features]."""
        return self.attention.project(values, mask=mask), self.bridge(summary)

    def _by_layer(self, states: States) -> list[States]:
        """The states of each layer."""
        ends = [sum(self.states_a_layer[: n + 1]) for n in range(len(self.recurrences))]
        return [
            list(states[end - count : end])
            for end, count in zip(ends, self.states_a_layer, strict=True)
        ]

    def run(
        self, inputs: Any, memory: Any, states: States, training: bool = False
    ) -> tuple[Any, Any]:
        """All steps: inputs [batch, target, features] -> y [batch, target, readout], weights."""
        joined, below, context, weights = inputs, None, None, None
        for recurrence, given in zip(self.recurrences, self._by_layer(states), strict=True):
            hidden, *_ = recurrence(joined, initial_state=given, training=training)
            hidden = self.drop(hidden, training=training)
            if context is None:
                context, weights = self.attention.attend(hidden, memory, training=training)
            elif self.residual:
                hidden = hidden + below
            joined, below = ops.concatenate([hidden, context], axis=-1), hidden
        return self.combine(joined), weights

    def step(self, inputs: Any, memory: Any, states: States) -> tuple[Any, States, Any]:
        """One step: inputs [rows, features] -> y [rows, readout], states, weights [rows, source].

        Each row of the memory may belong to several consecutive rows (the beams of a search).
        """
        joined, below, context, weights, after = inputs, None, None, None, []
        for recurrence, given in zip(self.recurrences, self._by_layer(states), strict=True):
            hidden, new = recurrence.cell(joined, given)
            after += keras.tree.flatten(new)
            if context is None:
                queries = ops.reshape(hidden, (ops.shape(memory.value)[0], -1, self.units))
                context, weights = self.attention.attend(queries, memory)
                context = ops.reshape(context, (-1, context.shape[-1]))
                weights = ops.reshape(weights, (-1, ops.shape(memory.value)[1]))
            elif self.residual:
                hidden = hidden + below
            joined, below = ops.concatenate([hidden, context], axis=-1), hidden
        return self.combine(joined), after, weights


class InputFeedingDecoder(keras.layers.Layer):
    """An `AttentionCell` over the target: each step is fed the attentional output of the last one.

    Args:
        units: of the recurrent cell.
        readout: size of a step's output.
        cell: the recurrent cell, as `RecurrentStack` takes it: a name or a class.
        attention: a name in `seqtasks.layers.ATTENTIONS`, not "coverage".
    """

    def __init__(
        self, units: int, readout: int, *, cell: Any, attention: str, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.units, self.readout, self.cell = units, readout, cell
        self.attention = _plain_attention(attention, units)

    def _cell(self, units: int) -> Any:
        return make_cell(self.cell, units, type(self).__name__)

    def build(self, features: int, memory_features: int) -> None:
        """Makes the weights for inputs and a memory of so many features."""
        inner = self._cell(self.units)
        self.bridge = Bridge(keras.tree.flatten(inner.state_size))
        cell = AttentionCell(inner, self.attention, memory_features, self.readout)
        self.recurrence = RNN(cell, return_sequences=True)
        self.bridge.build((None, memory_features))
        self.recurrence.build((None, None, features))
        self.built = True

    def start(self, values: Any, mask: Any, summary: Any) -> tuple[Any, States]:
        """The memory and the first states, from [batch, source, features] and [batch, features]."""
        states = self.bridge(summary)
        fed = ops.zeros((ops.shape(values)[0], self.readout), states[0].dtype)
        return self.attention.project(values, mask=mask), [fed, *states]

    def run(
        self, inputs: Any, memory: Any, states: States, training: bool = False
    ) -> tuple[Any, None]:
        """All steps: inputs [batch, target, features] -> y [batch, target, readout], no weights."""
        batch = ops.shape(memory.value)[0]
        flat = (ops.reshape(x, (batch, -1)) for x in (memory.key, memory.value))
        states = [*states, *flat, memory.mask]
        return self.recurrence(inputs, initial_state=states, training=training), None

    def step(self, inputs: Any, memory: Any, states: States) -> tuple[Any, States, Any]:
        """One step, as in `AttentionDecoder.step`."""
        return self.recurrence.cell.read(inputs, states, memory)
