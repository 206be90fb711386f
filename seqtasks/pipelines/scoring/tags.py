"""Scores of predicted tags: of a run's test split, beside a baseline, and of any corpus."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Container, Iterable
from typing import TYPE_CHECKING

from seqtasks.pipelines.task import Scores

if TYPE_CHECKING:
    from seqtasks.data import Splits, Stream
    from seqtasks.predictors import Predictor

# Sentences of tokens, and for each the joined values of its columns -> their tags.
Tag = Callable[[list[list[str]], list[tuple[str, ...]]], list[list[str]]]


def evaluate_tags(predictor: Predictor, stream: Stream, targets: str, columns: int = 0) -> Scores:
    """Scores of a predictor on rows of joined tokens and what is to be predicted.

    Args:
        predictor: of the tagging pipeline.
        stream: rows `(tokens, tags, *columns)`: tags, spans in BIO, or lemmas.
        targets: the pipeline's option: "tags", "spans" or "lemmas".
        columns: how many columns of features the predictor takes.
    """
    (scores,) = _scores(stream, targets, columns, _tagger(predictor, targets))
    return {**scores, "scored_on": stream.origin}


def tag_test_scores(predictor: Predictor, targets: str, splits: Splits, columns: int = 0) -> Scores:
    """Scores on the test split, beside those of the most frequent tag or lemma of each word."""
    from seqtasks.baselines import most_frequent_tags
    from seqtasks.metrics import beside_baseline

    lemmas = targets == "lemmas"
    baseline, known = most_frequent_tags(
        ((tokens, tags.split(" ")) for tokens, tags, *_ in splits.train),
        unknown=(lambda word: word) if lemmas else None,
    )
    ours, other = _scores(
        splits.test,
        targets,
        columns,
        _tagger(predictor, targets),
        lambda sentences, _: [*map(baseline, sentences)],
        known=known,
    )
    title = "the most frequent tag of each word in training"
    if lemmas:
        title = "the most frequent lemma of each form in training, unknown forms as they are"
    return beside_baseline(ours, other, title)


def _tagger(predictor: Predictor, targets: str) -> Tag:
    import tensorflow as tf

    name = "lemmas" if targets == "lemmas" else "tags"

    def tag(sentences: list[list[str]], features: list[tuple[str, ...]]) -> list[list[str]]:
        inputs = {"text": tf.constant([" ".join(tokens) for tokens in sentences])}
        if features and features[0]:
            inputs["features"] = tf.constant(features)
        found = predictor.signatures["tokens"](**inputs)[name].numpy()
        return [[tag.decode() for tag in row if tag] for row in found]

    return tag


def _scores(
    rows: Iterable[tuple[str, ...]],
    targets: str,
    columns: int,
    *taggers: Tag,
    known: Container[str] | None = None,
) -> list[Scores]:
    """The scores of each tagger on rows of joined tokens, tags and columns."""
    from seqtasks.metrics import span_f1, token_scores

    sentences, references, features = [], [], []
    for tokens, tags, *others in rows:
        sentences.append(tokens.split(" "))
        features.append(tuple(others[:columns]))
        # Lemmas are given out in NFC.
        tags = unicodedata.normalize("NFC", tags) if targets == "lemmas" else tags
        references.append(tags.split(" "))
    found = []
    for tagger in taggers:
        predictions: list[list[str]] = []
        for start in range(0, len(sentences), 1024):
            part = slice(start, start + 1024)
            predictions += tagger(sentences[part], features[part])
        words = sentences if known is not None else None
        scores = token_scores(references, predictions, words, known)
        if targets == "spans":
            scores |= span_f1(references, predictions)
            scores["per_class"] = scores.pop("per_type")
        found.append(scores)
    return found
