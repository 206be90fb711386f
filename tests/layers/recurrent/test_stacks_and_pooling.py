"""RecurrentStack, SequencePooling, CausalConvolution, PyramidalRNN against plain compositions."""

import keras
import numpy as np
import pytest

from seqtasks import layers

X = np.random.default_rng(0).normal(size=(4, 6, 3)).astype("float32")
MASK = np.array(
    [[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0], [0, 1, 0, 1, 1, 0]], bool
)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("residual", [False, True])
def test_a_stack_is_keras_layers_on_top_of_each_other(both, residual):
    stack = layers.RecurrentStack(
        4, "lstm", layers=3, bidirectional=both, residual=residual, return_state=True
    )
    y, *states = stack(X, mask=MASK)
    assert len(states) == 3 * (4 if both else 2)
    expected, expected_states, weights = X, [], stack.get_weights()
    for n in range(3):
        layer = keras.layers.LSTM(4, return_sequences=True, return_state=True)
        layer = keras.layers.Bidirectional(layer) if both else layer
        layer.build(expected.shape)
        count = len(layer.get_weights())
        layer.set_weights(weights[:count])
        weights = weights[count:]
        below = expected
        expected, *last = layer(below, mask=MASK)
        expected = expected + below if residual and n else expected
        expected_states += last
    np.testing.assert_allclose(y, np.where(MASK[..., None], expected, 0), atol=1e-5)
    for a, b in zip(states, expected_states, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    first, second = X[:, :2], X[:, 2:]
    whole = stack(X)[0]
    if not both:  # in two pieces, the state passed on, is as in one
        _, *between = stack(first)
        np.testing.assert_allclose(stack(second, initial_state=between)[0], whole[:, 2:], atol=1e-5)


def _normalised(x, norm, gamma, beta=0.0):
    x = x - x.mean(-1, keepdims=True) if norm == "layer" else x
    epsilon = 1e-3 if norm == "layer" else 1e-6  # Keras's
    return gamma * x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) + beta


@pytest.mark.parametrize("norm", [None, "layer", "rms"])
@pytest.mark.parametrize("connection", [None, "residual", "highway"])
def test_norm_and_connections_between_layers_are_the_equations(norm, connection):
    options = {connection: True} if connection else {}
    stack = layers.RecurrentStack(4, "gru", layers=3, norm=norm, **options)
    stack.build(X.shape)
    rng = np.random.default_rng(2)
    stack.set_weights([rng.normal(size=w.shape) for w in stack.get_weights()])
    expected = X
    for n in range(3):
        layer = keras.layers.GRU(4, return_sequences=True)
        layer.build(expected.shape)
        layer.set_weights(stack.recurrences[n].get_weights())
        below = expected
        if n:
            weights = {w.path.split("/")[-1]: np.array(w) for w in stack.connections[n - 1].weights}
            given = [weights[k] for k in ("gamma", "scale", "beta") if k in weights]
            expected = _normalised(expected, norm, *given) if norm else expected
        expected = np.array(layer(expected.astype("float32"), mask=MASK))
        if n and connection == "residual":
            expected = expected + below
        if n and connection == "highway":
            t = 1 / (1 + np.exp(-(below @ weights["kernel"] + weights["bias"])))
            expected = t * expected + (1 - t) * below
    y = stack(X, mask=MASK)
    np.testing.assert_allclose(y, np.where(MASK[..., None], expected, 0), atol=1e-5)


def test_a_highway_lets_the_inputs_pass_at_first():
    stack = layers.RecurrentStack(4, layers=2, highway=True)
    stack.build(X.shape)
    (connection,) = stack.connections
    np.testing.assert_array_equal(connection.gate.bias, -np.ones(4))


@pytest.mark.parametrize(
    "options, words",
    [
        ({"residual": True, "highway": True}, "expected one connection around each layer"),
        ({"norm": "batch"}, "expected `norm` to be 'layer', 'rms' or None, received norm='batch'"),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
def test_wrong_connections_are_refused(options, words, count):
    with pytest.raises(ValueError, match=words):
        layers.RecurrentStack(4, layers=count, **options)


def test_dropout_lies_between_the_layers_only():
    one = layers.RecurrentStack(4, layers=1, dropout=0.5)
    np.testing.assert_allclose(one(X, training=True), one(X), atol=1e-6)
    two = layers.RecurrentStack(4, layers=2, dropout=0.5, seed=3)
    assert not np.allclose(two(X, training=True), two(X))


def test_variational_dropout_is_the_same_at_all_steps():
    ones = np.ones((2, 5, 40), "float32")
    noise = np.array(layers.Dropout(0.5, (None, 1, None), seed=1)(ones, training=True))
    assert (noise == noise[:, :1]).all() and set(np.unique(noise)) == {0, 2}
    assert (noise[0] != noise[1]).any()
    stack = layers.RecurrentStack(4, layers=2, dropout=0.5, variational=True)
    assert stack.drop.noise_shape == (None, 1, None)


def test_weight_drop_is_on_the_recurrent_weights_of_each_layer():
    stack = layers.RecurrentStack(4, "gru", layers=2, weight_drop=0.5, seed=1)
    plain = layers.RecurrentStack(4, "gru", layers=2)
    first = np.array(stack(X, training=True))
    plain.build(X.shape)
    plain.set_weights(stack.get_weights())
    np.testing.assert_allclose(stack(X), plain(X), atol=1e-6)
    assert np.abs(first - np.array(plain(X))).max() > 1e-3
    one_step = X[:, :1]  # from a state of zeros there is nothing recurrent to drop
    np.testing.assert_allclose(stack(one_step, training=True), plain(one_step), atol=1e-6)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn", layers.LayerNormLSTMCell])
def test_steps_are_the_sequence(cell):
    stack = layers.RecurrentStack(4, cell, layers=2)
    residual = layers.RecurrentStack(4, cell, layers=3, residual=True)
    highway = layers.RecurrentStack(4, cell, layers=3, highway=True, norm="layer")
    for each in (stack, residual, highway):
        whole, states = np.array(each(X)), each.get_initial_state(4)
        for t in range(6):
            y, states = each.step(X[:, t], states)
            np.testing.assert_allclose(y, whole[:, t], atol=1e-5)


def test_a_stack_that_reads_both_ways_cannot_go_step_by_step():
    stack = layers.RecurrentStack(4, bidirectional=True)
    stack(X)
    with pytest.raises(ValueError, match=r"expected a stack that reads forward only"):
        stack.step(X[:, 0], [])


def test_a_stateful_stack_goes_on_and_forgets():
    stack = layers.RecurrentStack(4, "gru", layers=2, stateful=True)
    whole = np.array(
        layers.RecurrentStack.from_config({**stack.get_config(), "stateful": False})(X)
    )
    plain = layers.RecurrentStack(4, "gru", layers=2)
    stack.build(X.shape)
    plain.build(X.shape)
    plain.set_weights([np.array(w) for w in stack.weights if "rnn_state" not in w.path])
    whole = plain(X)
    np.testing.assert_allclose(stack(X[:, :3]), whole[:, :3], atol=1e-5)
    np.testing.assert_allclose(stack(X[:, 3:]), whole[:, 3:], atol=1e-5)
    stack.reset_state()
    np.testing.assert_allclose(stack(X[:, :3]), whole[:, :3], atol=1e-5)


def _rows(function):
    return np.stack(
        [function(x[m]) if m.any() else np.zeros(3) for x, m in zip(X, MASK, strict=True)]
    )


@pytest.mark.parametrize(
    "mode, function",
    [("last", lambda x: x[-1]), ("mean", lambda x: x.mean(0)), ("max", lambda x: x.max(0))],
)
def test_pooling_is_a_loop_over_rows(mode, function):
    np.testing.assert_allclose(
        layers.SequencePooling(mode)(X, mask=MASK), _rows(function), atol=1e-6
    )
    np.testing.assert_allclose(
        layers.SequencePooling(mode)(X), np.stack([function(x) for x in X]), atol=1e-6
    )


def test_attention_pooling_is_its_equation():
    layer = layers.SequencePooling("attention")
    layer.build(X.shape)
    kernel, bias, query = (np.array(w) for w in layer.weights)

    def pool(x):
        scores = np.tanh(x @ kernel + bias) @ query
        weights = np.exp(scores) / np.exp(scores).sum()
        return (weights * x).sum(0)

    np.testing.assert_allclose(layer(X, mask=MASK), _rows(pool), atol=1e-5)


def test_a_causal_convolution_never_looks_ahead_and_sees_its_receptive_field():
    layer = layers.CausalConvolution(5, kernel_size=2, layers=2)
    x = np.random.default_rng(1).normal(size=(1, 12, 3)).astype("float32")
    y = np.array(layer(x))
    for t in range(12):
        changed = x.copy()
        changed[:, t] += 1
        moved = np.any(np.abs(np.array(layer(changed)) - y) > 1e-6, axis=(0, 2))
        np.testing.assert_array_equal(np.flatnonzero(moved), np.arange(t, min(12, t + 4)))


def test_a_causal_convolution_is_its_equation():
    layer = layers.CausalConvolution(3, kernel_size=2, layers=2)
    layer.build(X.shape)
    y = X.astype("float64")
    for n, convolution in enumerate(layer.convolutions):
        kernel, bias = (np.array(w, "float64") for w in convolution.weights)
        lag = 2**n
        before = np.concatenate([np.zeros((4, lag, 3)), y[:, :-lag]], axis=1)
        a, b = np.split(before @ kernel[0] + y @ kernel[1] + bias, 2, axis=-1)
        y = y + a / (1 + np.exp(-b))
    np.testing.assert_allclose(layer(X), y, atol=1e-5)


def test_a_pyramid_reads_joined_steps():
    layer = layers.PyramidalRNN(4, "gru", layers=1, stride=2)
    y = layer(X[:, :5])
    assert y.shape == (4, 3, 4)
    joined = np.concatenate([X[:, :5], np.zeros((4, 1, 3), "float32")], axis=1).reshape(4, 3, 6)
    rnn = keras.layers.GRU(4, return_sequences=True)
    rnn.build(joined.shape)
    rnn.set_weights(layer.get_weights())
    np.testing.assert_allclose(y, rnn(joined), atol=1e-5)
    two = layers.PyramidalRNN(4, layers=2)
    mask = np.array(two.compute_mask(X, MASK))
    np.testing.assert_array_equal(mask, [[1, 1], [1, 0], [0, 0], [1, 1]])
