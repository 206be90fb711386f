"""Loss, accuracy and decoder of a `CRF` in a functional model.

All three are functions of the layer's output alone: log p(y_t | y_{t-1}), zeros on masked steps.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_chain_tags
from seqtasks.layers.crf.forward_backward import FORBIDDEN
from seqtasks.layers.crf.viterbi import best_path_of_chain, previous_tags, real_steps


@keras.saving.register_keras_serializable(package="seqtasks")
class CRFLoss(keras.losses.Loss):
    """Negative log-likelihood of tag sequences, -log p(y | x) = -Σ_t log p(y_t | y_{t-1}, x).

    Args:
        name: name of the loss.
        **kwargs: those of `keras.losses.Loss` (`reduction`; by default the mean over sequences).

    Call arguments:
        y_true: integers [batch, time]; values on masked steps are ignored. Each that is no number
            of a tag adds 1e9 to the loss.
        y_pred: the output of a `CRF`, [batch, time, tags, tags].

    Returns:
        A loss for each sequence, [batch], before the reduction; sample weights are [batch].

    Masking:
        Steps that were masked in the CRF are ignored.

    Example:
        >>> loss = CRFLoss()(keras.ops.zeros((2, 7)), CRF(5)(keras.ops.ones((2, 7, 5))))

    Reference:
        Lafferty et al., Conditional random fields, 2001.
    """

    def __init__(self, name: str = "crf_loss", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Losses, [batch]."""
        check_chain_tags(y_true.shape, y_pred.shape, "CRFLoss")
        real = real_steps(y_pred)
        tags = ops.where(real, ops.cast(y_true, "int32"), 0)
        count = y_pred.shape[-1]
        unknown = ops.logical_or(tags < 0, tags >= count)
        now = ops.one_hot(tags, count, dtype=y_pred.dtype)
        before = ops.one_hot(previous_tags(tags, real, 0), count, dtype=y_pred.dtype)
        rows = ops.sum(y_pred * ops.expand_dims(now, 2), axis=-1)  # [batch, time, tags before]
        known = ops.sum(rows * before, axis=(1, 2))
        return -known - FORBIDDEN * ops.sum(ops.cast(unknown, y_pred.dtype), axis=1)


@keras.saving.register_keras_serializable(package="seqtasks")
class CRFDecoder(keras.layers.Layer):
    """The most likely tags of a `CRF`'s output, by Viterbi's algorithm.

    Args:
        **kwargs: those of `keras.layers.Layer`.

    Call arguments:
        chain: the output of a `CRF`, [batch, time, tags, tags].

    Returns:
        Tags, int32 [batch, time].

    Masking:
        Steps that were masked in the CRF have tag 0.

    Example:
        >>> tags = CRFDecoder()(CRF(5)(keras.ops.ones((2, 7, 5))))

    Reference:
        Viterbi, Error bounds for convolutional codes and an asymptotically optimum decoding
        algorithm, 1967.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.built = True

    def call(self, chain: Any) -> Any:
        return best_path_of_chain(chain)

    def compute_output_spec(self, chain: Any) -> Any:
        return keras.KerasTensor(chain.shape[:2], dtype="int32")

    def compute_output_shape(self, chain_shape: tuple) -> tuple:
        return chain_shape[:2]


@keras.saving.register_keras_serializable(package="seqtasks")
class CRFAccuracy(keras.metrics.Mean):
    """Accuracy of the Viterbi path: the fraction of real steps with the true tag.

    Args:
        name: name of the metric.
        **kwargs: those of `keras.metrics.Mean`.

    Call arguments:
        y_true: integers [batch, time].
        y_pred: the output of a `CRF`, [batch, time, tags, tags].
        sample_weight: [batch], [batch, time] or None.

    Returns:
        A fraction, 0 to 1.

    Masking:
        Steps that were masked in the CRF are ignored.

    Example:
        >>> score = CRFAccuracy()(keras.ops.zeros((2, 7)), CRF(5)(keras.ops.ones((2, 7, 5))))

    Reference:
        `keras.metrics.Accuracy`.
    """

    def __init__(self, name: str = "crf_accuracy", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Adds one batch."""
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        check_chain_tags(y_true.shape, y_pred.shape, "CRFAccuracy")
        right = ops.equal(ops.cast(y_true, "int32"), best_path_of_chain(y_pred))
        weights = ops.cast(real_steps(y_pred), "float32")
        if sample_weight is not None:
            sample_weight = ops.cast(sample_weight, "float32")
            if len(sample_weight.shape) == 1:
                sample_weight = ops.expand_dims(sample_weight, 1)
            weights = weights * sample_weight
        # Flattened, because Keras would average over each row, padding included, before it sums.
        right, weights = ops.reshape(ops.cast(right, "float32"), (-1,)), ops.reshape(weights, (-1,))
        return super().update_state(right, sample_weight=weights)
