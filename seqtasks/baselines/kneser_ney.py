"""Markov models of text: n-grams with modified Kneser-Ney smoothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class _Counts(NamedTuple):
    """Counts of the n-grams of one length, by their number.

    Attributes:
        counts: of each n-gram.
        suffixes: the number of each n-gram without its first token.
        contexts: the number of each n-gram without its last token.
    """

    counts: np.ndarray
    suffixes: np.ndarray
    contexts: np.ndarray


def kneser_ney(
    train: np.ndarray, test: np.ndarray, vocabulary_size: int, orders: int = 5
) -> list[np.ndarray]:
    """The surprise of each token of `test` under the n-grams of `train`, n = 1 ... `orders`.

        p(w | h) = (c(h w) - D)+ / c(h) + γ(h) p(w | h without its first token)

    with a discount D that depends on the count (1, 2, more) and, below the highest order, counts of
    the different tokens that precede an n-gram instead of its occurrences.

    Args:
        train: ids `[n]`.
        test: ids `[m]`; the first has no context, as everything before it is unknown.
        vocabulary_size: ids are smaller; the model below the unigrams gives each the same share.
        orders: the longest n-grams.

    Returns:
        For each order the surprise -log p (in nats) of each token of `test`, float64 `[m]`.

    Reference:
        Chen and Goodman, An empirical study of smoothing techniques for language modeling, 1999,
        equations 26 to 29 (modified Kneser-Ney, interpolated).
    """
    ids = np.concatenate([train, test]).astype(np.int64)
    tables: list[_Counts] = []
    numbers = [np.zeros(len(ids), np.int64)]  # of the n-gram that ends at each place, by length
    for n in range(1, orders + 1):
        before = np.concatenate([[0], numbers[-1][:-1]])
        before[len(train)] = 0  # no context reaches from test into train
        pairs, these = np.unique(before * vocabulary_size + ids, return_inverse=True)
        counts = np.bincount(these[n - 1 : len(train)], minlength=len(pairs))
        suffixes = np.zeros(len(pairs), np.int64)
        suffixes[these] = numbers[-1]
        tables.append(_Counts(counts, suffixes, pairs // vocabulary_size))
        numbers.append(these)
    rows = [number[len(train) :] for number in numbers]
    probabilities = np.full(len(test), 1 / vocabulary_size)
    surprises = []
    for n, table in enumerate(tables, start=1):
        surprises.append(-np.log(_smoothed(table, table.counts, rows[n], probabilities)))
        if n < orders:  # what the next order falls back on
            seen = tables[n].counts > 0
            different = np.bincount(tables[n].suffixes[seen], minlength=len(table.counts))
            probabilities = _smoothed(table, different, rows[n], probabilities)
    return surprises


def ngram_perplexities(
    train: np.ndarray, test: np.ndarray, vocabulary_size: int, uncounted: Sequence[int] = ()
) -> dict[str, float]:
    """Perplexity of `test` under n-grams of each order: "1-gram" to "5-gram".

    Args:
        train: as in `kneser_ney`.
        test: as in `kneser_ney`.
        vocabulary_size: as in `kneser_ney`.
        uncounted: ids that are read, but whose surprise is left out.
    """
    counted = ~np.isin(test, uncounted)
    surprises = kneser_ney(train, test, vocabulary_size)
    return {
        f"{n}-gram": math.exp(surprise[counted].mean()) for n, surprise in enumerate(surprises, 1)
    }


def _smoothed(
    table: _Counts, counts: np.ndarray, wanted: np.ndarray, lower: np.ndarray
) -> np.ndarray:
    """Probabilities of the n-grams numbered `wanted`, given those of one token less."""
    discounts = _discounts(counts)[np.minimum(counts, 3)]
    totals = np.bincount(table.contexts, counts)
    freed = np.bincount(table.contexts, discounts)
    contexts = table.contexts[wanted]
    total = totals[contexts]
    with np.errstate(divide="ignore", invalid="ignore"):
        own = (counts - discounts)[wanted] / total
        rest = freed[contexts] / total
    known = total > 0
    return np.where(known, own + rest * lower, lower)


def _discounts(counts: np.ndarray) -> np.ndarray:
    """What is taken off counts of 0, 1, 2 and 3 or more, float64 `[4]`."""
    n1, n2, n3, n4 = (np.count_nonzero(counts == c) for c in (1, 2, 3, 4))
    if not n1:  # nothing is rare: keep a little for what was never seen
        return np.array([0, 0.5, 0.5, 0.5])
    y = n1 / (n1 + 2 * n2)
    d1 = 1 - 2 * y * n2 / n1
    d2 = 2 - 3 * y * n3 / n2 if n2 else 1
    d3 = 3 - 4 * y * n4 / n3 if n3 else 1
    return np.array([0.0, *(np.clip(d, 0.05, c) for c, d in enumerate((d1, d2, d3), start=1))])
