"""Ensemble: models of one task that learn side by side and vote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="seqtasks")
class Ensemble(keras.Model):
    """Models with the same inputs and classes; each learns by itself, predictions are averaged.

        y = log (1/K Σ_k softmax(y_k))

    One `fit` trains them all: the loss is the mean of the members' own losses, so none leans on
    another, and their mistakes differ.

    Args:
        members: models, each ids -> logits [batch, labels].

    Call arguments:
        ids: what the members take.
        training: True gives each member's own logits, for the loss.

    Returns:
        Logits [batch, labels]; [batch, members, labels] in training.

    Reference:
        Hansen and Salamon, Neural network ensembles, 1990.
    """

    def __init__(self, members: Sequence[keras.Model], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not members:
            raise ValueError("Ensemble: expected at least one model as `members`, received none.")
        self.members = list(members)

    def build(self, ids_shape: tuple) -> None:
        for member in self.members:
            if not member.built:
                member.build(ids_shape)
        self.built = True

    def adapt(self, batches: Iterable[tuple[Any, Any]]) -> None:
        """Show the training data once to each member that has an `adapt` of its own.

        Args:
            batches: (ids, labels), iterated anew for each such member.
        """
        for member in self.members:
            if hasattr(member, "adapt"):
                member.adapt(batches)

    def call(self, ids: Any, training: bool | None = None) -> Any:
        logits = ops.stack([member(ids, training=training) for member in self.members], axis=1)
        return logits if training else self.vote(logits)

    def vote(self, logits: Any) -> Any:
        """Members' logits [batch, members, labels] -> the ensemble's [batch, labels]."""
        return ops.logsumexp(ops.log_softmax(logits, axis=-1), axis=1)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        if len(y_pred.shape) == 2:  # not in training: the vote
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        losses = [
            super(Ensemble, self).compute_loss(x, y, y_pred[:, k], sample_weight, training)
            for k in range(len(self.members))
        ]
        return ops.mean(ops.stack(losses))

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict:
        if len(y_pred.shape) == 3:
            y_pred = self.vote(y_pred)
        return super().compute_metrics(x, y, y_pred, sample_weight)

    def compute_output_shape(self, ids_shape: tuple) -> tuple:
        return self.members[0].compute_output_shape(ids_shape)

    def get_config(self) -> dict:
        members = [keras.saving.serialize_keras_object(member) for member in self.members]
        return {**super().get_config(), "members": members}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> Ensemble:
        members = [keras.saving.deserialize_keras_object(m) for m in config.pop("members")]
        return cls(members, **config)
