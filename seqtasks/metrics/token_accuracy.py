"""TokenAccuracy: accuracy per step of padded sequences, as a streaming Keras metric."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="seqtasks")
class TokenAccuracy(keras.metrics.Mean):
    """Fraction of steps whose id is correct, over all steps since the last reset.

    Keras's own metrics first average over each row, padding included: steps of short rows would
    get more weight.

    Args:
        name: of the metric.
        **kwargs: those of `keras.metrics.Mean`.

    Call arguments:
        y_true: integers [batch, time].
        y_pred: integers [batch, time].
        sample_weight: [batch, time]; steps of weight 0 are ignored.
    """

    def __init__(self, name: str = "accuracy", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Counts one batch."""
        right = ops.equal(ops.cast(y_true, "int32"), ops.cast(y_pred, "int32"))
        if sample_weight is not None:
            sample_weight = ops.reshape(sample_weight, (-1,))
        super().update_state(ops.cast(ops.reshape(right, (-1,)), "float32"), sample_weight)
