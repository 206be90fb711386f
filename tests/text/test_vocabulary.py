"""Counting against `collections.Counter` and a hand-written table."""

import random
from collections import Counter

import pytest
import tensorflow as tf

from seqtasks.text import PAD, SPECIALS, UNK, Vocabulary, vocabulary


def fit(text, **options):
    """The tokens kept of a text, split at spaces, a group a line."""
    groups = [[token.encode() for token in line.split(" ")] for line in text.split("\n")]
    return list(Vocabulary.fit(groups, **options).tokens[4:])


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("b a b\nb c c", {"max_size": 9}, ["b", "c", "a"]),
        ("b a b\nb c c", {"max_size": 2}, ["b", "c"]),
        ("b a b\nb c c", {"max_size": 9, "min_count": 2}, ["b", "c"]),
        ("b a b\nb c c", {"max_size": 9, "min_count": 4}, []),
        ("z đ ê a Z 中 👍", {"max_size": 9}, ["Z", "a", "z", "ê", "đ", "中", "👍"]),  # code points
        ("[UNK] [UNK] a [START] [END]  a [PAD]", {"max_size": 2}, ["a", "[PAD]"]),
        ("", {"max_size": 9}, []),
    ],
)
def test_most_frequent_tokens_ties_by_alphabet(text, options, expected):
    assert fit(text, **options) == expected


def test_as_a_counter_and_a_sort_would():
    rng = random.Random(5)
    tokens = [f"w{int(rng.paretovariate(0.7))}" for _ in range(3000)]
    groups = [[token.encode() for token in tokens[i : i + 7]] for i in range(0, len(tokens), 7)]
    by_rank = sorted(Counter(tokens).items(), key=lambda item: (-item[1], item[0]))
    expected = [token for token, count in by_rank if count >= 3][:40]
    answer = Vocabulary.fit(iter(groups), max_size=40, min_count=3)
    assert answer.tokens == (*SPECIALS, *expected)
    assert len(answer) == len(SPECIALS) + len(expected)


def test_ids_and_tokens_there_and_back():
    answer = Vocabulary(["a", "đi"])
    tokens = tf.ragged.constant([["đi", "a"], [], ["gì", "", "[END]"]])
    ids = answer.ids(tokens)
    assert ids.dtype == tf.int32
    assert ids.to_list() == [[5, 4], [], [UNK, PAD, UNK]]  # a literal "[END]" is text
    back = [[token.decode() for token in row] for row in answer.lookup(ids).to_list()]
    assert back == [["đi", "a"], [], ["[UNK]", "", "[UNK]"]]


@pytest.mark.parametrize(
    ("tokens", "named"), [(["a", "b", "a"], "'a'"), (["[UNK]"], r"\[UNK\]"), (["x", ""], "''")]
)
def test_a_token_twice_or_a_special_is_refused(tokens, named):
    with pytest.raises(ValueError, match=f"Received twice: .*{named}"):
        Vocabulary(tokens)


def steady(rng):
    """A few frequent words among ever new ones, from the beginning to the end."""
    return [f"often{i % 5}" if rng.random() < 0.6 else f"new{i}" for i in range(4000)]


def late(rng):
    """A frequent word that only the second half has, as when two corpora stand end to end."""
    return [f"new{i}" for i in range(2000)] + [
        "often" if rng.random() < 0.3 else f"newer{i}" for i in range(2000)
    ]


# A new token starts from 0 while the floor that it must pass keeps rising.
@pytest.mark.parametrize("stream", [steady, late])
def test_forgetting_undercounts_by_a_bounded_share_of_the_stream(monkeypatch, stream):
    """Manku and Motwani's promise: true count - N / MAX_DISTINCT <= count <= true count."""
    monkeypatch.setattr(vocabulary, "MAX_DISTINCT", 20)
    tokens = stream(random.Random(0))
    groups = [[token.encode() for token in tokens[i : i + 5]] for i in range(0, len(tokens), 5)]
    bound = len(tokens) // 20
    kept = set(Vocabulary.fit(groups, max_size=10_000, min_count=bound).tokens[4:])
    counts = Counter(tokens)
    assert {token for token, count in counts.items() if count >= 2 * bound} <= kept
    assert all(counts[token] >= bound for token in kept)
    assert max(counts.values()) >= 2 * bound  # the stream tests something


def test_counts_are_exact_up_to_the_bound_and_bounded_past_it(monkeypatch):
    monkeypatch.setattr(vocabulary, "MAX_DISTINCT", 20)
    assert len(fit(" ".join(map(str, range(20))), max_size=99)) == 20
    assert len(fit(" ".join(map(str, range(21))), max_size=99)) <= 20
