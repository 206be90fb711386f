"""Encoders of whole sequences at once, alternatives to a `RecurrentStack` before a decoder."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from seqtasks.layers import Dropout, RecurrentStack


@keras.saving.register_keras_serializable(package="seqtasks")
class TransformerEncoder(keras.layers.Layer):
    """Self-attention and feed-forward layers with pre-layer normalization and residuals.

    Args:
        units: size of the hidden vectors and of the outputs.
        layers: number of layers.
        heads: attention heads.
        dropout: dropout rate of the embedded inputs and of each sublayer's output.

    Call arguments:
        inputs: [batch, time, features].
        mask: bool [batch, time], True on real steps, or None.
        training: whether to apply dropout.

    Returns:
        [batch, time, units].

    Reference:
        Vaswani et al., arXiv:1706.03762; Xiong et al., arXiv:2002.04745 (pre-layer normalization).
    """

    def __init__(
        self, units: int, layers: int, heads: int = 4, dropout: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if units % heads or units % 2:
            raise ValueError(
                f"TransformerEncoder: expected an even number of units that is divisible by "
                f"{heads} heads, received units={units}. Take a multiple of {2 * heads}."
            )
        self.units, self.layers, self.heads, self.dropout = units, layers, heads, dropout
        self.supports_masking = True
        self.project = keras.layers.Dense(units)
        self.attentions = [
            keras.layers.MultiHeadAttention(heads, units // heads) for _ in range(layers)
        ]
        self.wide = [keras.layers.Dense(4 * units, activation="relu") for _ in range(layers)]
        self.narrow = [keras.layers.Dense(units) for _ in range(layers)]
        self.norms = [keras.layers.LayerNormalization() for _ in range(2 * layers + 1)]
        self.drop = Dropout(dropout)

    def build(self, input_shape: tuple) -> None:
        inner = (*input_shape[:-1], self.units)
        self.project.build(input_shape)
        for layer in (*self.wide, *self.norms):
            layer.build(inner)
        for layer in self.attentions:
            layer.build(inner, inner)
        for layer in self.narrow:
            layer.build((*input_shape[:-1], 4 * self.units))

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        mask = None if mask is None else ops.cast(mask, "bool")[:, None]  # [batch, 1, time]
        x = self.project(inputs) + positions(ops.shape(inputs)[1], self.units, self.compute_dtype)
        x = self.drop(x, training=training)
        for n in range(self.layers):
            y = self.norms[2 * n](x)
            y = self.attentions[n](y, y, attention_mask=mask, training=training)
            x = x + self.drop(y, training=training)
            y = self.narrow[n](self.wide[n](self.norms[2 * n + 1](x)))
            x = x + self.drop(y, training=training)
        return self.norms[-1](x)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict:
        own = {name: getattr(self, name) for name in ("units", "layers", "heads", "dropout")}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="seqtasks")
class ConvolutionalEncoder(keras.layers.Layer):
    """Gated convolutions of width three with residual connections.

        x^{l+1} = (x^l + a ∘ σ(b)) √½        [a, b] = convolution(dropout(x^l))

    Args:
        units: size of the hidden vectors and of the outputs.
        layers: number of layers; each widens the receptive field by two steps.
        dropout: dropout rate before each convolution.

    Call arguments:
        inputs: [batch, time, features].
        mask: bool [batch, time], True on real steps, or None.
        training: whether to apply dropout.

    Returns:
        [batch, time, units]; zero at masked steps.

    Reference:
        Gehring et al., A convolutional encoder model for neural machine translation,
        arXiv:1611.02344.
    """

    def __init__(self, units: int, layers: int, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.layers, self.dropout = units, layers, dropout
        self.supports_masking = True
        self.project = keras.layers.Dense(units)
        self.convolutions = [
            keras.layers.Conv1D(2 * units, 3, padding="same") for _ in range(layers)
        ]
        self.drop = Dropout(dropout)

    def build(self, input_shape: tuple) -> None:
        self.project.build(input_shape)
        for convolution in self.convolutions:
            convolution.build((*input_shape[:-1], self.units))

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        real = None if mask is None else ops.cast(mask, self.compute_dtype)[..., None]

        def masked(x: Any) -> Any:
            return x if real is None else x * real

        x = self.project(inputs) + positions(ops.shape(inputs)[1], self.units, self.compute_dtype)
        x = masked(x)
        for convolution in self.convolutions:
            a, b = ops.split(convolution(self.drop(x, training=training)), 2, axis=-1)
            x = masked((x + a * ops.sigmoid(b)) * 0.5**0.5)
        return x

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict:
        own = {name: getattr(self, name) for name in ("units", "layers", "dropout")}
        return {**super().get_config(), **own}


def positions(length: Any, units: int, dtype: str) -> Any:
    """Sinusoidal position encodings at `units / 2` frequencies, [1, length, units]."""
    frequencies = 1e4 ** (-2 * np.arange(units // 2, dtype="float32") / units)
    angles = ops.cast(ops.arange(length), "float32")[:, None] * frequencies
    waves = ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)
    return ops.cast(waves, dtype)[None]


def make_encoder(
    name: str,
    units: int,
    layers: int,
    cell: Any,
    bidirectional: bool,
    residual: bool,
    dropout: float,
) -> keras.layers.Layer:
    """The encoder named "rnn", "transformer" or "conv", with outputs of `units` features.

    `cell`, `bidirectional` and `residual` are those of the recurrent one; the others see both sides
    of each step and have residual connections in any case.
    """
    if name == "rnn":
        units = units // 2 if bidirectional else units
        return RecurrentStack(units, cell, layers, bidirectional, residual, dropout)
    encoders = {"transformer": TransformerEncoder, "conv": ConvolutionalEncoder}
    if name not in encoders:
        raise ValueError(
            f"Expected the encoder to be one of 'rnn', {', '.join(map(repr, encoders))}; received "
            f"{name!r}. Pass one of these."
        )
    return encoders[name](units, layers=layers, dropout=dropout)
