"""Greedy decoding and sampling over fake steps whose answers are known."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.decoding import Rules, filtered_logits, greedy, sample

WORD = [7, 4, 9, 9, 5]  # then the end, 3
FREE = Rules(end=None, banned=())


def spell(ids, state):
    """Spells WORD and the end, row n from its n-th letter on; the state counts letters."""
    table = np.full((8, 12), -5.0, "float32")
    for place, letter in enumerate([*WORD, 3, 3, 3]):
        table[place, letter] = 5.0
    place = keras.ops.minimum(state["place"], 7)
    return keras.ops.take(table, place, axis=0), {"place": state["place"] + 1}


def constant(logits):
    """A step that always gives the same logits, whatever came before."""
    return lambda ids, state: (
        keras.ops.zeros((keras.ops.shape(ids)[0], 1)) + keras.ops.convert_to_tensor(logits),
        state,
    )


def places(*starts):
    return {"place": np.array(starts, "int32")}


def test_greedy_spells_the_word_and_stops():
    found = greedy(spell, places(0, 2, 5), np.array([2, 2, 2]), length=8)
    expected = [[*WORD, 3, 0, 0], [9, 9, 5, 3, 0, 0, 0, 0], [3, 0, 0, 0, 0, 0, 0, 0]]
    np.testing.assert_array_equal(found, expected)


def test_a_row_ends_at_its_limit_and_alone_as_in_a_batch():
    found = greedy(spell, places(0, 0), np.array([2, 2]), length=8, limits=np.array([3, 8]))
    np.testing.assert_array_equal(found, [[7, 4, 3, 0, 0, 0, 0, 0], [*WORD, 3, 0, 0]])
    alone = greedy(spell, places(0), np.array([2]), length=8)
    np.testing.assert_array_equal(alone[0], found[1])


def test_one_graph_for_all_batches_lengths_and_settings():
    @tf.function(
        input_signature=[
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([], tf.int32),
            tf.TensorSpec([], tf.float32),
        ]
    )
    def decode(place, length, temperature):
        start = tf.zeros_like(place)
        return sample(spell, {"place": place}, start, length=length, temperature=temperature)

    for temperature in (0.0, 0.5):
        found = decode(np.array([0, 2], "int32"), 7, temperature)
        np.testing.assert_array_equal(found[0], [*WORD, 3, 0])
    assert decode(np.array([5, 5, 5], "int32"), 4, 1.0).shape == (3, 4)
    assert decode(np.zeros([0], "int32"), 4, 1.0).shape == (0, 4)


def test_banned_ids_minimum_length_and_no_end():
    best_is_pad = constant(np.array([9.0, 8, 7, 6, 5, 4], "float32"))
    state, start = places(0), np.array([2])
    np.testing.assert_array_equal(
        greedy(best_is_pad, state, start, length=4, rules=Rules(minimum_length=2)), [[4, 4, 3, 0]]
    )
    np.testing.assert_array_equal(
        greedy(best_is_pad, state, start, length=3, rules=Rules(banned=(0, 1))), [[2, 2, 3]]
    )
    np.testing.assert_array_equal(
        greedy(best_is_pad, state, start, length=3, rules=FREE), [[0, 0, 0]]
    )


@pytest.mark.parametrize("size, length", [(1, 3), (2, 6), (3, 9)])
def test_no_ngram_comes_twice(size, length):
    rules = Rules(end=None, banned=(), no_repeat_ngram=size)
    step = constant(np.array([3.0, 2, 1], "float32"))
    found = greedy(step, places(0), np.array([2]), length=length, rules=rules)[0]
    # Greedy with these scores takes the smallest id that makes no n-gram anew, until none is left.
    expected = []
    for _ in range(length):
        seen = {tuple(expected[i : i + size]) for i in range(len(expected) - size + 1)}
        last = expected[len(expected) - size + 1 :] if size > 1 else []
        expected.append(next(x for x in range(3) if (*last, x) not in seen))
    np.testing.assert_array_equal(found, expected)


def test_refuses_rules_that_contradict_themselves():
    with pytest.raises(ValueError, match=r"expected an `end`.*received end=2"):
        Rules(end=2)
    with pytest.raises(ValueError, match="expected minimum_length to be 0 or more, received -1"):
        Rules(minimum_length=-1)


def kept(logits, **options):
    found = np.array(filtered_logits(np.array([logits], "float32"), **options))[0]
    return np.flatnonzero(np.isfinite(found)).tolist()


LOGITS = np.log([0.1, 0.4, 0.05, 0.3, 0.15])


@pytest.mark.parametrize(
    "options, expected",
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"top_k": 2}, [1, 3]),
        ({"top_k": 9}, [0, 1, 2, 3, 4]),
        ({"top_p": 0.39}, [1]),
        ({"top_p": 0.41}, [1, 3]),
        ({"top_p": 0.71}, [1, 3, 4]),
        ({"top_p": 0.0}, [1]),
        ({"top_k": 2, "top_p": 0.58}, [1, 3]),  # of 0.4 and 0.3, 0.4 is 0.571
        ({"top_k": 2, "top_p": 0.56}, [1]),
        ({"temperature": 0.5, "top_p": 0.56}, [1]),  # squares: 0.16 of 0.285 is 0.561
        ({"temperature": 0.5, "top_p": 0.57}, [1, 3]),
        ({"temperature": 0.0}, [1]),
    ],
)
def test_what_the_filters_keep(options, expected):
    assert kept(LOGITS, **options) == expected


def test_filters_keep_logits_break_ties_by_order_and_take_a_setting_a_row():
    assert kept([1.0, 2, 2, 2], top_k=2) == [1, 2]
    assert kept([1.0, 2, 2, 2], temperature=0.0) == [1]
    rows = np.array([LOGITS, LOGITS, LOGITS], "float32")
    found = np.array(
        filtered_logits(rows, np.array([2.0, 1.0, 0.0]), np.array([0, 2, 0]), np.array([1, 1, 1]))
    )
    np.testing.assert_allclose(found[0], LOGITS / 2, rtol=1e-6)
    np.testing.assert_allclose(found[1][[1, 3]], LOGITS[[1, 3]], rtol=1e-6)
    assert np.isfinite(found).sum(axis=1).tolist() == [5, 2, 1]
    banned = np.array([[-np.inf, 1.0, -np.inf]], "float32")
    assert np.isfinite(np.array(filtered_logits(banned, 0.7, 3, 0.9))).tolist() == [[False, 1, 0]]


def draws(seed, rows=4000, **options):
    return np.array(
        sample(
            constant(LOGITS.astype("float32")),
            {"place": np.zeros(rows, "int32")},
            np.zeros(rows, "int32"),
            length=5,
            seed=seed,
            rules=FREE,
            **options,
        )
    )


def test_draws_by_probability_and_the_seed_decides():
    found = draws(1)
    shares = np.bincount(found.ravel(), minlength=5) / found.size
    np.testing.assert_allclose(shares, np.exp(LOGITS), atol=0.012)  # 3.5 deviations of 0.4
    for step in range(5):  # at each step, and whatever came before
        share = np.bincount(found[:, step], minlength=5) / len(found)
        np.testing.assert_allclose(share, np.exp(LOGITS), atol=0.03)
    pairs = np.bincount(found[:, 0] * 5 + found[:, 1], minlength=25) / len(found)
    np.testing.assert_allclose(pairs, np.outer(np.exp(LOGITS), np.exp(LOGITS)).ravel(), atol=0.025)
    np.testing.assert_array_equal(found, draws(1))
    assert (draws(2) != found).mean() > 0.5
    np.testing.assert_array_equal(draws(1, temperature=0.0), np.ones_like(found))
    assert set(np.unique(draws(3, top_k=2))) == {1, 3}
    few = draws(1, rows=7)
    np.testing.assert_array_equal(few, found[:7])  # a row does not know how many stand below it
