"""TrainingSetup: what a pipeline builds, all that one training run needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import keras
import tensorflow as tf

from seqtasks.data import SplitSummary
from seqtasks.predictors import Predictor

# Takes what was predicted for one row, by name: "text", "reference", "prediction" ...
OnPrediction = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Monitor:
    """The metric of an epoch that decides which epoch is best.

    Args:
        name: of the metric, such as "val_loss".
        mode: whether the largest or the smallest value is best.
    """

    name: str
    mode: Literal["max", "min"]


@dataclass(frozen=True)
class ValidationScore:
    """A score of whole predictions on the validation split, such as BLEU.

    Args:
        name: of the metric that each epoch gets, `val_` included.
        compute: the score of the model as it is.
    """

    name: str
    compute: Callable[[], float]


@dataclass(frozen=True)
class TrainingSetup:
    """All that one training run needs.

    Args:
        model: compiled; ids in, logits out.
        train: batches of (inputs, targets) or (inputs, targets, sample weights).
        validation: likewise; decides which epoch's weights are kept.
        predictor: what is exported; holds `model`.
        evaluate: scores of a predictor on the test split, a baseline's beside them; hands each row
            and what was predicted for it to a function.
        monitor: the metric that decides.
        corpus: rows, labels and fingerprint of each split.
        labels: what `model` learns, labels or tags, in the order of its outputs; none where it
            learns tokens.
        tokenizers: what `model` needs to go on from strings, by name; each has `get_config()`.
        facts: what else a user should see before the first epoch, such as vocabulary sizes.
        notes: what the user should know about the data.
        calibrate: tunes on the validation split what gradients do not, after each epoch; gives the
            metrics it measured with what it chose, by name. None tunes nothing.
        validation_score: a metric that Keras cannot compute from batches; computed after
            `calibrate`.
        count_tokens: the number of real tokens in the inputs of a batch, in graph operations; None
            measures no speed.
        sample: what the model writes by now, to be shown after each epoch; None shows nothing.
    """

    model: keras.Model
    train: tf.data.Dataset
    validation: tf.data.Dataset
    predictor: Predictor
    evaluate: Callable[[Predictor, OnPrediction], dict[str, Any]]
    monitor: Monitor
    corpus: Mapping[str, SplitSummary]
    labels: Sequence[str] = ()
    tokenizers: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    calibrate: Callable[[], Mapping[str, float]] | None = None
    validation_score: ValidationScore | None = None
    count_tokens: Callable[[Any], tf.Tensor] | None = None
    sample: Callable[[], str] | None = None
