"""Scores of predicted labels: of a run's test split, beside a baseline, and of any corpus."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from seqtasks.pipelines.task import Scores

if TYPE_CHECKING:
    from seqtasks.data import Splits, Stream
    from seqtasks.predictors import Predictor
    from seqtasks.training import OnPrediction

Classifier = Callable[[list[str]], list[Any]]  # texts -> a label, or a list of labels, for each
Predict = Callable[[list[str]], list[dict[str, Any]]]  # texts -> "prediction" and "confidence"


def evaluate_labels(predictor: Predictor, stream: Stream) -> Scores:
    """Scores of a predictor on rows of texts and labels."""
    from seqtasks.metrics import classification_scores

    references, predictions = _compared(stream, _label(predictor))
    return {**classification_scores(references, predictions), "scored_on": stream.origin}


def evaluate_multilabel(predictor: Predictor, stream: Stream, separator: str) -> Scores:
    """Scores of a predictor on rows of texts and joined labels."""
    from seqtasks.metrics import multilabel_scores

    read = _reader(separator)
    references, predictions = _compared(stream, _labels(predictor), read=read)
    return {**multilabel_scores(references, predictions), "scored_on": stream.origin}


def label_test_scores(
    predictor: Predictor, on_prediction: OnPrediction, splits: Splits, seed: int
) -> Scores:
    """Scores on the test split, beside those of a bag of words."""
    from seqtasks.baselines import bag_of_words
    from seqtasks.metrics import beside_baseline, classification_scores

    baseline, share = bag_of_words(((text, label) for text, label, *_ in splits.train), seed=seed)
    references, *found = _compared(splits.scored, _label(predictor), on_prediction, baseline)
    ours, other = (classification_scores(references, labels) for labels in found)
    title = f"TF-IDF of words and word pairs, logistic regression{_sampled(share)}"
    return {**beside_baseline(ours, other, title), "scored_on": splits.scored.origin}


def multilabel_test_scores(
    predictor: Predictor, on_prediction: OnPrediction, splits: Splits, separator: str, seed: int
) -> Scores:
    """Scores of several labels a text on the test split, beside those of a bag of words."""
    from seqtasks.baselines import bag_of_words_labels
    from seqtasks.data import split_labels
    from seqtasks.metrics import beside_baseline, multilabel_scores

    rows = ((text, split_labels(joined, separator)) for text, joined, *_ in splits.train)
    baseline, share = bag_of_words_labels(rows, seed=seed)
    predict, read = _labels(predictor), _reader(separator)
    references, *found = _compared(splits.scored, predict, on_prediction, baseline, read=read)
    ours, other = (multilabel_scores(references, labels) for labels in found)
    title = f"TF-IDF of words and word pairs, a logistic regression a label{_sampled(share)}"
    return {**beside_baseline(ours, other, title), "scored_on": splits.scored.origin}


def _label(predictor: Predictor) -> Predict:
    """A function from texts to the label of each, with its probability."""
    import tensorflow as tf

    serve = predictor.signatures["serving_default"]

    def predict(texts: list[str]) -> list[dict[str, Any]]:
        outputs = serve(text=tf.constant(texts))
        labels, highest = outputs["label"].numpy(), outputs["probabilities"].numpy().max(axis=1)
        return [
            {"prediction": label.decode(), "confidence": round(float(probability), 6)}
            for label, probability in zip(labels, highest, strict=True)
        ]

    return predict


def _labels(predictor: Predictor) -> Predict:
    """A function from texts to the labels of each, with their probabilities."""
    import tensorflow as tf

    serve = predictor.signatures["serving_default"]

    def predict(texts: list[str]) -> list[dict[str, Any]]:
        outputs = serve(text=tf.constant(texts))
        columns = (outputs[name].numpy() for name in ("labels", "classes", "probabilities"))
        answers = []
        for labels, classes, probabilities in zip(*columns, strict=True):
            of = dict(zip(classes, probabilities, strict=True))
            chosen = [label for label in labels if label]
            confidence = [round(float(of[label]), 6) for label in chosen]
            answers.append({"prediction": [x.decode() for x in chosen], "confidence": confidence})
        return answers

    return predict


def _compared(
    rows: Iterable[tuple[str, ...]],
    predict: Predict,
    on_prediction: OnPrediction = lambda row: None,
    *others: Classifier,
    read: Callable[[str], Any] = str,
) -> tuple[list[Any], ...]:
    """The true labels of rows, those predicted, and those that other classifiers give.

    Args:
        rows: texts and labels.
        predict: gives "prediction" and "confidence" for texts.
        on_prediction: gets each row with them.
        *others: give a label, or labels, for texts.
        read: makes a reference of a row's label.
    """
    columns: list[list[Any]] = [[] for _ in range(2 + len(others))]
    rows = iter(rows)
    while chunk := list(itertools.islice(rows, 1024)):
        texts, references = [row[0] for row in chunk], [read(row[1]) for row in chunk]
        answers = predict(texts)
        for text, reference, answer in zip(texts, references, answers, strict=True):
            on_prediction({"text": text, "reference": reference, **answer})
        predictions = [answer["prediction"] for answer in answers]
        compared = [references, predictions, *(other(texts) for other in others)]
        for column, found in zip(columns, compared, strict=True):
            column += found
    return tuple(columns)


def _reader(separator: str) -> Callable[[str], list[str]]:
    """A function from joined labels to a list of them."""
    from seqtasks.data import split_labels

    return lambda joined: split_labels(joined, separator)


def _sampled(share: float) -> str:
    return f", on {share:.0%} of the rows" if share < 1 else ""
