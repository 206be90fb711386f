"""Scores of predicted labels: of a run's test split, beside a baseline, and of any corpus."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from seqtasks.pipelines.task import Scores

if TYPE_CHECKING:
    from seqtasks.data import Splits, Stream
    from seqtasks.predictors import Predictor


def evaluate_labels(predictor: Predictor, stream: Stream) -> Scores:
    """Scores of a predictor on rows of texts and labels."""
    from seqtasks.metrics import classification_scores

    references, predictions = _compared(stream, _classifier(predictor))
    return {**classification_scores(references, predictions), "scored_on": stream.origin}


def _classifier(predictor: Predictor) -> Callable[[list[str]], list[str]]:
    """A function from texts to labels."""
    import tensorflow as tf

    serve = predictor.signatures["serving_default"]
    return lambda texts: [x.decode() for x in serve(text=tf.constant(texts))["label"].numpy()]


def _compared(
    rows: Iterable[tuple[str, ...]], *classifiers: Callable[[list[str]], list[str]]
) -> tuple[list[str], ...]:
    """The true labels of rows, and those that each classifier gives."""
    columns: list[list[str]] = [[] for _ in range(1 + len(classifiers))]
    rows = iter(rows)
    while chunk := list(itertools.islice(rows, 1024)):
        texts, labels = ([*column] for column in zip(*chunk, strict=True))
        for column, found in zip(columns, [labels, *(c(texts) for c in classifiers)], strict=True):
            column += found
    return tuple(columns)


def label_test_scores(predictor: Predictor, splits: Splits, seed: int) -> Scores:
    """Scores on the test split, beside those of a bag of words."""
    from seqtasks.baselines import bag_of_words
    from seqtasks.metrics import beside_baseline, classification_scores

    baseline, share = bag_of_words(iter(splits.train), seed=seed)
    references, *found = _compared(splits.test, _classifier(predictor), baseline)
    ours, other = (classification_scores(references, labels) for labels in found)
    sampled = f", on {share:.0%} of the rows" if share < 1 else ""
    title = f"TF-IDF of words and word pairs, logistic regression{sampled}"
    return beside_baseline(ours, other, title)
