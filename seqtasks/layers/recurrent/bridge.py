"""Bridge: initial states of a decoder from an encoder's summary vector."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_units

States = list[Any]


@keras.saving.register_keras_serializable(package="seqtasks")
class Bridge(keras.layers.Layer):
    """Initial states of a decoder from an encoder's summary vector.

        s = tanh(x W + b)        for each state

    Args:
        sizes: sizes of the states.
        **kwargs: those of `keras.layers.Layer`.

    Call arguments:
        inputs: summary of the encoder, [batch, features].

    Returns:
        A list of the states, each [batch, size].

    Masking:
        None: the inputs have no time axis.

    Example:
        >>> h, c = Bridge([8, 8])(keras.ops.ones((2, 5)))

    Reference:
        Bahdanau, Cho and Bengio, arXiv:1409.0473.
    """

    def __init__(self, sizes: list[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sizes = [check_units(size, "Bridge: sizes") for size in sizes]

    def build(self, input_shape: tuple) -> None:
        total = sum(self.sizes)
        self.kernel = self.add_weight((input_shape[-1], total), name="kernel")
        self.bias = self.add_weight((total,), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> States:
        states = ops.tanh(ops.matmul(inputs, self.kernel) + self.bias)
        ends = [sum(self.sizes[:n]) for n in range(1, len(self.sizes))]
        return ops.split(states, ends, axis=-1) if ends else [states]

    def get_config(self) -> dict:
        return {**super().get_config(), "sizes": self.sizes}
