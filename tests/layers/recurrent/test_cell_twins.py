"""The cells that Keras has not, each against a NumPy twin written from its paper's equations."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from catalogue import CELLS

from seqtasks import layers

BATCH, FEATURES, UNITS = 3, 4, 4


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def norm(x, gamma, beta=0.0):
    return gamma * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-3) + beta


def layer_norm_simple(w, x, h):
    h = np.tanh(norm(x @ w["kernel"] + h @ w["recurrent_kernel"], w["norm"]) + w["bias"])
    return h, [h]


def layer_norm_lstm(w, x, h, c):
    z = norm(x @ w["kernel"], w["kernel_norm"]) + norm(
        h @ w["recurrent_kernel"], w["recurrent_norm"]
    )
    i, f, g, o = np.split(z + w["bias"], 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    c = norm(c, w["state_norm"], w["state_norm beta"])
    h = sigmoid(o) * np.tanh(c)
    return h, [h, c]


def layer_norm_gru(w, x, h):
    a = norm(x @ w["kernel"], w["kernel_norm"]) + w["bias"][0]
    u = norm(h @ w["recurrent_kernel"], w["recurrent_norm"]) + w["bias"][1]
    (az, ar, ah), (uz, ur, uh) = np.split(a, 3, axis=-1), np.split(u, 3, axis=-1)
    z, r = sigmoid(az + uz), sigmoid(ar + ur)
    h = z * h + (1 - z) * np.tanh(ah + r * uh)
    return h, [h]


def peephole(w, x, h, c):
    i, f, g, o = np.split(x @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"], 4, axis=-1)
    p = w["peepholes"]
    c_new = sigmoid(f + p[1] * c) * c + sigmoid(i + p[0] * c) * np.tanh(g)
    h = sigmoid(o + p[2] * c_new) * np.tanh(c_new)
    return h, [h, c_new]


def coupled(w, x, h, c):
    f, g, o = np.split(x @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"], 3, axis=-1)
    c = sigmoid(f) * c + (1 - sigmoid(f)) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    return h, [h, c]


def lstm(w, x, h, c):
    i, f, g, o = np.split(x @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"], 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    return h, [h, c]


def projected(w, x, r, c):
    h, (_, c) = lstm(w, x, r, c)
    r = h @ w["projection"]
    return r, [r, c]


def nas(w, x, h, c):
    """Figure 8 of the paper, left to right: eight leaves, four pairs, two, the output."""
    a = np.split(x @ w["kernel"], 8, axis=-1)
    m = np.split(h @ w["recurrent_kernel"] + w["bias"], 8, axis=-1)

    def relu(z):
        return np.maximum(z, 0)

    leaves = [
        sigmoid(a[0] + m[0]),
        relu(a[1] + m[1]),
        sigmoid(a[2] + m[2]),
        relu(a[3] * m[3]),
        np.tanh(a[4] + m[4]),
        sigmoid(a[5] + m[5]),
        np.tanh(a[6] + m[6]),
        sigmoid(a[7] + m[7]),
    ]
    first, second = np.tanh(leaves[0] * leaves[1]), np.tanh(leaves[2] + leaves[3])
    third, fourth = np.tanh(leaves[4] * leaves[5]), sigmoid(leaves[6] + leaves[7])
    c = np.tanh(first + c) * second
    h = np.tanh(c * np.tanh(third + fourth))
    return h, [h, c]


def zoneout(w, x, h, c, step):
    _, (h_new, c_new) = lstm(w, x, h, c)
    h, c = 0.2 * h + 0.8 * h_new, 0.5 * c + 0.5 * c_new
    return h, [h, c, step + 1]


def residual_gru(w, x, h):
    a, u = x @ w["kernel"] + w["bias"][0], h @ w["recurrent_kernel"] + w["bias"][1]
    (az, ar, ah), (uz, ur, uh) = np.split(a, 3, axis=-1), np.split(u, 3, axis=-1)
    z, r = sigmoid(az + uz), sigmoid(ar + ur)
    h = z * h + (1 - z) * np.tanh(ah + r * uh)
    return h + x, [h]


def highway_gru(w, x, h):
    gate = sigmoid(x @ w["gate kernel"] + w["gate bias"])
    y, states = residual_gru(w, x, h)
    return gate * (y - x) + (1 - gate) * x, states


TWINS = {
    "layer norm simple": layer_norm_simple,
    "nas": nas,
    "highway": highway_gru,
    "layer norm lstm": layer_norm_lstm,
    "layer norm gru": layer_norm_gru,
    "peephole": peephole,
    "coupled": coupled,
    "projected": projected,
    "zoneout": zoneout,
    "residual": residual_gru,
    "weight drop": lstm,
    "lstm": lstm,
}


def named_weights(cell):
    names = {}
    for weight in cell.trainable_weights:
        *_, owner, name = ["", *weight.path.split("/")]
        key = owner if name == "gamma" else f"{owner} beta" if name == "beta" else name
        key = f"gate {name}" if owner == "gate" else key
        names[key] = np.array(weight)
    return names


def built(name, features):
    cell = CELLS[name]()
    cell.build((BATCH, features))
    rng = np.random.default_rng(0)
    for weight in cell.trainable_weights:
        weight.assign(rng.normal(size=weight.shape))
    return cell


@pytest.mark.parametrize("name", TWINS)
def test_a_step_is_that_of_its_twin(name):
    features = 3 if name in ("residual", "highway") else FEATURES
    cell, rng = built(name, features), np.random.default_rng(1)
    x = rng.normal(size=(BATCH, features)).astype("float32")
    sizes = keras.tree.flatten(cell.state_size)
    states = [rng.normal(size=(BATCH, size)).astype("float32") for size in sizes]
    if name == "zoneout":
        states[-1] = np.full((BATCH, 1), 3, "float32")
    y, after = cell(x, states)
    expected_y, expected = TWINS[name](named_weights(cell), x, *states)
    np.testing.assert_allclose(y, expected_y, atol=1e-5)
    for a, b in zip(keras.tree.flatten(after), expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("name", CELLS)
def test_cells_run_in_the_layers_of_keras(name):
    features = 3 if name in ("residual", "highway") else FEATURES
    cell = built(name, features)
    x = np.random.default_rng(2).normal(size=(BATCH, 5, features)).astype("float32")
    mask = np.arange(5)[None] < np.array([5, 2, 0])[:, None]
    theirs = keras.layers.RNN(cell, return_sequences=True)(x, mask=mask)
    ours = layers.RNN(cell, return_sequences=True)(x, mask=mask)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    stacked = keras.layers.RNN([CELLS[name](), keras.layers.GRUCell(2), CELLS["lstm"]()])
    with tf.GradientTape() as tape:
        y = stacked(x, training=True)
        loss = tf.reduce_sum(y)
    assert y.shape == (BATCH, UNITS)
    assert all(
        g is not None for g in tape.gradient(loss, [w.value for w in stacked.trainable_weights])
    )


def test_zoneout_holds_its_share_of_the_units_anew_at_each_step():
    cell = layers.ZoneoutCell(layers.SimpleRNNCell(500), 0.3, seed=1)
    outputs = np.array(
        layers.RNN(cell, return_sequences=True)(
            np.random.default_rng(0).normal(size=(8, 20, 3)), training=True
        )
    )
    held = outputs[:, 1:] == outputs[:, :-1]
    assert held.mean() == pytest.approx(0.3, abs=0.01)
    assert held.mean(axis=(0, 2)) == pytest.approx(0.3, abs=0.05)  # at each step
    for lag in (1, 2, 3):  # whether a unit is held says nothing about later steps
        both = (held[:, lag:] & held[:, :-lag]).mean()
        assert both == pytest.approx(0.09, abs=0.01)


def test_weight_drop_drops_weights_once_for_a_sequence_and_keeps_their_mean():
    cell = layers.WeightDropCell(layers.SimpleRNNCell(1, activation="linear"), 0.5, seed=0)
    layer = layers.RNN(cell, return_sequences=True)
    layer.build((1, None, 1))
    layer.set_weights(
        [np.ones(w.shape) for w in layer.weights if "seed" not in w.path][:2]
        + [np.zeros(1)]
        + [np.array(w) for w in layer.weights if "seed" in w.path]
    )
    x = np.ones((1, 4, 1), "float32")
    np.testing.assert_allclose(layer(x)[0, :, 0], [1, 2, 3, 4])
    seen = {tuple(np.array(layer(x, training=True))[0, :, 0].tolist()) for _ in range(20)}
    assert seen == {(1.0, 1.0, 1.0, 1.0), (1.0, 3.0, 7.0, 15.0)}  # h = 1 + 2 h, or h = 1
    np.testing.assert_allclose(layer(x)[0, :, 0], [1, 2, 3, 4])


def test_noise_of_wrapped_cells_is_drawn_anew_for_each_sequence():
    cell = layers.ZoneoutCell(layers.LSTMCell(UNITS, dropout=0.5, recurrent_dropout=0.5), 0.2)
    layer = layers.RNN(cell)
    call = tf.function(lambda x: layer(x, training=True))
    x = np.ones((BATCH, 5, FEATURES), "float32")
    assert not np.allclose(call(x), call(x))
    np.testing.assert_allclose(layer(x), layer(x))
