"""A bag of words: TF-IDF and logistic regression."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

# More training text than this is sampled down, so memory does not grow with the corpus.
MAX_CHARACTERS = 10_000_000


def bag_of_words(
    rows: Iterable[tuple[str, ...]], *, seed: int = 0
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
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b"),
        LogisticRegression(C=10, max_iter=1000),
    )
    try:
        model.fit(texts, labels)
    except ValueError as error:
        if "empty vocabulary" not in str(error):
            raise
        most = max(sorted(set(labels)), key=labels.count)  # texts without any word
        return lambda texts: [most] * len(texts), share
    return lambda texts: model.predict(list(texts)).tolist(), share


def _sample(
    rows: Iterable[tuple[str, ...]], rng: random.Random
) -> tuple[list[tuple[str, str]], float]:
    """Rows kept with a probability that halves whenever too much text has been kept."""
    kept: list[tuple[str, str]] = []
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
