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


LOOPS = {"MinGRU": (min_gru, {})}
kinds = pytest.mark.parametrize("kind", LOOPS)
masks = pytest.mark.parametrize("mask", MASKS)


def built(kind, **options):
    layer = getattr(layers, kind)(UNITS, return_sequences=True, **LOOPS[kind][1], **options)
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
        new, after = LOOPS[kind][0](weights, X[:, t].astype("float64"), states)
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


@kinds
@masks
@pytest.mark.parametrize("steps", [1, 2, 3, 16, 33, 100])
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


@kinds
@masks
@pytest.mark.parametrize("training", [False, True])
def test_gradients_of_both_orders_are_those_of_the_stepped_cell(kind, mask, training):
    layer = built(kind)
    loop = keras.layers.RNN(layer.cell, return_sequences=True, dtype=layer.dtype_policy)
    states = [tf.constant(s) for s in first_states(layer)]
    for order, tolerance in ((first_order, 1e-5), (gradient_penalty, 5e-5)):
        found, wanted = (
            tf.function(order(one, states, MASKS[mask], training))(tf.constant(X), *states)
            for one in (layer, loop)
        )
        close(found, wanted, tolerance)
        assert max(float(tf.reduce_max(tf.abs(d))) for d in found) > 0.1


@kinds
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("order", [first_order, gradient_penalty])
def test_gradients_in_compiled_functions(kind, order, training):
    layer, x = built(kind), tf.constant(X)
    states = [tf.constant(s) for s in first_states(layer)]
    step = order(layer, states, MASKS["holes"], training)
    close(tf.function(step, jit_compile=True)(x, *states), step(x, *states), 5e-5)


@kinds
def test_no_gradient_is_lost_over_ten_thousand_steps(kind):
    """Products of 10,000 numbers below 1 underflow to what they are; sums stay exact."""
    layer = built(kind)
    x = np.random.default_rng(3).normal(size=(1, 10_000, FEATURES)).astype("float32")
    stepped = keras.layers.RNN(layer.cell, return_sequences=True)(x)
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
