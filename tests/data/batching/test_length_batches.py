"""Batches by what must hold: every row once, its own ids, little padding, order by the seed."""

import itertools
import random

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.data import batch_count, bucket_length, length_batches

# Row i is ("w w w ... i", "i"): text length is skewed as in real corpora, and i names the row.
RNG = random.Random(0)
ROWS = [
    (" ".join(["7"] * min(120, int(RNG.lognormvariate(2.3, 0.8))) + [str(i)]), str(i))
    for i in range(1000)
]
WIDTH = max(len(text.split()) for text, _ in ROWS)


def encode(texts, labels):
    """A number a word, so that what comes out can be told from Python's own `split`."""
    return tf.strings.to_number(tf.strings.split(texts), tf.int32), tf.strings.to_number(labels)


def batches(rows=ROWS, encode=encode, batch_size=32, **options):
    dataset = length_batches(rows, encode, batch_size=batch_size, **options)
    return [[column.numpy() for column in batch] for batch in dataset]


def order(some):
    """Which row stands where, batch by batch."""
    return [labels.astype(int).tolist() for _, labels in some]


@pytest.mark.parametrize(
    ("length", "padded"),
    [
        (0, 4),
        (1, 4),
        (4, 4),
        (5, 8),
        (32, 32),
        (33, 40),
        (64, 64),
        (65, 80),
        (129, 160),
        (513, 640),
    ],
)
def test_bucket_lengths_of_the_docstring(length, padded):
    assert bucket_length(length) == padded


def test_bucket_lengths_are_few_and_waste_little():
    buckets = [bucket_length(length) for length in range(5000)]
    assert all(length <= bucket for length, bucket in enumerate(buckets))
    assert buckets == sorted(buckets)
    assert all(bucket_length(bucket) == bucket for bucket in set(buckets))
    assert all(1 - length / buckets[length] <= 0.25 for length in range(13, 5000))
    for octave in (16, 32, 256, 2048):
        assert len({bucket for bucket in buckets if octave < bucket <= 2 * octave}) == 4


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"shuffle_seed": lambda: 3},
        {"token_budget": 512},
        {"token_budget": 10, "pool_batches": 2},  # less than one long row
        {"batch_size": 7, "pool_batches": 3, "shuffle_seed": lambda: 3},
        {"batch_size": 5000},
    ],
    ids=lambda options: "-".join(options) or "plain",
)
def test_every_row_once_with_its_own_ids_and_zeros_behind(options):
    seen = []
    size, budget = options.get("batch_size", 32), options.get("token_budget")
    for ids, labels in batches(**options):
        assert ids.dtype == np.int32
        lengths = [len(ROWS[int(label)][0].split()) for label in labels]
        assert ids.shape == (len(labels), bucket_length(max(lengths)))
        if budget is None:
            assert len(labels) <= size
        else:
            assert ids.size <= budget or len(labels) == 1
        for row, label, length in zip(ids, labels, lengths, strict=True):
            assert row[:length].tolist() == [int(word) for word in ROWS[int(label)][0].split()]
            assert not row[length:].any()
        seen += labels.astype(int).tolist()
    assert sorted(seen) == list(range(len(ROWS)))


def test_a_budget_is_used_up():
    sizes = [ids.size for ids, _ in batches(token_budget=1024, pool_batches=100)]
    assert np.median(sizes) > 0.8 * 1024


def test_padding_is_small_beside_random_batches():
    words = sum(len(text.split()) for text, _ in ROWS)
    padded = sum(ids.size for ids, _ in batches())
    lengths = [len(text.split()) for text, _ in random.Random(1).sample(ROWS, len(ROWS))]
    at_random = sum(32 * max(lengths[i : i + 32]) for i in range(0, 992, 32))
    assert 1 - words / at_random > 0.5
    assert 1 - words / padded < 0.2


def test_order_hangs_on_the_seed_alone():
    one, again, other = (order(batches(shuffle_seed=lambda s=s: s)) for s in (1, 1, 2))
    assert one == again
    assert sorted(map(sorted, one)) != sorted(map(sorted, other))  # rows are mixed anew
    lengths = [bucket_length(len(ROWS[batch[0]][0].split())) for batch in one]
    assert lengths not in (sorted(lengths), sorted(lengths, reverse=True))  # and batches too


def test_the_seed_is_asked_for_once_a_pass():
    seeds = itertools.count(5)
    dataset = length_batches(ROWS, encode, batch_size=32, shuffle_seed=lambda: next(seeds))
    for seed in (5, 6):
        one_pass = order([[column.numpy() for column in batch] for batch in dataset])
        assert one_pass == order(batches(shuffle_seed=lambda seed=seed: seed))
    assert next(seeds) == 7


def test_without_a_seed_pools_stay_in_the_order_of_the_stream():
    first = order(batches(batch_size=10, pool_batches=5))
    assert first == order(batches(batch_size=10, pool_batches=5))
    pools = [sorted(itertools.chain(*first[i : i + 5])) for i in range(0, len(first), 5)]
    assert pools == [list(range(i, i + 50)) for i in range(0, 1000, 50)]


@pytest.mark.parametrize(
    ("count", "options", "cardinality"),
    [
        (64, {"row_count": 64}, 2),
        (65, {"row_count": 65}, 3),
        (65, {}, 3),  # counted
        (65, {"token_budget": 100}, tf.data.UNKNOWN_CARDINALITY),
        (65, {"row_count": 65, "token_budget": 100}, tf.data.UNKNOWN_CARDINALITY),
    ],
)
def test_cardinality_where_it_can_be_known(count, options, cardinality):
    dataset = length_batches(ROWS[:count], encode, batch_size=32, **options)
    assert dataset.cardinality() == cardinality
    assert batch_count(dataset) == len(list(dataset))
    if cardinality > 0:
        assert len(list(dataset)) == cardinality


def test_a_row_is_as_long_as_its_longest_ragged_column():
    def three_ragged(texts, labels):
        ids, numbers = encode(texts, labels)
        return ids[:, -1:], numbers, ids, ids[:, :1]

    for short, labels, long, other in batches(ROWS[:50], three_ragged, batch_size=8):
        lengths = [len(ROWS[int(label)][0].split()) for label in labels]
        assert (
            short.shape == long.shape == other.shape == (len(labels), bucket_length(max(lengths)))
        )
        assert short[:, 0].tolist() == labels.astype(int).tolist()
        assert not short[:, 1:].any()


def test_texts_without_tokens_still_have_a_step():
    ((ids, labels),) = batches([("", "0"), ("", "1")])
    assert ids.tolist() == [[0] * 4] * 2
    assert sorted(labels) == [0, 1]
