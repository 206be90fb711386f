"""CoverageAttention and its loss against a loop written from the paper."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks import layers

BATCH, TARGET, SOURCE, FEATURES = 3, 4, 5, 3
RNG = np.random.default_rng(0)
Q = RNG.normal(size=(BATCH, TARGET, FEATURES)).astype("float32")
V = RNG.normal(size=(BATCH, SOURCE, FEATURES)).astype("float32")
V_MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 1, 1, 0, 1]], bool)
Q_MASK = np.array([[1, 1, 1, 1], [1, 1, 1, 0], [1, 0, 1, 1]], bool)


def make(**options):
    layer = layers.CoverageAttention(4, **options)
    layer.build([Q.shape, V.shape])
    rng = np.random.default_rng(1)
    for weight in layer.trainable_weights:
        weight.assign(rng.normal(size=weight.shape))
    return layer


def twin(layer, causal=False):
    w, u, b, v, *more = (weight.numpy() for weight in layer.weights)
    *length, cover = more
    v = v[:, 0] * (length[0] / np.linalg.norm(v) if length else 1)
    weights, losses = np.zeros((BATCH, TARGET, SOURCE)), np.zeros((BATCH, TARGET))
    for n in range(BATCH):
        before = np.zeros(SOURCE)
        for t in range(TARGET):
            if not Q_MASK[n, t]:
                continue
            seen = [s for s in range(SOURCE) if V_MASK[n, s] and (s <= t or not causal)]
            if not seen:
                continue
            hidden = [Q[n, t] @ w + V[n, s] @ u + b + before[s] * cover[0] for s in seen]
            e = np.exp([np.tanh(h) @ v for h in hidden])
            weights[n, t, seen] = e / e.sum()
            losses[n, t] = sum(min(weights[n, t, s], before[s]) for s in range(SOURCE))
            before += weights[n, t]
    return weights, losses


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("normalize", [False, True])
def test_is_the_papers(normalize, causal):
    layer = make(normalize=normalize)
    options = {"return_attention_scores": True, "use_causal_mask": causal}
    y, weights = layer([Q, V], mask=[Q_MASK, V_MASK], **options)
    expected, losses = twin(layer, causal)
    real = np.where(Q_MASK[..., None], weights, 0)
    np.testing.assert_allclose(real, expected, atol=1e-5)
    np.testing.assert_allclose(y, expected @ V, atol=1e-5)
    np.testing.assert_allclose(layers.coverage_loss(real), losses, atol=1e-5)
    assert losses.max() > 0.2


def test_step_by_step_is_all_at_once_also_with_several_rows_to_a_memory():
    layer = make()
    whole, weights = layer([Q, V], mask=[None, V_MASK], return_attention_scores=True)
    memory = layer.project(V, mask=V_MASK)
    states = layer.first_states(memory)
    doubled = [np.repeat(s, 2, axis=0) for s in states]
    for t in range(TARGET):
        context, row, states = layer.step(Q[:, t], memory, states)
        np.testing.assert_allclose(context, whole[:, t], atol=1e-5)
        np.testing.assert_allclose(row, weights[:, t], atol=1e-5)
        two, _, doubled = layer.step(np.repeat(Q[:, t], 2, axis=0), memory, doubled)
        np.testing.assert_allclose(two, np.repeat(context, 2, axis=0), atol=1e-5)


@pytest.mark.parametrize("masked", [False, True])
def test_a_decoder_adds_its_loss(masked):
    decoder = layers.AttentionDecoder(4, "gru", "coverage", coverage_loss=2.0)
    mask = [Q_MASK, V_MASK] if masked else None
    outputs, weights = decoder([Q, V], mask=mask, return_attention_scores=True)
    (loss,) = decoder.losses
    before = np.cumsum(weights, axis=1) - weights
    steps = np.minimum(weights, before).sum(-1)
    count = Q_MASK.sum() if masked else Q_MASK.size
    np.testing.assert_allclose(loss, 2 * steps.sum() / count, rtol=1e-5)
    np.testing.assert_allclose(decoder([Q, V], mask=mask), outputs, atol=1e-6)
    plain = layers.AttentionDecoder.from_config({**decoder.get_config(), "coverage_loss": 0.0})
    plain.build([Q.shape, V.shape])
    plain.set_weights(decoder.get_weights())
    np.testing.assert_allclose(plain([Q, V], mask=mask), outputs, atol=1e-5)  # stepped by RNN
    assert not plain.losses


def nothing(y_true, y_pred):
    return 0 * y_pred


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_functional_model_learns_to_cover_is_saved_and_exported(tmp_path):
    keras.utils.set_random_seed(1)
    query, value = keras.Input((None, FEATURES)), keras.Input((None, FEATURES))
    decoder = layers.AttentionDecoder(4, attention="coverage", coverage_loss=1.0)
    model = keras.Model([query, value], decoder([query, value]))
    model.compile(keras.optimizers.Adam(0.05), nothing)  # the coverage loss alone
    losses = model.fit([Q, V], Q, epochs=30, verbose=0).history["loss"]
    assert losses[-1] < 0.7 * losses[0]
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_allclose(loaded([Q, V]), model([Q, V]), atol=1e-6)
    model.export(tmp_path / "saved", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "saved"))
    np.testing.assert_allclose(served.serve([Q, V]), model([Q, V]), atol=1e-5)


def test_misuse_is_said():
    with pytest.raises(ValueError, match=r"expected coverage_loss >= 0, received .*=-1"):
        layers.AttentionDecoder(3, coverage_loss=-1)
