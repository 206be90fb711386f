"""Cells with a linear recurrence: whole sequences, steps and gradients beside NumPy and Keras."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from test_gradients import close, first_order, gradient_penalty

from seqtasks import layers
from seqtasks.layers.kernels.linear import recurrence
from seqtasks.layers.kernels.linear.tensorflow_linear import chunked

HERE = Path(__file__).parent
BATCH, TIME, FEATURES, UNITS = 3, 11, 4, 5
RNG = np.random.default_rng(0)
X = RNG.normal(size=(BATCH, TIME, FEATURES)).astype("float32")
HOLES = RNG.random((BATCH, TIME)) > 0.4
HOLES[1] = False
MASKS = {
    "none": None,
    "right": np.arange(TIME)[None] < np.array([[TIME], [4], [1]]),
    "holes": HOLES,
}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def g(x):
    return np.where(x >= 0, x + 0.5, sigmoid(x))


def min_gru(w, x, states):
    z, candidate = np.split(x @ w["kernel"] + w["bias"], 2, axis=-1)
    h = (1 - sigmoid(z)) * states[0] + sigmoid(z) * g(candidate)
    return h, [h]


def min_lstm(w, x, states):
    f, i, candidate = np.split(x @ w["kernel"] + w["bias"], 3, axis=-1)
    f, i = sigmoid(f), sigmoid(i)
    h = f / (f + i) * states[0] + i / (f + i) * g(candidate)
    return h, [h]


def lru(w, x, states):
    eigenvalues = np.exp(-np.exp(w["nu"]) + 1j * np.exp(w["theta"]))
    n = len(eigenvalues)
    b, c = w["kernel"][:, :n] + 1j * w["kernel"][:, n:], w["output_kernel"]
    s = eigenvalues * (states[0] + 1j * states[1]) + np.exp(w["gamma_log"]) * (x @ b)
    y = (s @ (c[:n] + 1j * c[n:])).real + x @ w["skip_kernel"] + w["bias"]
    return y, [s.real, s.imag]


def gated_lru(w, x, states):
    y, states = lru(w, x, states)
    y = np.tanh(y)
    return y * sigmoid(y @ w["gate_kernel"] + w["gate_bias"]), states


LOOPS = {
    "MinGRU": ("MinGRU", min_gru, {}),
    "MinLSTM": ("MinLSTM", min_lstm, {}),
    "LRU": ("LRU", lru, {"state_units": 6}),
    "LRU with gate": ("LRU", gated_lru, {"activation": "tanh", "use_gate": True}),
}
kinds = pytest.mark.parametrize("kind", LOOPS)
some = pytest.mark.parametrize("kind", ["MinGRU", "MinLSTM", "LRU"])
masks = pytest.mark.parametrize("mask", MASKS)


def built(kind, **options):
    name, _, own = LOOPS[kind]
    layer = getattr(layers, name)(UNITS, return_sequences=True, **own, **options)
    layer.build((None, None, FEATURES))
    rng = np.random.default_rng(1)
    for weight in layer.trainable_weights:
        weight.assign(rng.normal(size=weight.shape) * 0.7)
    return layer


def first_states(layer):
    rng = np.random.default_rng(2)
    return [rng.normal(size=(BATCH, n)).astype("float32") for n in layer.cell.state_size]


def looped(kind, layer, mask, states):
    """Outputs and last states by the paper's equations, in float64; masked steps keep both."""
    weights = {w.name: np.array(w, "float64") for w in layer.trainable_weights}
    states = [s.astype("float64") for s in states]
    output, outputs = np.zeros((BATCH, UNITS)), []
    for t in range(TIME):
        new, after = LOOPS[kind][1](weights, X[:, t].astype("float64"), states)
        real = np.full((BATCH, 1), True) if mask is None else mask[:, t, None]
        output = np.where(real, new, output)
        states = [np.where(real, a, b) for a, b in zip(after, states, strict=True)]
        outputs.append(output)
    return np.stack(outputs, axis=1), states


@kinds
@masks
@pytest.mark.parametrize("training", [False, True])
def test_a_sequence_is_the_loop_of_the_paper(kind, mask, training):
    layer = built(kind, return_state=True)
    states = first_states(layer)
    wanted, last = looped(kind, layer, MASKS[mask], states)
    for call in (layer, tf.function(layer)):
        y, *found = call(X, initial_state=states, mask=MASKS[mask], training=training)
        np.testing.assert_allclose(y, wanted, atol=1e-5)
        for a, b in zip(found, last, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5)


@some
@pytest.mark.parametrize("mask", ["none", "holes"])
@pytest.mark.parametrize("steps", [1, 3, 16, 33])
def test_a_sequence_is_its_steps_at_any_length(kind, mask, steps):
    layer, x = built(kind), np.tile(X, (1, 10, 1))[:, :steps]
    given = None if MASKS[mask] is None else np.tile(MASKS[mask], (1, 10))[:, :steps]
    stepped = keras.layers.RNN(layer.cell, return_sequences=True)(x, mask=given)
    unknown = tf.function(
        lambda x, mask: layer(x, mask=None if given is None else mask),
        input_signature=[tf.TensorSpec([None, None, FEATURES]), tf.TensorSpec([None, None], bool)],
    )
    for training in (False, True):
        np.testing.assert_allclose(layer(x, mask=given, training=training), stepped, atol=1e-5)
    real = np.ones(x.shape[:2], bool) if given is None else given
    np.testing.assert_allclose(unknown(x, real), stepped, atol=1e-5)


def beside_the_stepped_cell(order, kind, mask, training, tolerance):
    layer = built(kind)
    loop = keras.layers.RNN(layer.cell, return_sequences=True, dtype=layer.dtype_policy)
    states = [tf.constant(s) for s in first_states(layer)]
    found, wanted = (
        tf.function(order(one, states, MASKS[mask], training))(tf.constant(X), *states)
        for one in (layer, loop)
    )
    close(found, wanted, tolerance)
    assert max(float(tf.reduce_max(tf.abs(d))) for d in found) > 0.1


@kinds
@pytest.mark.parametrize("mask", ["none", "holes"])
@pytest.mark.parametrize("training", [False, True])
def test_gradients_are_those_of_the_stepped_cell(kind, mask, training):
    beside_the_stepped_cell(first_order, kind, mask, training, 1e-5)


@pytest.mark.slow
@kinds
@pytest.mark.parametrize("mask", ["none", "holes"])
@pytest.mark.parametrize("training", [False, True])
def test_second_derivatives_are_those_of_the_stepped_cell(kind, mask, training):
    beside_the_stepped_cell(gradient_penalty, kind, mask, training, 5e-5)


def in_a_compiled_function(order, kind, training):
    layer, x = built(kind), tf.constant(X)
    states = [tf.constant(s) for s in first_states(layer)]
    step = order(layer, states, MASKS["holes"], training)
    close(tf.function(step, jit_compile=True)(x, *states), step(x, *states), 5e-5)


@some
@pytest.mark.parametrize("training", [False, True])
def test_gradients_in_compiled_functions(kind, training):
    in_a_compiled_function(first_order, kind, training)


@pytest.mark.slow
@pytest.mark.parametrize("training", [False, True])
def test_second_derivatives_in_compiled_functions(training):
    in_a_compiled_function(gradient_penalty, "MinGRU", training)


@some
def test_nothing_is_lost_over_two_thousand_steps(kind):
    """Products of 2,000 numbers below 1 underflow to what they are."""
    layer = built(kind)
    x = np.random.default_rng(3).normal(size=(1, 2_000, FEATURES)).astype("float32")
    stepped = tf.function(keras.layers.RNN(layer.cell, return_sequences=True))(x)
    for training in (False, True):
        np.testing.assert_allclose(layer(x, training=training), stepped, atol=1e-5)


@pytest.mark.parametrize("parts", [1, 2])
def test_the_associative_scan_is_the_loop_of_complex_numbers(parts):
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(2, 9, BATCH, UNITS, parts)) * 0.6
    h0 = rng.normal(size=(BATCH, UNITS, parts))
    a, b, h0 = (x @ np.array([1, 1j])[:parts] for x in (a, b, h0))
    h, wanted = h0, []
    for t in range(9):
        h = a[t] * h + b[t]
        wanted.append(h)
    split = [tuple(map(tf.constant, (x.real, x.imag)[:parts])) for x in (a, b, h0)]
    for scan in (recurrence.associative, chunked):
        found = [np.array(x) for x in scan(*split)]
        np.testing.assert_allclose(np.stack(found, -1) @ np.array([1, 1j])[:parts], wanted)


def test_dropout_is_one_mask_for_all_steps():
    layer = layers.MinGRU(500, activation="linear", recurrent_dropout=0.5, return_sequences=True)
    layer.build((None, None, 1))
    layer.set_weights(
        [np.repeat([0.0, 1.0], 500)[None], np.zeros(1000)]
        + [np.array(w) for w in layer.non_trainable_weights]
    )
    y = np.array(layer(np.ones((2, 3, 1), "float32"), training=True))  # h = h/2 + m/2
    np.testing.assert_allclose(np.unique(y[:, 0]), [0, 1])
    np.testing.assert_allclose(y, y[:, :1] * np.array([1, 1.5, 1.75])[:, None])
    assert (y[:, 0] == 0).mean() == pytest.approx(0.5, abs=0.06)


def test_wrong_arguments_are_refused_and_options_are_attributes():
    for wrong in (0, -1, 2.5, True, "8"):
        with pytest.raises(ValueError, match=r"MinGRUCell: expected `units` .* received units="):
            layers.MinGRUCell(wrong)
    for name in ("dropout", "recurrent_dropout"):
        with pytest.raises(ValueError, match=rf"MinGRUCell: expected 0 <= {name} < 1, received"):
            layers.MinGRU(4, **{name: 1.0})
    layer = layers.MinGRU(4, "tanh", use_bias=False, kernel_regularizer="l2", seed=3)
    assert (layer.units, layer.use_bias, layer.seed) == (4, False, 3)
    assert layer.activation is keras.activations.tanh
    layer(X)
    assert len(layer.trainable_weights) == len(layer.losses) == 1
    assert layers.MinGRU.from_config(layer.get_config()).get_config() == layer.get_config()


@pytest.mark.parametrize(
    "wrong, message",
    [
        (
            {"r_min": 0.9, "r_max": 0.5},
            "0 <= r_min <= r_max <= 1, received r_min=0.9 and r_max=0.5",
        ),
        ({"r_max": 1.5}, "0 <= r_min <= r_max <= 1"),
        ({"max_phase": 0}, "0 < max_phase <= 2 pi, received max_phase=0"),
        ({"state_units": 0}, "`units` to be a positive integer, received units=0"),
    ],
)
def test_wrong_rings_are_refused(wrong, message):
    with pytest.raises(ValueError, match=f"LRUCell.*: expected {message}"):
        layers.LRU(4, **wrong)


def test_the_eigenvalues_begin_in_their_ring_with_states_of_the_size_of_the_inputs():
    cell = layers.LRUCell(1, state_units=4000, r_min=0.6, r_max=0.9, max_phase=1.0)
    cell.build((None, 1))
    real, imaginary = map(np.array, cell.parameters())
    radius = np.hypot(real, imaginary)
    assert 0.6 <= radius.min() < 0.61 and 0.89 < radius.max() <= 0.9
    assert np.square(radius).mean() == pytest.approx((0.6**2 + 0.9**2) / 2, abs=0.01)  # by area
    angle = np.arctan2(imaginary, real)
    assert 0 <= angle.min() and angle.max() <= 1 and angle.mean() == pytest.approx(0.5, abs=0.02)
    np.testing.assert_allclose(np.exp(np.array(cell.gamma)), np.sqrt(1 - radius**2), atol=1e-5)
    kernel, output = np.array(cell.kernel), np.array(cell.output_kernel)
    assert kernel.std() == pytest.approx(np.sqrt(1 / 2), rel=0.05)  # |B| has variance 1 / features
    assert output.std() == pytest.approx(np.sqrt(1 / 4000), rel=0.05)


def test_an_lru_forgets_by_its_radius_alone():
    """With |λ| = 0.999 the first input counts 0.999^5000 at step 5,000, there and back."""
    layer = layers.LRU(1, state_units=8, r_min=0.999, r_max=0.999)
    x = tf.constant(np.eye(1, 5001).reshape(1, 5001, 1).astype("float32"))
    layer.build(x.shape)
    layer.cell.skip_kernel.assign([[0.0]])
    layer.cell.theta.assign(np.full(8, -30.0))
    short, whole = layer(x[:, :1]), layer(x, training=True)
    np.testing.assert_allclose(whole / short, 0.999**5000, rtol=1e-2)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=True)
    gradient = np.array(tape.gradient(y, x))[0, :, 0]
    np.testing.assert_allclose(gradient[0] / gradient[-1], 0.999**5000, rtol=1e-2)


def test_an_activation_with_weights_is_stepped():
    layer = layers.MinGRU(UNITS, activation=keras.layers.PReLU())
    assert layer.cell.scan(X, [np.zeros((BATCH, UNITS), "float32")], None, False) is None


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_gradients_of_both_orders_are_numerical_ones_on_other_backends(backend):
    probe = [sys.executable, str(HERE / "linear_probe.py")]
    path = os.pathsep.join([str(HERE.parents[2]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": path}
    done = subprocess.run(probe, env=environment, capture_output=True, text=True, timeout=500)
    if "ModuleNotFoundError" in done.stderr:
        pytest.skip(f"{backend} is not installed")
    assert done.returncode == 0, done.stderr[-3000:]
