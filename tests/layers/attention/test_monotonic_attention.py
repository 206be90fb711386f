"""MonotonicAttention against loops written from the paper, greedy and expected."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks import layers
from seqtasks.layers.normal_noise import normal_noise

BATCH, TARGET, SOURCE, FEATURES = 3, 5, 6, 4
RNG = np.random.default_rng(0)
Q = RNG.normal(size=(BATCH, TARGET, FEATURES)).astype("float32")
V = RNG.normal(size=(BATCH, SOURCE, FEATURES)).astype("float32")
V_MASK = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 0, 0, 0, 0], [0, 1, 1, 0, 1, 1]], bool)
Q_MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 1, 1, 1]], bool)
SCORES = {
    "additive": lambda: layers.AdditiveAttention(3, normalize=True),
    "bilinear": lambda: layers.BilinearAttention(use_scale=True),
}
every_score = pytest.mark.parametrize("score", SCORES)


def make(score="bilinear", bias=0.3, **options):
    layer = layers.MonotonicAttention(SCORES[score](), score_bias=bias, seed=1, **options)
    layer.build([Q.shape, V.shape])
    rng = np.random.default_rng(1)
    for weight in layer.score.trainable_weights:
        weight.assign(rng.normal(size=weight.shape) if len(weight.shape) else 2.0)
    return layer


def energy(layer, q, k):
    weights = [w.numpy() for w in layer.score.weights]
    if isinstance(layer.score, layers.AdditiveAttention):
        w, u, b, v, g = weights
        e = np.tanh(q @ w + k @ u + b) @ v[:, 0] * g / np.linalg.norm(v)
    else:
        e = k @ weights[0] @ q * weights[1]
    return e + layer.bias.numpy()


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def expected_alignments(layer):
    """The probability of stopping at each step: the sum over all ways to get there."""
    weights = np.zeros((BATCH, TARGET, SOURCE))
    for n in range(BATCH):
        before = np.eye(SOURCE)[0]
        for t in range(TARGET):
            if not Q_MASK[n, t]:
                continue
            p = [V_MASK[n, s] * sigmoid(energy(layer, Q[n, t], V[n, s])) for s in range(SOURCE)]
            for s in range(SOURCE):
                for start in range(s + 1):  # where the reader stopped last time
                    passed = np.prod([1 - p[k] for k in range(start, s)])
                    weights[n, t, s] += before[start] * passed * p[s]
            before = weights[n, t]
    return weights


def greedy_alignments(layer):
    """Algorithm 1 of the paper."""
    weights = np.zeros((BATCH, TARGET, SOURCE))
    for n in range(BATCH):
        at = 0
        for t in range(TARGET):
            if not Q_MASK[n, t]:
                continue
            for s in range(at, SOURCE):
                if V_MASK[n, s] and sigmoid(energy(layer, Q[n, t], V[n, s])) > 0.5:
                    weights[n, t, s], at = 1, s
                    break
            else:
                at = SOURCE
    return weights


@pytest.mark.parametrize("mode", ["parallel", "recursive"])
@every_score
def test_in_training_weights_are_the_expected_ones(score, mode):
    for training, hard in ((True, True), (False, False)):
        layer = make(score, mode=mode, hard=hard)
        options = {"return_attention_scores": True, "training": training}
        y, weights = layer([Q, V], mask=[Q_MASK, V_MASK], **options)
        expected = expected_alignments(layer)
        np.testing.assert_allclose(np.where(Q_MASK[..., None], weights, 0), expected, atol=1e-5)
        np.testing.assert_allclose(y, expected @ V, atol=1e-5)


@every_score
def test_outside_of_training_it_is_the_greedy_procedure(score):
    ended = moved = False
    for bias in (-0.5, -1, -2):
        layer = make(score, bias=bias)
        y, weights = layer([Q, V], mask=[Q_MASK, V_MASK], return_attention_scores=True)
        expected = greedy_alignments(layer)
        np.testing.assert_allclose(np.where(Q_MASK[..., None], weights, 0), expected)
        np.testing.assert_allclose(y, expected @ V, atol=1e-6)
        ended |= bool((np.diff(expected[:2, :3].sum(-1)) < 0).any())
        moved |= bool((np.diff(expected.argmax(-1)[0]) > 0).any())
    assert ended and moved  # the cases hold some of everything


@pytest.mark.parametrize("mode", ["parallel", "recursive"])
@pytest.mark.parametrize("training", [True, False])
@every_score
def test_step_by_step_is_all_at_once_also_with_several_rows_to_a_memory(score, mode, training):
    layer = make(score, mode=mode)
    whole, weights = layer(
        [Q, V], mask=[None, V_MASK], return_attention_scores=True, training=training
    )
    memory = layer.project(V, mask=V_MASK)
    states = layer.first_states(memory)
    doubled = [np.repeat(s, 2, axis=0) for s in states]
    for t in range(TARGET):
        context, row, states = layer.step(Q[:, t], memory, states, training)
        np.testing.assert_allclose(context, whole[:, t], atol=1e-5)
        np.testing.assert_allclose(row, weights[:, t], atol=1e-5)
        two, _, doubled = layer.step(np.repeat(Q[:, t], 2, axis=0), memory, doubled, training)
        np.testing.assert_allclose(two, np.repeat(context, 2, axis=0), atol=1e-5)


def test_both_modes_agree_on_alignments_and_gradients():
    results = []
    for mode in ("parallel", "recursive"):
        layer = make("additive", mode=mode)
        query = tf.constant(Q)
        with tf.GradientTape() as tape:
            tape.watch(query)
            y = layer([query, V], mask=[Q_MASK, V_MASK], training=True)
            loss = tf.reduce_sum(y * y)
        sources = [query, *[w.value for w in layer.trainable_weights]]
        results.append([y, *tape.gradient(loss, sources)])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
        assert np.any(a)


def test_noise_is_normal_new_at_each_step_and_in_training_only():
    like = tf.zeros((200, 1, 100))
    seed = keras.random.SeedGenerator(3).next()
    first, second = (np.array(normal_noise(like, seed, n)) for n in (0, 1))
    assert abs(first.mean()) < 0.02 and abs(first.std() - 1) < 0.02
    assert abs(np.mean(first**3)) < 0.06 and abs(np.mean(first**4) - 3) < 0.15  # of a normal one
    assert abs(np.mean(first * second)) < 0.02
    assert abs(np.mean(first[:, :, 1:] * first[:, :, :-1])) < 0.02

    layer = make(noise=1.0, hard=False)
    quiet = make(hard=False)
    np.testing.assert_allclose(layer([Q, V]), quiet([Q, V]), atol=1e-6)
    one, two = (np.array(layer([Q, V], training=True)) for _ in range(2))
    assert np.abs(one - two).max() > 1e-3  # another seed each time
    decoder = layers.AttentionDecoder(FEATURES, "gru", make(noise=1.0))
    one, two = (np.array(decoder([Q, V], training=True)) for _ in range(2))
    assert np.abs(one - two).max() > 1e-3


@pytest.mark.parametrize("feeding", [True, False])
@pytest.mark.parametrize("training", [True, False])
def test_in_a_decoder_at_once_is_step_by_step(feeding, training):
    attention = make("additive", bias=-0.5)
    decoder = layers.AttentionDecoder(FEATURES, "gru", attention, input_feeding=feeding)
    masks = [Q_MASK, V_MASK]
    whole = decoder([Q, V], mask=masks, training=training)
    scanned, weights = decoder([Q, V], mask=masks, return_attention_scores=True, training=training)
    np.testing.assert_allclose(whole, scanned, atol=1e-5)
    states, memory = decoder.start(V, V_MASK)
    assert len(states) == feeding + 3
    for t in range(3):  # up to the first masked step of the second row
        output, states, row = decoder.step(Q[:, t], states, memory, training)
        np.testing.assert_allclose(output[:2], whole[:2, t], atol=1e-5)
        np.testing.assert_allclose(row[:2], weights[:2, t], atol=1e-5)
    if not training:
        assert set(np.unique(weights)) <= {0.0, 1.0}


def test_a_functional_model_with_it_trains_is_saved_and_loaded(tmp_path):
    query, value = keras.Input((None, FEATURES)), keras.Input((None, FEATURES))
    attention = make(mode="recursive", noise=0.5)
    y = layers.AttentionDecoder(FEATURES, attention=attention)([query, value])
    model = keras.Model([query, value], y)
    model.compile("adam", "mse")
    model.fit([Q, V], np.zeros((BATCH, TARGET, FEATURES)), verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded([Q, V]), model([Q, V]), atol=1e-6)


def test_misuse_is_said():
    with pytest.raises(ValueError, match=r"one softmax and no dropout, received .*Monotonic"):
        layers.MonotonicAttention(make())
    with pytest.raises(ValueError, match=r"one softmax and no dropout"):
        layers.MonotonicAttention(layers.BilinearAttention(dropout=0.1))
    with pytest.raises(ValueError, match=r"expected noise >= 0, received noise=-1"):
        layers.MonotonicAttention(layers.BilinearAttention(), noise=-1)
    with pytest.raises(ValueError, match=r"`mode` to be one of .* received mode='fast'"):
        layers.MonotonicAttention(layers.BilinearAttention(), mode="fast")
