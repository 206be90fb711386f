"""Beam search against enumeration, against greedy, and over fake steps."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.decoding import Rules, beam_search, coverage_penalty, greedy

# The toy: symbols 0, 1, 2 and the end, 3; five steps; the state remembers all that was read.
SYMBOLS, LENGTH, END = 4, 5, 3
RULES = Rules(banned=())
TABLE = np.random.default_rng(3).normal(size=(3, SYMBOLS, SYMBOLS)).astype("float32") * 1.5


def step(ids, state):
    row = keras.ops.take(keras.ops.convert_to_tensor(TABLE), state["table"], axis=0)
    fed = keras.ops.take_along_axis(row, ids[:, None, None], axis=1)[:, 0]
    memory = 0.6 * state["memory"] + fed
    return memory, {"table": state["table"], "memory": memory}


def start_state(rows=3):
    return {"table": np.arange(rows, dtype="int32"), "memory": np.zeros((rows, SYMBOLS), "float32")}


START = np.zeros(3, "int32")


def log_softmax(x):
    return x - np.log(np.exp(x - x.max()).sum()) - x.max()


def enumerate_all(table, rules=RULES, limit=LENGTH):
    """Every sequence that ends within the limit, with its log-probability."""
    found = {}
    for length in range(limit):
        for body in itertools.product(range(END), repeat=length):
            sequence, memory, total, fed = (*body, END), np.zeros(SYMBOLS), 0.0, 0
            for symbol in sequence:
                memory = 0.6 * memory + TABLE[table, fed]
                total += log_softmax(memory)[symbol]
                fed = symbol
            size = rules.no_repeat_ngram
            grams = [sequence[i : i + size] for i in range(length + 2 - size)] if size else []
            good = len(set(grams)) == len(grams) and not set(body) & set(rules.banned)
            if good and (length >= rules.minimum_length or length + 1 == limit):
                found[sequence] = total
    return found


def best(found, alpha, n):
    scores = {y: p / ((5 + len(y)) / 6) ** alpha for y, p in found.items()}
    order = sorted(scores, key=scores.get, reverse=True)[:n]
    return [(*y, *[0] * (LENGTH - len(y))) for y in order], [scores[y] for y in order]


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0, 2.5])
@pytest.mark.parametrize(
    "rules",
    [RULES, Rules(banned=(1,)), Rules(banned=(), minimum_length=2, no_repeat_ngram=2)],
    ids=["plain", "banned", "minimum and n-grams"],
)
def test_a_wide_beam_finds_what_enumeration_finds(alpha, rules):
    found = beam_search(
        step,
        start_state(),
        START,
        length=LENGTH,
        beams=130,  # more than all 121 sequences: nothing is ever cut
        n_best=10,
        length_penalty=alpha,
        rules=rules,
    )
    for row in range(3):
        ids, scores = best(enumerate_all(row, rules), alpha, 10)
        np.testing.assert_array_equal(found.ids[row], ids)
        np.testing.assert_allclose(found.scores[row], scores, atol=1e-5)


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_one_beam_is_greedy(alpha):
    for limits in (None, np.array([1, 3, 5])):
        found = beam_search(
            step,
            start_state(),
            START,
            length=LENGTH,
            beams=1,
            length_penalty=alpha,
            limits=limits,
            rules=RULES,
        )
        expected = greedy(step, start_state(), START, length=LENGTH, limits=limits, rules=RULES)
        np.testing.assert_array_equal(found.ids[:, 0], expected)


@pytest.mark.parametrize("beams", [2, 3, 7])
def test_the_n_best_are_sorted_different_and_what_they_claim(beams):
    found = beam_search(
        step, start_state(), START, length=LENGTH, beams=beams, n_best=beams, rules=RULES
    )
    for row in range(3):
        ids, scores = np.array(found.ids[row]), np.array(found.scores[row])
        assert (np.diff(scores) <= 0).all()
        assert len({tuple(y) for y in ids}) == beams
        everything = enumerate_all(row)
        for y, p, score in zip(ids, np.array(found.log_probabilities[row]), scores, strict=True):
            sequence = tuple(y[: list(y).index(END) + 1])
            assert p == pytest.approx(everything[sequence], abs=1e-5)
            assert score == pytest.approx(p / ((5 + len(sequence)) / 6), abs=1e-5)


def test_the_batch_changes_nothing():
    options = {"length": LENGTH, "beams": 3, "n_best": 3, "rules": RULES}
    limits = np.array([5, 2, 4])
    together = beam_search(step, start_state(), START, limits=limits, **options)
    for row in range(3):
        state = {name: value[row : row + 1] for name, value in start_state().items()}
        alone = beam_search(step, state, START[:1], limits=limits[row : row + 1], **options)
        for a, b in zip(together, alone, strict=True):
            np.testing.assert_allclose(a[row], b[0], atol=1e-6)
        expected = best(enumerate_all(row, limit=limits[row]), 1.0, 1)[1][0]
        assert float(together.scores[row, 0]) <= expected + 1e-5
    nothing = beam_search(step, {k: v[:0] for k, v in start_state().items()}, START[:0], **options)
    assert nothing.ids.shape == (0, 3, LENGTH)


def test_fewer_sequences_than_wanted_leave_empty_places():
    found = beam_search(
        step, start_state(), START, length=2, beams=8, n_best=8, rules=Rules(banned=(0, 1))
    )
    assert np.isfinite(np.array(found.scores)).sum(axis=1).tolist() == [2, 2, 2]  # 3; 2 3
    assert not np.array(found.ids)[:, 2:].any()


def test_stops_when_nothing_can_win_any_more():
    """A step that is sure at once: the loop must not run to the full length."""
    steps = []

    def sure(ids, state):
        steps.append(1)
        logits = np.full((1, 6), -30.0, "float32")
        logits[0, 3] = 30.0
        return keras.ops.zeros_like(ids)[:, None] + logits, state

    found = beam_search(sure, {"x": np.zeros((1, 1))}, np.array([2]), length=50, beams=4)
    assert len(steps) == 1 and found.ids[0, 0, 0] == 3


def test_spells_a_word_in_one_graph_for_all_batches():
    word = [7, 4, 9, 9, 5, 3]

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32), tf.TensorSpec([], tf.int32)])
    def decode(place, length):
        def spell(ids, place):
            letter = tf.gather(tf.constant([*word, 3, 3, 3]), tf.minimum(place, 6))
            return 10 * tf.one_hot(letter, 12), place + 1

        return beam_search(spell, place, tf.zeros_like(place), length=length, beams=3, n_best=2)

    for start in ([0], [0, 2, 5], []):
        found = decode(np.array(start, "int32"), 9)
        assert found.ids.shape == (len(start), 2, 9)
        for row, place in enumerate(start):
            expected = [*word[place:], *[0] * (9 - len(word[place:]))]
            np.testing.assert_array_equal(found.ids[row, 0], expected)


def test_a_penalty_is_added_when_a_sequence_ends():
    """Each symbol covers its own place; the penalty wants all of 0, 1, 2 seen."""

    def covering(ids, state):
        logits, inner = step(ids, state["inner"])
        return logits, {"inner": inner, "seen": state["seen"] + keras.ops.one_hot(ids, SYMBOLS)}

    def penalty(state):
        return 0.5 * coverage_penalty(state["seen"][:, :END])

    state = {"inner": start_state(), "seen": np.zeros((3, SYMBOLS), "float32")}
    found = beam_search(
        covering, state, START, length=LENGTH, beams=130, n_best=5, rules=RULES, penalty=penalty
    )
    for row in range(3):
        scores = {}
        for y, p in enumerate_all(row).items():
            seen = {0, *y[:-1]}  # the start, 0, was read too
            scores[y] = p / ((5 + len(y)) / 6) + 0.5 * np.log(1e-6) * (3 - len(seen))
        expected = sorted(scores.values(), reverse=True)[:5]
        np.testing.assert_allclose(found.scores[row], expected, atol=1e-5)


def test_coverage_is_counted_on_real_steps_only():
    coverage = np.array([[0.5, 2.0, 0.0], [1.0, 0.25, 0.1]], "float32")
    mask = np.array([[True, True, False], [True, True, True]])
    np.testing.assert_allclose(
        coverage_penalty(coverage, mask), [np.log(0.5), np.log(0.25) + np.log(0.1)], rtol=1e-5
    )


def test_refuses_what_cannot_be_searched():
    common = {"length": 3, "rules": RULES}
    with pytest.raises(ValueError, match=r"expected 1 <= n_best <= beams, received n_best=3"):
        beam_search(step, start_state(), START, beams=2, n_best=3, **common)
    with pytest.raises(ValueError, match=r"expected length_penalty >= 0 .* received"):
        beam_search(step, start_state(), START, length_penalty=-1.0, **common)
    with pytest.raises(ValueError, match=r"rules with an end, received .*end=None"):
        beam_search(step, start_state(), START, length=3, rules=Rules(end=None))


def test_as_many_go_on_however_many_end():
    """After [end: 0.4, 1: 0.35, 2: 0.25], the way over 2 is sure and that over 1 is not."""
    table = np.log(np.full((4, 4), 0.25, "float32"))
    table[0] = np.log([1e-9, 0.35, 0.25, 0.4])
    table[2] = np.log([1e-9, 1e-9, 1e-9, 1.0])

    def chain(ids, state):
        return keras.ops.take(table, ids, axis=0), state

    found = beam_search(
        chain, START[:1], START[:1], length=3, beams=2, n_best=2, length_penalty=0.0, rules=RULES
    )
    np.testing.assert_array_equal(found.ids[0], [[3, 0, 0], [2, 3, 0]])
