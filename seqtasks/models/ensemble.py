"""Ensemble: models of one task that learn side by side and vote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from seqtasks.models.side_by_side import SideBySide


@keras.saving.register_keras_serializable(package="seqtasks")
class Ensemble(SideBySide):
    """Models with the same inputs and classes; each learns by itself, predictions are averaged.

        y_c = Σ_k v_k log softmax(y_k)_c / Σ_k v_k - τ log π_c

    The mean is over log-probabilities, so the probabilities are averaged geometrically; π are the
    classes' shares in training, which `adapt` counts.

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
        Menon et al., Long-tail learning via logit adjustment, 2021.
    """

    def __init__(
        self,
        members: Sequence[keras.Model],
        votes: Sequence[float] | None = None,
        prior_correction: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(members, **kwargs)
        self.votes = [1.0] * len(self.members) if votes is None else [float(v) for v in votes]
        if len(self.votes) != len(self.members) or min(self.votes) < 0 or not sum(self.votes):
            raise ValueError(
                "Ensemble: expected as `votes` a number of 0 or more for each of "
                f"{len(self.members)} members, not all 0; received votes={votes!r}."
            )
        self.prior_correction = prior_correction

    def build(self, ids_shape: tuple) -> None:
        super().build(ids_shape)
        labels = self.compute_output_shape(ids_shape)[-1]
        self.log_shares = self.add_weight((labels,), "zeros", trainable=False, name="log_shares")

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

    def combine(self, logits: Any) -> Any:
        """Members' logits [batch, members, labels] -> the ensemble's [batch, labels]."""
        shares = ops.array([vote / sum(self.votes) for vote in self.votes], logits.dtype)
        mean = ops.sum(ops.log_softmax(logits, axis=-1) * shares[:, None], axis=1)
        return mean - self.prior_correction * self.log_shares

    def compute_output_shape(self, ids_shape: tuple) -> tuple:
        return self.members[0].compute_output_shape(ids_shape)

    def get_config(self) -> dict:
        options = {"votes": self.votes, "prior_correction": self.prior_correction}
        return {**super().get_config(), **options}
