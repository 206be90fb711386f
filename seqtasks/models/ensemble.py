"""Ensemble: models of one task that learn side by side and vote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="seqtasks")
class Ensemble(keras.Model):
    """Models with the same inputs and classes; each learns by itself, predictions are averaged.

        y_c = Σ_k v_k log softmax(y_k)_c / Σ_k v_k - τ log π_c

    The mean is over log-probabilities, so the probabilities are averaged geometrically; π are the
    classes' shares in training, which `adapt` counts.

    One `fit` trains all members: the loss is the mean of their own losses, so none leans on
    another, and their mistakes differ.

    Args:
        members: models, each ids -> logits [batch, labels].
        votes: v, what each member's opinion weighs; all the same if not given.
        prior_correction: τ: networks prefer frequent classes by more than their share; 0 lets them,
            and where the classes are equally frequent it makes no difference.

    Call arguments:
        ids: what the members take.
        training: True gives each member's own logits, for the loss.

    Returns:
        Logits [batch, labels]; [batch, members, labels] in training.

    Reference:
        Hansen and Salamon, Neural network ensembles, 1990; Menon et al., Long-tail learning via
        logit adjustment, 2021.
    """

    def __init__(
        self,
        members: Sequence[keras.Model],
        votes: Sequence[float] | None = None,
        prior_correction: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not members:
            raise ValueError("Ensemble: expected at least one model as `members`, received none.")
        self.members = list(members)
        self.votes = [1.0] * len(self.members) if votes is None else [float(v) for v in votes]
        if len(self.votes) != len(self.members) or min(self.votes) < 0 or not sum(self.votes):
            raise ValueError(
                "Ensemble: expected as `votes` a number of 0 or more for each of "
                f"{len(self.members)} members, not all 0; received votes={votes!r}."
            )
        self.prior_correction = prior_correction

    def build(self, ids_shape: tuple) -> None:
        for member in self.members:
            if not member.built:
                member.build(ids_shape)
        labels = self.compute_output_shape(ids_shape)[-1]
        self.log_shares = self.add_weight((labels,), "zeros", trainable=False, name="log_shares")
        self.built = True

    def adapt(self, batches: Iterable[tuple[Any, Any]]) -> None:
        """Count the classes, and show the data to each member that has an `adapt` of its own.

        Args:
            batches: ids [batch, time] and labels [batch] of all training texts, iterated anew
                for each such member.
        """
        counts = np.ones(self.log_shares.shape)  # one text more of each: a class may be missing
        for _, labels in batches:
            np.add.at(counts, ops.convert_to_numpy(labels), 1)
        self.log_shares.assign(np.log(counts / counts.sum()))
        for member in self.members:
            if hasattr(member, "adapt"):
                member.adapt(batches)

    def call(self, ids: Any, training: bool | None = None) -> Any:
        logits = ops.stack([member(ids, training=training) for member in self.members], axis=1)
        return logits if training else self.vote(logits)

    def vote(self, logits: Any) -> Any:
        """Members' logits [batch, members, labels] -> the ensemble's [batch, labels]."""
        shares = ops.array([vote / sum(self.votes) for vote in self.votes], logits.dtype)
        mean = ops.sum(ops.log_softmax(logits, axis=-1) * shares[:, None], axis=1)
        return mean - self.prior_correction * self.log_shares

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
        options = {"votes": self.votes, "prior_correction": self.prior_correction}
        return {**super().get_config(), "members": members, **options}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> Ensemble:
        members = [keras.saving.deserialize_keras_object(m) for m in config.pop("members")]
        return cls(members, **config)
