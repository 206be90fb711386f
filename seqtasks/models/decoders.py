"""Recurrent decoders with attention: the whole target at once, or step by step."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers import (
    RNN,
    AdditiveAttention,
    AttentionCell,
    BilinearAttention,
    Bridge,
    DotProductAttention,
    Dropout,
    LSTMCell,
)

States = list[Any]


def make_attention(kind: str, units: int) -> keras.layers.Layer:
    """The attention named "additive", "bilinear" or "dot"."""
    kinds = {
        "additive": lambda: AdditiveAttention(units),
        "bilinear": BilinearAttention,
        "dot": lambda: DotProductAttention(scaled=True),
    }
    if kind not in kinds:
        raise ValueError(
            f"Expected the attention to be one of {', '.join(map(repr, kinds))}; received "
            f"{kind!r}. Pass one of these."
        )
    return kinds[kind]()


class AttentionDecoder(keras.layers.Layer):
    """LSTM layers with attention after the first: nothing in the loops waits for the attention.

        h^1 = LSTM(x)      c = attention(h^1, memory)      h^l = LSTM([h^{l-1}, c])
        y = tanh([h^L, c] W + b)

    So a whole target runs through fused recurrences and one batched product, and with two layers or
    more the upper ones still hear what was read before.

    Args:
        units: of each layer.
        readout: size of y.
        layers: how many.
        attention: "additive", "bilinear" or "dot".
        dropout: between layers.

    Masking:
        None: targets are padded at the right, where nothing is read any more.
    """

    def __init__(
        self,
        units: int,
        readout: int,
        layers: int = 2,
        attention: str = "bilinear",
        dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units, self.readout = units, readout
        self.attention = make_attention(attention, units)
        self.recurrences = [
            RNN(LSTMCell(units), return_sequences=True, return_state=True) for _ in range(layers)
        ]
        self.bridge = Bridge([units] * 2 * layers)
        self.combine = keras.layers.Dense(readout, activation="tanh")
        self.drop = Dropout(dropout)

    def build(self, features: int, memory_features: int) -> None:
        """Makes the weights for inputs and a memory of so many features."""
        self.bridge.build((None, memory_features))
        self.attention.build([(None, None, self.units), (None, None, memory_features)])
        joined = self.units + memory_features
        for n, recurrence in enumerate(self.recurrences):
            recurrence.build((None, None, joined if n else features))
        self.combine.build((None, None, joined))
        self.built = True

    def start(self, values: Any, mask: Any, summary: Any) -> tuple[Any, States]:
        """The memory and the first states, from [batch, source, features] and [batch, features]."""
        return self.attention.project(values, mask=mask), self.bridge(summary)

    def run(
        self, inputs: Any, memory: Any, states: States, training: bool = False
    ) -> tuple[Any, Any]:
        """All steps: inputs [batch, target, features] -> y [batch, target, readout], weights."""
        hidden, context, weights = inputs, None, None
        for n, recurrence in enumerate(self.recurrences):
            given = states[2 * n : 2 * n + 2]
            hidden, *_ = recurrence(hidden, initial_state=given, training=training)
            hidden = self.drop(hidden, training=training)
            if context is None:
                context, weights = self.attention.attend(hidden, memory, training=training)
            hidden = ops.concatenate([hidden, context], axis=-1)
        return self.combine(hidden), weights

    def step(self, inputs: Any, memory: Any, states: States) -> tuple[Any, States, Any]:
        """One step: inputs [rows, features] -> y [rows, readout], states, weights [rows, source].

        Rows may be several to a row of the memory, next to each other.
        """
        hidden, after, context, weights = inputs, [], None, None
        for n, recurrence in enumerate(self.recurrences):
            hidden, new = recurrence.cell(hidden, states[2 * n : 2 * n + 2])
            after += new
            if context is None:
                queries = ops.reshape(hidden, (ops.shape(memory.value)[0], -1, self.units))
                context, weights = self.attention.attend(queries, memory)
                context = ops.reshape(context, (-1, context.shape[-1]))
                weights = ops.reshape(weights, (-1, ops.shape(memory.value)[1]))
            hidden = ops.concatenate([hidden, context], axis=-1)
        return self.combine(hidden), after, weights


class InputFeedingDecoder(keras.layers.Layer):
    """An `AttentionCell` over the target: each step hears what the one before it read.

    Args:
        units: of the LSTM.
        readout: size of a step's result.
        attention: "additive", "bilinear" or "dot".
    """

    def __init__(
        self, units: int, readout: int, attention: str = "bilinear", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.units, self.readout = units, readout
        self.attention = make_attention(attention, units)
        self.bridge = Bridge([units, units])

    def build(self, features: int, memory_features: int) -> None:
        """Makes the weights for inputs and a memory of so many features."""
        cell = AttentionCell(LSTMCell(self.units), self.attention, memory_features, self.readout)
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
