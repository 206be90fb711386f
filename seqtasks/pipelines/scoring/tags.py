"""Scores of predicted tags: of a run's test split, beside a baseline, and of any corpus."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Container, Iterable
from typing import TYPE_CHECKING, Any

from seqtasks.pipelines.task import Scores

if TYPE_CHECKING:
    from seqtasks.data import Splits, Stream
    from seqtasks.predictors import Predictor
    from seqtasks.training import OnPrediction

# Sentences of tokens, and for each the joined values of its columns -> their tags.
Tag = Callable[[list[list[str]], list[tuple[str, ...]]], list[list[str]]]
# The same -> "prediction", "confidence" and with lemmas "tags", each a list.
Predict = Callable[[list[list[str]], list[tuple[str, ...]]], list[dict[str, list[Any]]]]
SENTENCES = 1024  # predicted together


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


def tag_test_scores(
    predictor: Predictor,
    on_prediction: OnPrediction,
    targets: str,
    splits: Splits,
    columns: int = 0,
) -> Scores:
    """Scores on the test split, beside those of the most frequent tag or lemma of each word."""
    from seqtasks.baselines import most_frequent_tags
    from seqtasks.metrics import beside_baseline

    lemmas = targets == "lemmas"
    baseline, known = most_frequent_tags(
        ((tokens, tags.split(" ")) for tokens, tags, *_ in splits.train),
        unknown=(lambda word: word) if lemmas else None,
    )
    ours, other = _scores(
        splits.scored,
        targets,
        columns,
        _tagger(predictor, targets),
        on_prediction,
        lambda sentences, _: [*map(baseline, sentences)],
        known=known,
    )
    title = "the most frequent tag of each word in training"
    if lemmas:
        title = "the most frequent lemma of each form in training, unknown forms as they are"
    return {**beside_baseline(ours, other, title), "scored_on": splits.scored.origin}


def _tagger(predictor: Predictor, targets: str) -> Predict:
    import tensorflow as tf

    name = "lemmas" if targets == "lemmas" else "tags"

    def predict(
        sentences: list[list[str]], features: list[tuple[str, ...]]
    ) -> list[dict[str, list[Any]]]:
        inputs = {"text": tf.constant([" ".join(tokens) for tokens in sentences])}
        if features and features[0]:
            inputs["features"] = tf.constant(features)
        outputs = predictor.signatures["tokens"](**inputs)
        found, confidence = outputs[name].numpy(), outputs["confidence"].numpy()
        answers = [
            {
                "prediction": [tag.decode() for tag in row if tag],
                "confidence": [round(float(p), 6) for p in probabilities if p >= 0],
            }
            for row, probabilities in zip(found, confidence, strict=True)
        ]
        if targets == "lemmas":
            for answer, row in zip(answers, outputs["tags"].numpy(), strict=True):
                tags = [tag.decode() for tag in row if tag]
                answer |= {"tags": tags} if tags else {}
        return answers

    return predict


def _scores(
    rows: Iterable[tuple[str, ...]],
    targets: str,
    columns: int,
    predict: Predict,
    on_prediction: OnPrediction = lambda row: None,
    *taggers: Tag,
    known: Container[str] | None = None,
) -> list[Scores]:
    """The scores of what is predicted, and of other taggers, on rows of tokens and tags."""
    sentences, references, features = [], [], []
    for tokens, tags, *others in rows:
        sentences.append(tokens.split(" "))
        features.append(tuple(others[:columns]))
        # Lemmas are given out in NFC.
        tags = unicodedata.normalize("NFC", tags) if targets == "lemmas" else tags
        references.append(tags.split(" "))
    chunks = [slice(n, n + SENTENCES) for n in range(0, len(sentences), SENTENCES)]
    ours: list[list[str]] = []
    for part in chunks:
        answers = predict(sentences[part], features[part])
        for row in zip(sentences[part], references[part], answers, strict=True):
            on_prediction({"tokens": row[0], "reference": row[1], **row[2]})
        ours += [answer["prediction"] for answer in answers]
    found = [ours]
    for tag in taggers:
        found.append([tags for part in chunks for tags in tag(sentences[part], features[part])])
    words = sentences if known is not None else None
    return [_scored(references, tags, targets, words, known) for tags in found]


def _scored(
    references: list[list[str]],
    predictions: list[list[str]],
    targets: str,
    words: list[list[str]] | None,
    known: Container[str] | None,
) -> Scores:
    from seqtasks.metrics import span_f1, token_scores

    scores = token_scores(references, predictions, words, known)
    if targets == "spans":
        scores |= span_f1(references, predictions)
        scores["per_class"] = scores.pop("per_type")
    return scores
