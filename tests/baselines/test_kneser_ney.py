"""Kneser-Ney against a slow implementation with dictionaries, after the paper's equations."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from seqtasks.baselines import kneser_ney, ngram_perplexities


class Slow:
    """Interpolated modified Kneser-Ney (Chen and Goodman 1999), one probability at a time."""

    def __init__(self, train, vocabulary, order):
        self.vocabulary, self.order = vocabulary, order
        grams = {
            n: Counter(tuple(train[i : i + n]) for i in range(len(train) - n + 1))
            for n in range(1, order + 1)
        }
        self.counts = {order: grams[order]}
        for n in range(1, order):  # how many different tokens precede each n-gram
            before = defaultdict(set)
            for gram in grams[n + 1]:
                before[gram[1:]].add(gram[0])
            self.counts[n] = Counter({gram: len(tokens) for gram, tokens in before.items()})

    def discount(self, n, count):
        have = Counter(self.counts[n].values())
        n1, n2, n3, n4 = (have[c] for c in (1, 2, 3, 4))
        if count == 0:
            return 0.0
        if not n1:
            return 0.5
        y = n1 / (n1 + 2 * n2)
        if count == 1:
            value = 1 - 2 * y * n2 / n1
        elif count == 2:
            value = 2 - 3 * y * n3 / n2 if n2 else 1
        else:
            value = 3 - 4 * y * n4 / n3 if n3 else 1
        return min(max(value, 0.05), min(count, 3))

    def probability(self, context, token):
        context = tuple(context)
        n = len(context) + 1
        lower = 1 / self.vocabulary if n == 1 else self.probability(context[1:], token)
        followers = {g: c for g, c in self.counts[n].items() if g[:-1] == context and c}
        total = sum(followers.values())
        if not total:
            return lower
        count = followers.get((*context, token), 0)
        freed = sum(self.discount(n, c) for c in followers.values())
        return (count - self.discount(n, count) + freed * lower) / total


@pytest.mark.parametrize("seed", range(3))
def test_equals_the_slow_one(seed):
    rng = np.random.default_rng(seed)
    steps = rng.integers(-1, 3, size=260)
    text = np.cumsum(steps) % 6  # some structure
    train, test = text[:200], text[200:]
    found = kneser_ney(train, test, 7, orders=4)
    assert [len(x) for x in found] == [60] * 4
    for order, surprises in enumerate(found, start=1):
        slow = Slow(train.tolist(), 7, order)
        for place in range(order - 1, 60):
            context = test[place - order + 1 : place].tolist()
            expected = -np.log(slow.probability(context, int(test[place])))
            assert surprises[place] == pytest.approx(expected, abs=1e-9), (order, place)


@pytest.mark.parametrize("context", [(0, 1, 2), (4, 4, 4)])
def test_probabilities_sum_to_one(context):
    train = np.random.default_rng(0).integers(0, 4, 500)  # 4 never occurs
    for order in range(4):
        every = [kneser_ney(train, np.array([*context, w]), 5, 4)[order][-1] for w in range(5)]
        assert np.exp(-np.array(every)).sum() == pytest.approx(1)


def test_longer_contexts_help_where_there_is_structure():
    text = np.array([0, 1, 0, 2] * 300)
    means = [x.mean() for x in kneser_ney(text[:800], text[800:], 3, orders=3)]
    assert means[0] > 0.9 and means[2] < 0.05


def test_one_token_repeated():
    for surprise in kneser_ney(np.zeros(50, int), np.zeros(5, int), 2):
        assert np.isfinite(surprise).all() and surprise.max() < 1


def test_perplexities_leave_out_what_is_not_counted():
    rng = np.random.default_rng(1)
    train, test = rng.integers(0, 6, 500), rng.integers(0, 6, 80)
    surprises = kneser_ney(train, test, 6)
    found = ngram_perplexities(train, test, 6, uncounted=(2, 3))
    kept = (test != 2) & (test != 3)
    assert list(found) == [f"{n}-gram" for n in range(1, 6)]
    for surprise, perplexity in zip(surprises, found.values(), strict=True):
        assert perplexity == pytest.approx(np.exp(surprise[kept].mean()))
