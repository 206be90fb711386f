"""Perplexity as a streaming Keras metric."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="seqtasks")
class Perplexity(keras.metrics.Mean):
    """The exponential of the mean cross-entropy (in nats) over all tokens since the last reset.

        exp(- Σ w log p(y) / Σ w)

    Args:
        name: of the metric.
        dtype: of the result.

    Call arguments:
        y_true: ids [...].
        y_pred: logits [..., vocabulary].
        sample_weight: weights [...], 0 on padding.

    Reference:
        Jelinek et al., Perplexity: a measure of the difficulty of speech recognition tasks, 1977.
    """

    def __init__(self, name: str = "perplexity", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Counts the tokens of one batch."""
        losses = ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
        if sample_weight is not None:
            sample_weight = ops.reshape(ops.broadcast_to(sample_weight, ops.shape(losses)), (-1,))
        # Flat, because Keras averages over each row before it sums over rows.
        super().update_state(ops.reshape(losses, (-1,)), sample_weight=sample_weight)

    def result(self) -> Any:
        """The perplexity of all tokens so far."""
        return ops.exp(super().result())

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {"name": self.name, "dtype": self.dtype}
