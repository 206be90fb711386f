"""SequencePooling: one vector for each sequence."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_choice, check_mask, check_sequences
from seqtasks.layers.masked_softmax import highest

MODES = ("last", "mean", "max", "attention")


@keras.saving.register_keras_serializable(package="seqtasks")
class SequencePooling(keras.layers.Layer):
    """Pools [batch, time, features] over the real steps to [batch, features].

        last:       y = x_T, T the last real step
        mean:       y = Σ_t x_t / number of real steps
        max:        y = max_t x_t
        attention:  y = Σ_t a_t x_t,    a = softmax_t(v · tanh(x_t W + b))

    Args:
        mode: "last" (default), "mean", "max" or "attention".

    Call arguments:
        inputs: [batch, time, features].
        mask: bool [batch, time], True on real steps, or None.

    Returns:
        [batch, features].

    Masking:
        Masked steps are ignored. A row with no real step gives zeros.

    Example:
        >>> y = SequencePooling("mean")(keras.ops.ones((2, 5, 3)))

    Reference:
        Yang et al., Hierarchical attention networks for document classification, 2016.
    """

    def __init__(self, mode: str = "last", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mode = check_choice(mode, MODES, "mode", "SequencePooling")
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        check_sequences(input_shape, None, f"SequencePooling {self.name!r}")
        self._features = input_shape[-1]
        if self.mode == "attention":
            self.kernel = self.add_weight((self._features, self._features), name="kernel")
            self.bias = self.add_weight((self._features,), initializer="zeros", name="bias")
            self.query = self.add_weight((self._features, 1), name="query")

    def call(self, inputs: Any, mask: Any = None) -> Any:
        owner = f"SequencePooling {self.name!r}"
        check_sequences(inputs.shape, self._features, owner)
        if mask is None:
            mask = ops.ones_like(inputs[:, :, 0], dtype="bool")
        mask = ops.cast(ops.convert_to_tensor(mask), "bool")
        check_mask(mask.shape, inputs.shape, owner)
        real = ops.expand_dims(mask, -1)  # [batch, time, 1]
        inputs = ops.where(real, inputs, ops.zeros_like(inputs))
        if self.mode == "max":
            return self._max(inputs, real)
        weights = ops.cast(self._weights(inputs, real), inputs.dtype)
        return ops.sum(weights * inputs, axis=1)

    def step_weights(self, inputs: Any, mask: Any) -> Any:
        """The weight a_t of each step, float32 [batch, time]: what is summed, but for "max".

        Args:
            inputs: [batch, time, features].
            mask: bool [batch, time], True on real steps; others weigh 0.

        Raises:
            ValueError: `mode` is "max", which weighs no steps.
        """
        if self.mode == "max":
            raise ValueError(
                f"SequencePooling {self.name!r}: expected a mode that weighs steps, one of last, "
                "mean, attention; received 'max'."
            )
        return ops.cast(self._weights(inputs, ops.expand_dims(mask, -1))[:, :, 0], "float32")

    def _weights(self, inputs: Any, real: Any) -> Any:
        """Weights of the steps [batch, time, 1]; their sum is 1, or 0 with no real step."""
        count = ops.cast(real, "float32")
        if self.mode == "last":
            later = ops.flip(ops.cumsum(ops.flip(count, axis=1), axis=1), axis=1)
            return ops.where(later == 1.0, count, ops.zeros_like(count))
        if self.mode == "attention":
            scores = ops.matmul(ops.tanh(ops.matmul(inputs, self.kernel) + self.bias), self.query)
            scores = ops.where(real, ops.cast(scores, "float32"), -1e9)
            count = count * ops.exp(scores - highest(scores, axis=1, keepdims=True))
        return count / ops.maximum(ops.sum(count, axis=1, keepdims=True), 1e-9)

    def _max(self, inputs: Any, real: Any) -> Any:
        lowest = -3e38 if inputs.dtype != "float16" else -6e4
        found = highest(ops.where(real, inputs, ops.full_like(inputs, lowest)), axis=1)
        return ops.where(ops.any(real, axis=1), found, ops.zeros_like(found))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], input_shape[-1])

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        return None

    def get_config(self) -> dict:
        return {**super().get_config(), "mode": self.mode}
