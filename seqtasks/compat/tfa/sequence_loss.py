"""`tfa.seq2seq.sequence_loss` and `SequenceLoss`: weighted cross-entropy of sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from seqtasks.compat.tfa.argument_checks import check_rank


def _check_reductions(mean_time: bool, mean_batch: bool, sum_time: bool, sum_batch: bool) -> None:
    if (mean_time or mean_batch) and (sum_time or sum_batch):
        raise ValueError(
            "sequence_loss: expected average_across_* or sum_over_*, received both: "
            f"average_across_timesteps={mean_time}, average_across_batch={mean_batch}, "
            f"sum_over_timesteps={sum_time}, sum_over_batch={sum_batch}. Pass False for one kind."
        )


def sequence_loss(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    sum_over_timesteps: bool = False,
    sum_over_batch: bool = False,
    softmax_loss_function: Callable | None = None,
    name: str | None = None,
) -> Any:
    """Cross-entropy of each step times its weight, divided by the total weight.

    Args:
        logits: [batch, time, classes].
        targets: integers [batch, time], or probabilities [batch, time, classes].
        weights: [batch, time]; 0 on padding.
        average_across_timesteps: sum over the steps and divide by the sum of their weights.
        average_across_batch: the same over the batch.
        sum_over_timesteps: sum over the steps and divide by the number of their weights that are
            not 0.
        sum_over_batch: the same over the batch.
        softmax_loss_function: called as f(labels=[batch * time], logits=[batch * time, classes])
            for losses [batch * time], instead of cross-entropy.
        name: without effect.

    Returns:
        A scalar; [batch] or [time] where only one axis is reduced; [batch, time] where none is. 0
        where there is no weight.

    Raises:
        ValueError: averages together with sums, or inputs of other ranks.
    """
    options = average_across_timesteps, average_across_batch, sum_over_timesteps, sum_over_batch
    _check_reductions(*options)
    logits, targets = ops.convert_to_tensor(logits), ops.convert_to_tensor(targets)
    weights = ops.cast(weights, logits.dtype)
    check_rank(logits, 3, "logits", "[batch, time, classes]", "sequence_loss")
    check_rank(weights, 2, "weights", "[batch, time]", "sequence_loss")
    if softmax_loss_function is not None:
        flat = ops.reshape(logits, (-1, logits.shape[-1]))
        loss = softmax_loss_function(labels=ops.reshape(targets, (-1,)), logits=flat)
        loss = ops.reshape(loss, ops.shape(weights))
    elif len(targets.shape) == 2:
        loss = ops.sparse_categorical_crossentropy(targets, logits, from_logits=True)
    else:
        loss = ops.categorical_crossentropy(targets, logits, from_logits=True)
    loss = loss * weights
    time, batch = options[0] or options[2], options[1] or options[3]
    axes = tuple(axis for axis, reduced in ((0, batch), (1, time)) if reduced)
    if not axes:
        return loss
    if sum_over_timesteps or sum_over_batch:
        weights = ops.cast(ops.not_equal(weights, 0), logits.dtype)
    total = ops.sum(weights, axis=axes)
    safe = ops.where(total == 0, ops.ones_like(total), total)
    return ops.where(total == 0, ops.zeros_like(total), ops.sum(loss, axis=axes) / safe)


@keras.saving.register_keras_serializable(package="seqtasks")
class SequenceLoss(keras.losses.Loss):
    """`sequence_loss` as a loss of Keras.

    Args:
        average_across_timesteps: as in `sequence_loss`.
        average_across_batch: as in `sequence_loss`.
        sum_over_timesteps: as in `sequence_loss`.
        sum_over_batch: as in `sequence_loss`.
        softmax_loss_function: as in `sequence_loss`.
        name: name of the loss.

    Call arguments:
        y_true: integers [batch, time], or probabilities [batch, time, classes].
        y_pred: logits [batch, time, classes].
        sample_weight: [batch, time]; None is 1 everywhere.
    """

    def __init__(
        self,
        average_across_timesteps: bool = False,
        average_across_batch: bool = False,
        sum_over_timesteps: bool = True,
        sum_over_batch: bool = True,
        softmax_loss_function: Callable | None = None,
        name: str = "sequence_loss",
    ) -> None:
        super().__init__(name=name, reduction=None)
        self.options: dict[str, Any] = {
            "average_across_timesteps": average_across_timesteps,
            "average_across_batch": average_across_batch,
            "sum_over_timesteps": sum_over_timesteps,
            "sum_over_batch": sum_over_batch,
        }
        _check_reductions(*self.options.values())
        self.softmax_loss_function = softmax_loss_function

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The loss, reduced as the options say: Keras's own reductions would apply weights last."""
        if sample_weight is None:
            sample_weight = ops.ones_like(ops.convert_to_tensor(y_pred)[..., 0])
        function = self.softmax_loss_function
        return sequence_loss(
            y_pred, y_true, sample_weight, **self.options, softmax_loss_function=function
        )

    def get_config(self) -> dict:
        """Return the arguments of `from_config`."""
        function = keras.saving.serialize_keras_object(self.softmax_loss_function)
        return {"name": self.name, **self.options, "softmax_loss_function": function}

    @classmethod
    def from_config(cls, config: dict) -> SequenceLoss:
        """The loss of a configuration."""
        function = keras.saving.deserialize_keras_object(config["softmax_loss_function"])
        return cls(**{**config, "softmax_loss_function": function})
