"""Ensembles of classifiers: of one label a text, and of any number of labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from seqtasks.models.ensemble import Ensemble


@keras.saving.register_keras_serializable(package="seqtasks")
class ClassifierEnsemble(Ensemble):
    """Classifiers of the same classes, whose log-probabilities are averaged.

        y_c = Σ_k v_k log softmax(y_k)_c / Σ_k v_k - τ log π_c

    This is the geometric mean of the members' probabilities; π are the class frequencies of the
    training data, which `adapt` counts, rows by their weights.

    Args:
        members: models, ids -> logits [batch, labels].
        votes: v, the weight of each member in the mean; all the same if not given.
        prior_correction: τ, strength of the class-prior correction, 0 to 1: networks prefer
            frequent classes by more than their frequency. 0 turns it off; it makes no difference
            where all classes are equally frequent.

    Call arguments:
        ids: what the members take.
        training: passed on to the members.

    Returns:
        A dict: `logits` [batch, labels] and `member_logits` [batch, members, labels].

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
        self.votes = checked_votes(type(self).__name__, votes, len(self.members))
        self.prior_correction = prior_correction

    def build(self, ids_shape: tuple) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().build(ids_shape)
        labels = self.compute_output_shape(ids_shape)["logits"][-1]
        self.log_priors = self.add_weight((labels,), "zeros", trainable=False, name="log_priors")

    def adapt(self, batches: Iterable[tuple[Any, Any]]) -> None:
        """Count the classes, then call `adapt` of all members that are `Adaptable`.

        Args:
            batches: ids [batch, time] and labels [batch] of all training texts, and where rows
                weigh differently their weights [batch]; iterated anew for the counts and for each
                such member.
        """
        counts = np.ones(self.log_priors.shape)  # add-one smoothing: a class may be missing
        for _, labels, *weights in batches:
            each = ops.convert_to_numpy(weights[0]) if weights else 1
            np.add.at(counts, ops.convert_to_numpy(labels), each)
        self.log_priors.assign(np.log(counts / counts.sum()))
        super().adapt(batches)

    def combine(self, member_logits: Any) -> Any:
        """Members' logits [batch, members, labels] -> the ensemble's [batch, labels]."""
        mean = weighted_mean(ops.log_softmax(member_logits, axis=-1), self.votes)
        return mean - self.prior_correction * self.log_priors

    def get_config(self) -> dict:
        options = {"votes": self.votes, "prior_correction": self.prior_correction}
        return {**super().get_config(), **options}


@keras.saving.register_keras_serializable(package="seqtasks")
class MultilabelEnsemble(Ensemble):
    """Classifiers of any number of labels a text, whose logits are averaged.

        y_c = Σ_k v_k y_kc / Σ_k v_k        a text has label c if sigmoid y_c >= t_c

    Args:
        members: models, ids -> logits [batch, labels], one of each label's presence.
        votes: v, the weight of each member in the mean; all the same if not given.

    Call arguments:
        ids: what the members take.
        training: passed on to the members.

    Returns:
        A dict: `logits` [batch, labels] and `member_logits` [batch, members, labels].

    Attributes:
        thresholds: t, a weight [labels] that gradients leave alone, 0.5 until it is set:
            `seqtasks.training.calibration.ThresholdTuner` does.
    """

    def __init__(
        self,
        members: Sequence[keras.Model],
        votes: Sequence[float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(members, **kwargs)
        self.votes = checked_votes(type(self).__name__, votes, len(self.members))

    def build(self, ids_shape: tuple) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().build(ids_shape)
        labels = self.compute_output_shape(ids_shape)["logits"][-1]
        half = keras.initializers.Constant(0.5)
        self.thresholds = self.add_weight((labels,), half, trainable=False, name="thresholds")

    def combine(self, member_logits: Any) -> Any:
        """Members' logits [batch, members, labels] -> the ensemble's [batch, labels]."""
        return weighted_mean(member_logits, self.votes)

    def get_config(self) -> dict:
        return {**super().get_config(), "votes": self.votes}


def checked_votes(owner: str, votes: Sequence[float] | None, members: int) -> list[float]:
    """The weight of each member in the mean; all 1 if not given.

    Raises:
        ValueError: not one weight for each member, a negative one, or only zeros.
    """
    given = [1.0] * members if votes is None else [float(vote) for vote in votes]
    if len(given) != members or min(given) < 0 or not sum(given):
        raise ValueError(
            f"{owner}: expected as `votes` a number of 0 or more for each of {members} members, "
            f"not all 0; received votes={votes!r}. Pass one weight for each member, or leave "
            "`votes` out."
        )
    return given


def weighted_mean(outputs: Any, votes: Sequence[float]) -> Any:
    """Members' outputs [batch, members, labels] -> their mean by votes, [batch, labels]."""
    weights = ops.array([vote / sum(votes) for vote in votes], outputs.dtype)
    return ops.sum(outputs * weights[:, None], axis=1)
