"""Losses that Keras lacks."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="seqtasks")
class SmoothedCrossentropy(keras.losses.Loss):
    """Cross-entropy of logits against integer targets, smoothed over all classes.

        loss = -(1 - ε) log p_y - ε/C Σ_c log p_c

    `keras.losses.CategoricalCrossentropy(label_smoothing=ε)` without one-hot targets, which for a
    large vocabulary do not fit into memory.

    Args:
        smoothing: ε, the share of the target that is spread over all C classes; 0 is plain
            cross-entropy.
        **kwargs: those of `keras.losses.Loss` (`reduction`, `name`, `dtype`).

    Call arguments:
        y_true: integers [...].
        y_pred: logits [..., classes].

    Reference:
        Szegedy et al., Rethinking the Inception architecture for computer vision, 2015.
    """

    def __init__(
        self, smoothing: float = 0.0, name: str = "smoothed_crossentropy", **kwargs: Any
    ) -> None:
        super().__init__(name=name, **kwargs)
        if not 0 <= smoothing < 1:
            raise ValueError(
                "SmoothedCrossentropy: expected `smoothing` to be 0 or more and less than 1, "
                f"received smoothing={smoothing!r}. Pass for example 0.1."
            )
        self.smoothing = smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Loss of each target, [...]."""
        log_p = ops.log_softmax(y_pred, axis=-1)
        targets = ops.expand_dims(ops.cast(y_true, "int32"), -1)
        right = ops.squeeze(ops.take_along_axis(log_p, targets, axis=-1), -1)
        if not self.smoothing:
            return -right
        return -(1 - self.smoothing) * right - self.smoothing * ops.mean(log_p, axis=-1)

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {**super().get_config(), "smoothing": self.smoothing}
