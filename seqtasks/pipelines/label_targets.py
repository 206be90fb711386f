"""What a classifier learns: one label a text, or any number of labels."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seqtasks.errors import InputError
from seqtasks.pipelines.classification_options import Config
from seqtasks.pipelines.scoring import labels as scoring

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from seqtasks.data import Splits, SplitSummary
    from seqtasks.predictors import Predictor
    from seqtasks.text import Tokenizer


@dataclass(frozen=True)
class OneLabel:
    """One label a text: softmax and cross-entropy.

    Args:
        names: of the labels, in order.
        weights: of each label in the loss; None where all weigh 1.
        smoothing: probability mass of each target spread over all labels.
        prior_correction: strength of the class-prior correction.
    """

    names: Sequence[str]
    weights: Sequence[float] | None
    smoothing: float
    prior_correction: float

    def encoder(self) -> Callable[[tf.Tensor], tf.Tensor]:
        """Labels [rows] -> their numbers, [rows]."""
        import tensorflow as tf

        numbers = tf.range(len(self.names))
        known = tf.lookup.KeyValueTensorInitializer(list(self.names), numbers)
        return tf.lookup.StaticHashTable(known, -1).lookup

    def ensemble(self, members: Sequence[keras.Model], votes: Sequence[float]) -> keras.Model:
        """The members under one vote."""
        from seqtasks.models import ClassifierEnsemble

        return ClassifierEnsemble(members, votes, self.prior_correction)

    def loss(self) -> keras.losses.Loss:
        """The loss of logits [batch, labels] against numbers of labels [batch]."""
        from seqtasks.training.losses import SmoothedCrossentropy

        return SmoothedCrossentropy(self.smoothing)

    def metric(self) -> keras.metrics.Metric:
        """What is shown beside the loss."""
        import keras

        return keras.metrics.SparseCategoricalAccuracy(name="accuracy")

    def predictor(self, tokenizer: Tokenizer, model: Any) -> Predictor:
        """What is exported."""
        from seqtasks.predictors import LabelPredictor

        return LabelPredictor(tokenizer, model, self.names)

    def calibration(self, model: Any, validation: tf.data.Dataset) -> None:
        """Nothing is tuned on the validation split."""
        return

    def evaluate(self, splits: Splits, seed: int) -> Callable[..., dict[str, Any]]:
        """Scores of a predictor on the test split."""
        return functools.partial(scoring.label_test_scores, splits=splits, seed=seed)


@dataclass(frozen=True)
class SeveralLabels:
    """Any number of labels a text: sigmoids, binary cross-entropy and a threshold for each label.

    Args:
        names: of the labels, in order.
        separator: between the labels of a row.
        smoothing: probability mass of each target spread over presence and absence.
    """

    names: Sequence[str]
    separator: str
    smoothing: float
    weights = None

    def encoder(self) -> Callable[[tf.Tensor], tf.Tensor]:
        """Joined labels [rows] -> 0 or 1 for each, [rows, labels]."""
        from seqtasks.data import labels_of

        return labels_of(self.names, self.separator)

    def ensemble(self, members: Sequence[keras.Model], votes: Sequence[float]) -> keras.Model:
        """The members under one vote."""
        from seqtasks.models import MultilabelEnsemble

        return MultilabelEnsemble(members, votes)

    def loss(self) -> keras.losses.Loss:
        """The loss of logits against 0 and 1, both [batch, labels]."""
        import keras

        return keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=self.smoothing)

    def metric(self) -> keras.metrics.Metric:
        """What is shown beside the loss: the fraction of right decisions at logit 0."""
        import keras

        return keras.metrics.BinaryAccuracy(name="binary_accuracy", threshold=0.0)

    def predictor(self, tokenizer: Tokenizer, model: Any) -> Predictor:
        """What is exported."""
        from seqtasks.predictors import MultilabelPredictor

        return MultilabelPredictor(tokenizer, model, self.names)

    def calibration(
        self, model: Any, validation: tf.data.Dataset
    ) -> Callable[[], Mapping[str, float]]:
        """Tunes the thresholds on the validation split."""
        from seqtasks.training.thresholds import ThresholdTuner

        tuner = ThresholdTuner(model)
        return lambda: {"val_micro_f1": tuner.tune(validation)}

    def evaluate(self, splits: Splits, seed: int) -> Callable[..., dict[str, Any]]:
        """Scores of a predictor on the test split."""
        return functools.partial(
            scoring.multilabel_test_scores, splits=splits, separator=self.separator, seed=seed
        )


def label_targets(config: Config, train: SplitSummary, splits: Splits) -> OneLabel | SeveralLabels:
    """What the options ask for, with the labels of the training split.

    Raises:
        InputError: labels that cannot be learned, or weights that do not fit them.
    """
    from seqtasks import data

    options = config.training
    if not config.data.multilabel:
        names = data.checked_labels(train.labels, splits)
        given = options.class_weight
        weights = data.class_weights(given, train.labels, names) if given else None
        smoothing, correction = options.label_smoothing, config.network.prior_correction
        return OneLabel(names, weights, smoothing, correction)
    if options.class_weight:
        raise InputError(
            "class_weight is for one label a text: with several, each label's threshold is chosen "
            "on the validation split. Leave it out."
        )
    separator = config.data.label_separator
    names = data.checked_labels(train.labels, splits, separator)
    return SeveralLabels(names, separator, options.label_smoothing)
