"""Losses that Keras lacks."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="seqtasks")
class SmoothedCrossentropy(keras.losses.Loss):
    """Cross-entropy of logits against integer targets, smoothed over all classes.

        loss = -(1 - ε) log p_y - ε/C Σ_c log p_c

    Equal to `keras.losses.CategoricalCrossentropy(label_smoothing=ε)`, but without one-hot targets,
    which for a large vocabulary do not fit into memory.

    Args:
        smoothing: ε, the probability that is spread uniformly over all C classes; 0 is plain
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
        targets = ops.cast(y_true, "int32")
        return _smoothed(self.smoothing)(y_pred, targets)

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {**super().get_config(), "smoothing": self.smoothing}


@functools.cache
def _smoothed(smoothing: float) -> Callable:
    """The loss of logits z [..., classes], with an explicit gradient.

        log Σ exp z - (1 - ε) z_y - ε/C Σ_c z_c        d/dz_c = p_c - (1 - ε) [c = y] - ε/C

    So neither the log-probabilities nor the sparse gradient of the targets' terms are materialised,
    which for a large vocabulary takes longer than computing them.
    """

    def loss(logits: Any, targets: Any) -> tuple[Any, Callable]:
        total = ops.logsumexp(logits, axis=-1)
        target = ops.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
        value = total - (1 - smoothing) * target
        if smoothing:
            value = value - smoothing * ops.mean(logits, axis=-1)

        def gradient(*given: Any, upstream: Any = None) -> tuple[Any, None]:
            upstream = (given[0] if upstream is None else upstream)[..., None]
            p = ops.exp(logits - total[..., None])
            classes = ops.arange(logits.shape[-1], dtype="int32")
            spread = smoothing / logits.shape[-1]
            expected = ops.where(classes == targets[..., None], 1 - smoothing + spread, spread)
            return upstream * (p - ops.cast(expected, p.dtype)), None

        return value, gradient

    return ops.custom_gradient(loss)
