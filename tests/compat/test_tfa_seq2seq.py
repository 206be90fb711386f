"""`seqtasks.compat.tfa.seq2seq` against loops over the definitions, and documented examples."""

import keras
import numpy as np
import pytest
from keras import ops

from seqtasks.compat import tfa
from seqtasks.compat.tfa import seq2seq

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(2, 3, 4)).astype("float32")
TARGETS = np.array([[1, 3, 0], [2, 2, 1]])
WEIGHTS = np.array([[1.0, 0.5, 0.0], [2.0, 0.0, 0.0]], "float32")


def close(found, wanted):
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, atol=1e-5, rtol=1e-5)


def losses():
    """Weighted cross-entropy of each step, one by one."""
    found = np.zeros((2, 3))
    for row in range(2):
        for step in range(3):
            logits = LOGITS[row, step].astype("float64")
            log_p = logits - np.log(np.exp(logits).sum())
            found[row, step] = -log_p[TARGETS[row, step]] * WEIGHTS[row, step]
    return found


KINDS = {
    "none": ({}, lambda loss, w, n: loss),
    "average time": (
        {"average_across_timesteps": True},
        lambda loss, w, n: loss.sum(1) / w.sum(1),
    ),
    "average batch": (
        {"average_across_batch": True},
        lambda loss, w, n: [loss[:, 0].sum() / 3, loss[:, 1].sum() / 0.5, 0.0],
    ),
    "average both": (
        {"average_across_timesteps": True, "average_across_batch": True},
        lambda loss, w, n: loss.sum() / 3.5,
    ),
    "sum time": ({"sum_over_timesteps": True}, lambda loss, w, n: loss.sum(1) / [2, 1]),
    "sum batch": (
        {"sum_over_batch": True},
        lambda loss, w, n: [loss[:, 0].sum() / 2, loss[:, 1].sum() / 1, 0.0],
    ),
    "sum both": (
        {"sum_over_timesteps": True, "sum_over_batch": True},
        lambda loss, w, n: loss.sum() / 3,
    ),
}
NOTHING = dict.fromkeys(
    (
        "average_across_timesteps",
        "average_across_batch",
        "sum_over_timesteps",
        "sum_over_batch",
    ),
    False,
)


@pytest.mark.parametrize("kind", KINDS)
def test_sequence_loss(kind):
    options, wanted = KINDS[kind]
    wanted = wanted(losses(), WEIGHTS, WEIGHTS != 0)
    options = {**NOTHING, **options}
    close(seq2seq.sequence_loss(LOGITS, TARGETS, WEIGHTS, **options), wanted)
    one_hot = np.eye(4, dtype="float32")[TARGETS]
    close(seq2seq.sequence_loss(LOGITS, one_hot, WEIGHTS, **options), wanted)
    close(seq2seq.SequenceLoss(**options)(TARGETS, LOGITS, sample_weight=WEIGHTS), wanted)

    def mine(labels, logits):
        return ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)

    close(
        seq2seq.sequence_loss(LOGITS, TARGETS, WEIGHTS, softmax_loss_function=mine, **options),
        wanted,
    )


def test_defaults_of_function_and_class():
    close(seq2seq.sequence_loss(LOGITS, TARGETS, WEIGHTS), losses().sum() / 3.5)
    close(seq2seq.SequenceLoss()(TARGETS, LOGITS, WEIGHTS), losses().sum() / 3)
    close(seq2seq.sequence_loss(LOGITS, TARGETS, np.zeros((2, 3))), 0.0)
    loss = seq2seq.SequenceLoss(sum_over_batch=False)
    twin = keras.losses.deserialize(keras.losses.serialize(loss))
    assert twin.get_config() == loss.get_config()
    close(twin(TARGETS, LOGITS, WEIGHTS), losses().sum(1) / [2, 1])


def test_the_loss_trains_a_model():
    model = keras.Sequential([keras.layers.Dense(4)])
    model.compile("adam", seq2seq.SequenceLoss())
    x = RNG.normal(size=(2, 3, 5)).astype("float32")
    history = model.fit(x, TARGETS, epochs=2, verbose=0, shuffle=False).history["loss"]
    assert history[1] < history[0]


def test_gather_tree_of_the_documentation():
    """One row, three beams; after the third step all is the end."""
    steps = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9], [-1, -1, -1]])[:, None]
    parents = np.array([[0, 0, 0], [0, 1, 1], [2, 1, 2], [-1, -1, -1]])[:, None]
    found = seq2seq.gather_tree(steps, parents, np.array([3]), 10)
    wanted = [[2, 2, 2], [6, 5, 6], [7, 8, 9], [10, 10, 10]]
    np.testing.assert_array_equal(ops.convert_to_numpy(found)[:, 0], wanted)


TIME, BATCH, BEAMS, END = 6, 3, 4, 9
STEPS = RNG.integers(1, 10, (TIME, BATCH, BEAMS))
PARENTS = RNG.integers(0, BEAMS, (TIME, BATCH, BEAMS))


def test_gather_tree_follows_parents():
    lengths = np.array([6, 4, 1])
    wanted = np.full(STEPS.shape, END)
    for row in range(BATCH):
        for beam in range(BEAMS):
            at = beam
            for t in range(lengths[row] - 1, -1, -1):
                wanted[t, row, beam] = STEPS[t, row, at]
                at = PARENTS[t, row, at]
            ends = np.flatnonzero(wanted[:, row, beam] == END)
            if len(ends):
                wanted[ends[0] :, row, beam] = END
    assert (wanted[:-1] == END).any()
    found = seq2seq.gather_tree(STEPS, PARENTS, lengths, END)
    np.testing.assert_array_equal(ops.convert_to_numpy(found), wanted)


@pytest.mark.parametrize("flat", [False, True])
def test_gather_tree_from_array_follows_parents(flat):
    values = RNG.normal(size=(TIME, BATCH, BEAMS, 2)).astype("float32")
    lengths = RNG.integers(1, TIME + 1, (BATCH, BEAMS))
    wanted = values.copy()
    for row in range(BATCH):
        for beam in range(BEAMS):
            at = beam
            for t in range(lengths[row].max() - 1, -1, -1):
                if t < lengths[row, beam]:
                    wanted[t, row, beam] = values[t, row, at]
                at = PARENTS[t, row, at]
    given = values.reshape(TIME, BATCH * BEAMS, 2) if flat else values
    found = seq2seq.gather_tree_from_array(given, PARENTS, lengths)
    np.testing.assert_array_equal(ops.convert_to_numpy(found), wanted.reshape(given.shape))


def test_tile_batch():
    tiled = seq2seq.tile_batch({"a": np.array([1, 2]), "b": [np.array([[3], [4]])]}, 2)
    np.testing.assert_array_equal(ops.convert_to_numpy(tiled["a"]), [1, 1, 2, 2])
    np.testing.assert_array_equal(ops.convert_to_numpy(tiled["b"][0]), [[3], [3], [4], [4]])


def test_hardmax():
    found = seq2seq.hardmax(np.array([[1.0, 3.0, 2.0], [5.0, 5.0, 0.0]], "float32"))
    np.testing.assert_array_equal(ops.convert_to_numpy(found), [[0, 1, 0], [1, 0, 0]])


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
def test_safe_cumprod(exclusive, reverse):
    x = np.array([[0.5, 0.2, 1.0, 0.4], [0.9, 0.0, 0.3, 1.0]], "float32")
    wanted = np.zeros_like(x)
    for row in range(2):
        for place in range(4):
            others = range(place, 4) if reverse else range(place + 1)
            parts = [x[row, k] for k in others if not (exclusive and k == place)]
            wanted[row, place] = np.prod(parts)
    close(seq2seq.safe_cumprod(x, axis=1, exclusive=exclusive, reverse=reverse), wanted)
    found = ops.convert_to_numpy(seq2seq.safe_cumprod(x))  # tf.cumsum's default axis
    np.testing.assert_allclose(found, x.cumprod(0), atol=1e-6)


def by_the_sum(p, before):
    """α_j = p_j Σ_{k<=j} α'_k Π_{k<=l<j} (1 - p_l), term by term."""
    found = np.zeros(p.shape)
    for row in range(len(p)):
        for j in range(p.shape[1]):
            terms = [before[row, k] * np.prod(1 - p[row, k:j]) for k in range(j + 1)]
            found[row, j] = p[row, j] * sum(terms)
    return found


def test_monotonic_attention():
    p = RNG.uniform(0.1, 0.9, (3, 7)).astype("float32")
    before = RNG.dirichlet(np.ones(7), 3).astype("float32")
    for mode in ("recursive", "parallel"):
        close(seq2seq.monotonic_attention(p, before, mode), by_the_sum(p, before))
    hard = (p > 0.5).astype("float32")
    one = np.eye(7, dtype="float32")[[0, 2, 6]]
    close(seq2seq.monotonic_attention(hard, one, "hard"), by_the_sum(hard, one))
    close(seq2seq.monotonic_attention(hard, one, "recursive"), by_the_sum(hard, one))


def test_misuse_is_said():
    with pytest.raises(ValueError, match=r"average_across_\* or sum_over_\*, received both"):
        seq2seq.sequence_loss(LOGITS, TARGETS, WEIGHTS, sum_over_batch=True)
    with pytest.raises(ValueError, match=r"received both"):
        seq2seq.SequenceLoss(average_across_batch=True)
    with pytest.raises(ValueError, match=r"expected `logits` of rank 3"):
        seq2seq.sequence_loss(LOGITS[0], TARGETS, WEIGHTS)
    with pytest.raises(ValueError, match=r"'recursive', 'parallel' or 'hard', received 'soft'"):
        tfa.seq2seq.monotonic_attention(LOGITS[0], LOGITS[0], "soft")
