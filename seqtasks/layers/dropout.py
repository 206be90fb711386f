"""Dropout whose noise costs little where XLA compiles for a CPU."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_rate


def kept(shape: Any, rate: float, generator: keras.random.SeedGenerator) -> Any:
    """What dropout leaves: True with probability 1 - rate, drawn anew at each call.

    A hash of a counter. Keras draws by Philox, which XLA compiles for CPUs to code that takes 0.3
    microseconds a number (Keras 3.15, TensorFlow 2.21): a hundred times what this takes.

    Args:
        shape: of the result; integers or scalar tensors.
        rate: probability of False, 0 <= rate < 1.
        generator: decides the draw, and is moved on.

    Returns:
        bool [*shape].

    Reference:
        The mixing function is Wellons's lowbias32.
    """
    count = 1
    for size in shape:
        count = count * size
    seed = ops.cast(generator.next(), "int32")
    key = hashed(hashed(seed[0] + 0x3C6EF372) + seed[1])
    bits = hashed(key + ops.arange(count, dtype="int32"))
    return ops.reshape(bits >= int(rate * (1 << 32)) - (1 << 31), shape)


def hashed(x: Any) -> Any:
    """Every bit of the int32 result hangs on every bit of int32 `x` (products wrap round)."""
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B - (1 << 32)), (16, 1)):
        high = ops.bitwise_and(ops.right_shift(x, shift), (1 << (32 - shift)) - 1)
        x = ops.bitwise_xor(x, high) * factor
    return x


@keras.saving.register_keras_serializable(package="seqtasks")
class Dropout(keras.layers.Layer):
    """Sets inputs to zero at random while training, and scales up the others.

        y = x ∘ m / (1 - rate),  m ~ Bernoulli(1 - rate)      in training; y = x otherwise

    Takes the place of `keras.layers.Dropout` in models that are compiled by XLA for a CPU: see
    `kept`.

    Args:
        rate: the share to drop, 0 <= rate < 1.
        noise_shape: of m, with 1 where one draw serves the whole axis and None where the axis is
            as long as the inputs'; (None, 1, None) drops features for all steps of a sequence.
        seed: of the noise.

    Call arguments:
        inputs: [...].
        training: whether to drop.

    Returns:
        [...], like the inputs.

    Masking:
        Passed on.

    Example:
        >>> y = Dropout(0.5)(keras.ops.ones((2, 5, 3)), training=True)

    Reference:
        Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, 2014.
    """

    def __init__(
        self,
        rate: float,
        noise_shape: tuple[int | None, ...] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.rate = check_rate(rate, "rate", "Dropout")
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)
        self.seed, self.generator = seed, keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        if not training or not self.rate:
            return inputs
        shape = ops.shape(inputs)
        if self.noise_shape is not None:
            if len(self.noise_shape) != len(shape):
                raise ValueError(
                    f"Dropout: expected inputs of rank {len(self.noise_shape)}, as "
                    f"noise_shape={self.noise_shape} has; received shape {inputs.shape}. Give one "
                    "entry for each axis."
                )
            shape = [a if b is None else b for a, b in zip(shape, self.noise_shape, strict=True)]
        scale = ops.cast(kept(shape, self.rate, self.generator), inputs.dtype) / (1 - self.rate)
        return inputs * scale

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape

    def get_config(self) -> dict:
        names = ("rate", "noise_shape", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
