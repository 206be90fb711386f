"""Scores of predicted labels: of a run's test split, beside a baseline, and of any corpus."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from seqtasks.pipelines.task import Scores

if TYPE_CHECKING:
    from seqtasks.data import Splits, Stream
    from seqtasks.predictors import Predictor

Classifier = Callable[[list[str]], list[Any]]  # texts -> a label, or a list of labels, for each


def evaluate_labels(predictor: Predictor, stream: Stream) -> Scores:
    """Scores of a predictor on rows of texts and labels."""
    from seqtasks.metrics import classification_scores

    references, predictions = _compared(stream, _label(predictor))
    return {**classification_scores(references, predictions), "scored_on": stream.origin}


def evaluate_multilabel(predictor: Predictor, stream: Stream, separator: str) -> Scores:
    """Scores of a predictor on rows of texts and joined labels."""
    from seqtasks.metrics import multilabel_scores

    references, predictions = _compared(stream, _labels(predictor))
    references = _split(references, separator)
    return {**multilabel_scores(references, predictions), "scored_on": stream.origin}


def label_test_scores(predictor: Predictor, splits: Splits, seed: int) -> Scores:
    """Scores on the test split, beside those of a bag of words."""
    from seqtasks.baselines import bag_of_words
    from seqtasks.metrics import beside_baseline, classification_scores

    baseline, share = bag_of_words((row[:2] for row in splits.train), seed=seed)
    references, *found = _compared(splits.test, _label(predictor), baseline)
    ours, other = (classification_scores(references, labels) for labels in found)
    title = f"TF-IDF of words and word pairs, logistic regression{_sampled(share)}"
    return beside_baseline(ours, other, title)


def multilabel_test_scores(
    predictor: Predictor, splits: Splits, separator: str, seed: int
) -> Scores:
    """Scores of several labels a text on the test split, beside those of a bag of words."""
    from seqtasks.baselines import bag_of_words_labels
    from seqtasks.data import split_labels
    from seqtasks.metrics import beside_baseline, multilabel_scores

    rows = ((text, split_labels(joined, separator)) for text, joined, *_ in splits.train)
    baseline, share = bag_of_words_labels(rows, seed=seed)
    references, *found = _compared(splits.test, _labels(predictor), baseline)
    references = _split(references, separator)
    ours, other = (multilabel_scores(references, labels) for labels in found)
    title = f"TF-IDF of words and word pairs, a logistic regression a label{_sampled(share)}"
    return beside_baseline(ours, other, title)


def _label(predictor: Predictor) -> Classifier:
    """A function from texts to the label of each."""
    import tensorflow as tf

    serve = predictor.signatures["serving_default"]
    return lambda texts: [x.decode() for x in serve(text=tf.constant(texts))["label"].numpy()]


def _labels(predictor: Predictor) -> Classifier:
    """A function from texts to the labels of each."""
    import tensorflow as tf

    serve = predictor.signatures["serving_default"]

    def classify(texts: list[str]) -> list[list[str]]:
        found = serve(text=tf.constant(texts))["labels"].numpy()
        return [[label.decode() for label in row if label] for row in found]

    return classify


def _compared(rows: Iterable[tuple[str, ...]], *classifiers: Classifier) -> tuple[list[Any], ...]:
    """The true labels of rows, and those that each classifier gives."""
    columns: list[list[Any]] = [[] for _ in range(1 + len(classifiers))]
    rows = iter(rows)
    while chunk := list(itertools.islice(rows, 1024)):
        texts, labels = [row[0] for row in chunk], [row[1] for row in chunk]
        for column, found in zip(columns, [labels, *(c(texts) for c in classifiers)], strict=True):
            column += found
    return tuple(columns)


def _split(references: list[str], separator: str) -> list[list[str]]:
    from seqtasks.data import split_labels

    return [split_labels(joined, separator) for joined in references]


def _sampled(share: float) -> str:
    return f", on {share:.0%} of the rows" if share < 1 else ""
