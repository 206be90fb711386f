"""A bag of words: TF-IDF and logistic regression."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MultiLabelBinarizer

L = TypeVar("L")

# More training text than this is sampled down, so memory does not grow with the corpus.
MAX_CHARACTERS = 10_000_000


def bag_of_words(
    rows: Iterable[tuple[str, str]], *, seed: int = 0
) -> tuple[Callable[[Sequence[str]], list[str]], float]:
    """TF-IDF of words and word pairs, and a logistic regression over it.

    Args:
        rows: training texts with their labels, read once.
        seed: draws the sample where the texts hold more than `MAX_CHARACTERS` characters.

    Returns:
        A function from texts to labels, and the fraction of the rows it was fitted on (1.0 unless
        the corpus was sampled).
    """
    sample, share = _sample(rows, random.Random(seed))
    texts, labels = zip(*sample, strict=True)
    model = make_pipeline(_words(), LogisticRegression(C=10, max_iter=1000))
    try:
        model.fit(texts, labels)
    except ValueError as error:
        if "empty vocabulary" not in str(error):
            raise
        most = max(sorted(set(labels)), key=labels.count)  # texts without any word
        return lambda texts: [most] * len(texts), share
    return lambda texts: model.predict(list(texts)).tolist(), share


def bag_of_words_labels(
    rows: Iterable[tuple[str, Collection[str]]], *, seed: int = 0
) -> tuple[Callable[[Sequence[str]], list[list[str]]], float]:
    """TF-IDF of words and word pairs, and a logistic regression over it for each label.

    Args:
        rows: training texts with their sets of labels, read once.
        seed: as in `bag_of_words`.

    Returns:
        A function from texts to lists of labels, and the fraction of the rows it was fitted on.
    """
    sample, share = _sample(rows, random.Random(seed))
    texts, labels = zip(*sample, strict=True)
    binary = MultiLabelBinarizer()
    targets = binary.fit_transform(labels)
    one = LogisticRegression(C=10, max_iter=1000)
    model = make_pipeline(_words(), OneVsRestClassifier(one))
    with warnings.catch_warnings():  # a label that no row of the sample has, or all have
        warnings.filterwarnings("ignore", "Label .* is present in all training examples")
        try:
            model.fit(texts, targets)
        except ValueError as error:
            if "empty vocabulary" not in str(error):
                raise
            usual = [str(name) for name in binary.classes_[targets.mean(axis=0) >= 0.5]]
            return lambda texts: [usual] * len(texts), share
    return lambda texts: [[*row] for row in binary.inverse_transform(model.predict(texts))], share


def _words() -> TfidfVectorizer:
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")


def _sample(rows: Iterable[tuple[str, L]], rng: random.Random) -> tuple[list[tuple[str, L]], float]:
    """Rows kept with a probability that halves whenever too much text has been kept."""
    kept: list[tuple[str, L]] = []
    probability, characters, count = 1.0, 0, 0
    for text, label in rows:
        count += 1
        if probability < 1.0 and rng.random() >= probability:
            continue
        kept.append((text, label))
        characters += len(text)
        if characters > MAX_CHARACTERS and len(kept) > 1:
            kept = [row for row in kept if rng.random() < 0.5] or kept[:1]
            characters = sum(len(text) for text, _ in kept)
            probability /= 2
    return kept, len(kept) / max(count, 1)
