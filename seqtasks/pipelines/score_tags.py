"""Scores of predicted tags: of a run's test split, beside a baseline, and of any corpus."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import TYPE_CHECKING

from seqtasks.pipelines.task import Scores

if TYPE_CHECKING:
    from seqtasks.data import Stream, TaggedSplits
    from seqtasks.predictors import Predictor


def evaluate_tags(predictor: Predictor, stream: Stream, spans: bool) -> Scores:
    """Scores of a predictor on rows of joined tokens and tags, those of spans in BIO."""
    (scores,) = _scores(stream, spans, _tagger(predictor))
    return {**scores, "scored_on": stream.origin}


def _tagger(predictor: Predictor) -> Callable[[list[list[str]]], list[list[str]]]:
    """A function from sentences of tokens to their tags."""
    import tensorflow as tf

    def tag(sentences: list[list[str]]) -> list[list[str]]:
        texts = tf.constant([" ".join(tokens) for tokens in sentences])
        found = predictor.signatures["tokens"](text=texts)["tags"].numpy()
        return [[tag.decode() for tag in row if tag] for row in found]

    return tag


def _scores(
    rows: Iterable[tuple[str, ...]],
    spans: bool,
    *taggers: Callable[[list[list[str]]], list[list[str]]],
    known: Container[str] | None = None,
) -> list[Scores]:
    """The scores of each tagger on rows of joined tokens and tags, those of spans in BIO."""
    from seqtasks.metrics import span_f1, token_scores

    sentences, references = [], []
    for tokens, tags in rows:
        sentences.append(tokens.split(" "))
        references.append(tags.split(" "))
    found = []
    for tagger in taggers:
        predictions: list[list[str]] = []
        for start in range(0, len(sentences), 1024):
            predictions += tagger(sentences[start : start + 1024])
        words = sentences if known is not None else None
        scores = token_scores(references, predictions, words, known)
        if spans:
            scores |= span_f1(references, predictions)
            scores["per_class"] = scores.pop("per_type")
        found.append(scores)
    return found


def tag_test_scores(predictor: Predictor, tagged: TaggedSplits) -> Scores:
    """Scores on the test split, beside those of the most frequent tag of each word."""
    from seqtasks.baselines import most_frequent_tags
    from seqtasks.metrics import beside_baseline

    def written(stream: Stream) -> Iterable[tuple[str, str]]:
        return ((tokens, " ".join(tagged.written(tags))) for tokens, tags in stream)

    train = ((tokens, tags.split(" ")) for tokens, tags in written(tagged.splits.train))
    baseline, known = most_frequent_tags(train)
    ours, other = _scores(
        written(tagged.splits.test),
        tagged.scheme is not None,
        _tagger(predictor),
        lambda sentences: [*map(baseline, sentences)],
        known=known,
    )
    return beside_baseline(ours, other, "the most frequent tag of each word in training")
