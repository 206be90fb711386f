"""Dropout with random numbers that are cheap where XLA compiles for a CPU."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_rate


def keep_mask(shape: Any, rate: float, generator: keras.random.SeedGenerator) -> Any:
    """A new random mask: True, to keep, with probability 1 - rate.

    The random numbers are hashes of a counter. Keras uses Philox, which XLA compiles for CPUs to
    code that takes 0.3 microseconds a number (Keras 3.15, TensorFlow 2.21), 100 times as long.

    Args:
        shape: shape of the mask; integers or scalar tensors.
        rate: probability of False, 0 <= rate < 1.
        generator: random state; each call advances it.

    Returns:
        bool [*shape].

    Reference:
        The mixing function is Wellons's lowbias32.
    """
    bits = hashed(hash_key(generator.next()) + counter(shape))
    return bits >= int(rate * (1 << 32)) - (1 << 31)


def hash_key(seed: Any) -> Any:
    """An int32 from a seed, `SeedGenerator.next()`."""
    seed = ops.cast(seed, "int32")
    return hashed(hashed(seed[0] + 0x3C6EF372) + seed[1])


def counter(shape: Any) -> Any:
    """0, 1, 2 ..., int32 [*shape]."""
    count = 1
    for size in shape:
        count = count * size
    return ops.reshape(ops.arange(count, dtype="int32"), shape)


def hashed(x: Any) -> Any:
    """Hash of int32 `x`: each bit of the result depends on all bits of `x` (products overflow)."""
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B - (1 << 32)), (16, 1)):
        high = ops.bitwise_and(ops.right_shift(x, shift), (1 << (32 - shift)) - 1)
        x = ops.bitwise_xor(x, high) * factor
    return x


@keras.saving.register_keras_serializable(package="seqtasks")
class Dropout(keras.layers.Layer):
    """Dropout: in training, sets random inputs to zero and scales up the others.

        y = x ∘ m / (1 - rate),  m ~ Bernoulli(1 - rate)      in training; y = x otherwise

    Replaces `keras.layers.Dropout` in models that XLA compiles for a CPU: see `keep_mask`.

    Args:
        rate: dropout rate, 0 <= rate < 1; 0 turns it off.
        noise_shape: shape of m: 1 on an axis shares one draw along it, None takes the inputs' size.
            (None, 1, None) drops the same features at all steps of a sequence. None draws m for
            each input separately.
        seed: random seed; None takes one from Keras.

    Call arguments:
        inputs: [...].
        training: True applies dropout.

    Returns:
        [...], like the inputs.

    Masking:
        The mask is passed on unchanged.

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
        scale = ops.cast(keep_mask(shape, self.rate, self.generator), inputs.dtype) / (
            1 - self.rate
        )
        return inputs * scale

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape

    def get_config(self) -> dict:
        names = ("rate", "noise_shape", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
