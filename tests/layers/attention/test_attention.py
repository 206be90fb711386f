"""Attention layers against their equations, against Keras, and their masks."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks import layers

BATCH, TARGET, SOURCE, QUERY, VALUE, KEY = 3, 4, 5, 6, 7, 6
RNG = np.random.default_rng(0)
Q = RNG.normal(size=(BATCH, TARGET, QUERY)).astype("float32")
V = RNG.normal(size=(BATCH, SOURCE, VALUE)).astype("float32")
K = RNG.normal(size=(BATCH, SOURCE, KEY)).astype("float32")
Q_MASK = np.array([[1, 1, 1, 0], [1, 0, 0, 0], [1, 1, 1, 1]], bool)
V_MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 0, 0, 0]], bool)

MAKE = {
    "additive": lambda **k: layers.AdditiveAttention(3, **k),
    "bilinear": lambda **k: layers.BilinearAttention(**k),
    "dot": lambda **k: layers.DotProductAttention(**k),
    "scaled": lambda **k: layers.DotProductAttention(scaled=True, **k),
    "additive, normalised": lambda **k: layers.AdditiveAttention(3, normalize=True, **k),
    "bilinear, learned scale": lambda **k: layers.BilinearAttention(use_scale=True, **k),
    "dot, learned scale": lambda **k: layers.DotProductAttention(use_scale=True, **k),
    "heads": lambda **k: layers.MultiHeadAttention(2, 3, **k),
}
ONE_SCORE = [name for name in MAKE if name != "heads"]


def make(name, **options):
    layer = MAKE[name](**options)
    layer.build([Q.shape, V.shape, K.shape])
    rng = np.random.default_rng(1)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return layer


def score(name, weights, q, k):
    if name == "additive":
        w, u, b, v = weights
        return np.tanh(q @ w + k @ u + b) @ v[:, 0]
    if name == "additive, normalised":
        w, u, b, v, g = weights
        return np.tanh(q @ w + k @ u + b) @ v[:, 0] * g / np.linalg.norm(v)
    if name == "bilinear":
        return k @ weights[0] @ q
    if name == "bilinear, learned scale":
        return k @ weights[0] @ q * weights[1]
    if name == "dot, learned scale":
        return q @ k * weights[0]
    return q @ k / (1 if name == "dot" else np.sqrt(KEY))


def expected(name, weights, causal=False, masked=True):
    result = np.zeros((BATCH, TARGET, VALUE))
    shares = np.zeros((BATCH, TARGET, SOURCE))
    for n in range(BATCH):
        for t in range(TARGET):
            seen = [
                s for s in range(SOURCE) if (V_MASK[n, s] or not masked) and (not causal or s <= t)
            ]
            if not seen:
                continue
            e = np.exp([score(name, weights, Q[n, t], K[n, s]) for s in seen])
            shares[n, t, seen] = e / e.sum()
            if Q_MASK[n, t] or not masked:
                result[n, t] = shares[n, t] @ V[n]
    return result, shares


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", ONE_SCORE)
def test_is_its_equation(name, masked, causal):
    layer = make(name)
    found = layer(
        [Q, V, K],
        mask=[Q_MASK, V_MASK] if masked else None,
        return_attention_scores=True,
        use_causal_mask=causal,
    )
    for a, b in zip(found, expected(name, layer.get_weights(), causal, masked), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("name", ["dot", "dot, learned scale", "additive"])
def test_is_that_of_keras_where_keras_has_it(name):
    """Keras's own has no projections: ours with the identity, no bias and Keras's scale."""
    mask = [Q_MASK, np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 0, 1, 0]], bool)]
    if name == "dot":
        ours, theirs = layers.DotProductAttention(), keras.layers.Attention()
    elif name == "dot, learned scale":
        ours, theirs = make(name), keras.layers.Attention(use_scale=True)
        theirs.build([Q.shape, V.shape, K.shape])
        theirs.set_weights(ours.get_weights())
    else:
        ours = layers.AdditiveAttention(KEY)
        ours.build([Q.shape, V.shape, K.shape])
        scale = RNG.normal(size=(KEY,)).astype("float32")
        ours.set_weights([np.eye(KEY), np.eye(KEY), np.zeros(KEY), scale[:, None]])
        theirs = keras.layers.AdditiveAttention()
        theirs.build([Q.shape, V.shape, K.shape])
        theirs.set_weights([scale])
    for causal in (False, True):
        options = {"return_attention_scores": True, "use_causal_mask": causal}
        a = ours([Q, V, K], mask=mask, **options)
        b = theirs([Q, V, K], mask=mask, **options)
        for x, y in zip(a, b, strict=True):
            np.testing.assert_allclose(x, y, atol=1e-5)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("size", [None, 5])
def test_heads_are_those_of_keras(size, bias):
    ours = layers.MultiHeadAttention(2, 3, use_bias=bias, output_size=size)
    ours.build([Q.shape, V.shape, K.shape])
    rng = np.random.default_rng(1)
    weights = [rng.normal(size=w.shape) for w in ours.get_weights()]
    ours.set_weights(weights)
    theirs = keras.layers.MultiHeadAttention(2, 3, use_bias=bias, output_shape=size)
    theirs.build(Q.shape, V.shape, K.shape)
    theirs.set_weights(weights)
    seen = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 0, 1, 0]], bool)
    for causal in (False, True):
        options = {"return_attention_scores": True, "use_causal_mask": causal}
        a, shares = ours([Q, V, K], mask=[Q_MASK, seen], **options)
        b, heads = theirs(Q, V, K, attention_mask=seen[:, None], **options)
        np.testing.assert_allclose(a, np.where(Q_MASK[..., None], b, 0), atol=1e-5)
        np.testing.assert_allclose(shares, np.mean(heads, axis=1), atol=1e-5)
        assert a.shape == ours.compute_output_shape([Q.shape, V.shape, K.shape])
    none = ours([Q, V, K], mask=[None, V_MASK])[2]  # nothing to see
    np.testing.assert_allclose(none, np.tile(weights[-1] if bias else 0 * none[0], (TARGET, 1)))


@pytest.mark.parametrize("name", MAKE)
def test_a_projected_memory_read_step_by_step_is_the_whole(name):
    layer = make(name)
    whole, weights = layer([Q, V, K], mask=[None, V_MASK], return_attention_scores=True)
    memory = layer.project(V, K, V_MASK)
    for t in range(TARGET):
        context, shares = layer.attend(Q[:, t : t + 1], memory)
        np.testing.assert_allclose(context[:, 0], whole[:, t], atol=1e-5)
        np.testing.assert_allclose(shares[:, 0], weights[:, t], atol=1e-5)


@pytest.mark.parametrize("name", MAKE)
def test_nothing_under_a_mask_counts_or_gets_a_gradient(name):
    layer = make(name)
    garbage = np.where(V_MASK[..., None], V, np.inf).astype("float32")
    key = np.where(V_MASK[..., None], K, np.inf).astype("float32")
    value, query = tf.constant(garbage), tf.constant(Q)
    with tf.GradientTape() as tape:
        tape.watch([value, query])
        y = layer([query, value, key], mask=[Q_MASK, V_MASK])
        loss = tf.reduce_sum(y * y)
    np.testing.assert_allclose(y, layer([Q, V, K], mask=[Q_MASK, V_MASK]), atol=1e-5)
    dv, dq, *dw = tape.gradient(loss, [value, query, *[w.value for w in layer.trainable_weights]])
    for gradient in (dv, dq, *dw):
        assert np.isfinite(np.array(gradient)).all()
    assert not np.array(dv)[~V_MASK].any() and not np.array(dq)[~Q_MASK].any()
    assert np.array(dv)[0].any() and not np.array(dq)[2].any()


@pytest.mark.parametrize("name", MAKE)
def test_symbolic_cross_attention_with_weights_saved_and_loaded(name, tmp_path):
    query, value = keras.Input((None, QUERY)), keras.Input((None, QUERY))
    mask = keras.Input((None,), dtype="bool")
    y, weights = MAKE[name](name="look")(
        [query, value], mask=[None, mask], return_attention_scores=True
    )
    assert y.shape == (None, None, QUERY) and weights.shape == (None, None, None)
    model = keras.Model([query, value, mask], [y, weights])
    model.save(tmp_path / "m.keras")
    feed = [Q, K, V_MASK]
    loaded = keras.models.load_model(tmp_path / "m.keras")
    for a, b in zip(loaded(feed), model(feed), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_drops_weights_in_training_only():
    layer = make("dot", dropout=0.5, seed=1)
    plain = make("dot")
    np.testing.assert_allclose(layer([Q, V, K]), plain([Q, V, K]))
    assert np.abs(np.array(layer([Q, V, K], training=True)) - np.array(plain([Q, V, K]))).max() > 0


def test_the_length_of_a_normalised_vector_is_learned_apart_from_its_direction():
    """A longer u changes no score, so its gradient stands at right angles to it."""
    layer = make("additive, normalised")
    before = layer([Q, V, K])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer([Q, V, K]) ** 2)
    vector = layer.vector.numpy()
    gradient = tape.gradient(loss, layer.vector.value)
    assert np.abs(gradient).max() > 1e-3
    np.testing.assert_allclose(np.sum(gradient * vector), 0, atol=1e-5)
    layer.vector.assign(3 * vector)
    np.testing.assert_allclose(layer([Q, V, K]), before, atol=1e-6)
    fresh = layers.AdditiveAttention(4, normalize=True)
    fresh.build([Q.shape, V.shape])
    np.testing.assert_allclose(fresh.length.numpy(), 0.5)  # 1 / √units


def test_attention_by_name():
    for name in layers.ATTENTIONS:
        layer = layers.make_attention(name, KEY, dropout=0.1, dtype="float32")
        layer.build([Q.shape, K.shape])
        assert layer.dropout == 0.1 and layer([Q, K]).shape == (BATCH, TARGET, KEY)
    given = layers.BilinearAttention()
    assert layers.make_attention(given, 3) is given
    assert layers.make_attention("normalized_additive", 3).normalize
    assert layers.make_attention("scaled_bilinear", 3).use_scale
    for wrong in ("none", 3, keras.layers.Dense(3)):
        with pytest.raises(ValueError, match=r"mine: expected the attention to be one of"):
            layers.make_attention(wrong, 3, "mine")
    with pytest.raises(ValueError, match="positive integer"):
        layers.make_attention("dot", 0)


def test_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"as many features .* received 6 and 7"):
        layers.DotProductAttention()([Q, V])
    with pytest.raises(ValueError, match=r"expected \[query, value\].* received 4 tensors"):
        layers.BilinearAttention()([Q, V, K, K])
    with pytest.raises(ValueError, match=r"expected a boolean mask of shape .* received"):
        make("dot")([Q, V, K], mask=[None, V_MASK[:, :3]])
