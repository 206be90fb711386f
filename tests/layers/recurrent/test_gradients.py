"""Gradients of every mode and order, beside those of Keras; what a tape leaves in saved graphs."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from seqtasks import layers

X = tf.constant(np.random.default_rng(3).normal(size=(3, 7, 4)).astype("float32"))
MASK = tf.constant(np.arange(7)[None] < np.array([7, 4, 0])[:, None])
CASES = [
    ("LSTM", {}),
    ("LSTM", {"use_bias": False}),
    ("GRU", {}),
    ("GRU", {"use_bias": False}),
    ("SimpleRNN", {}),
    ("SimpleRNN", {"activation": "relu", "go_backwards": True}),
]
NAMES = [f"{kind}-{'-'.join(options)}" for kind, options in CASES]


def twins(kind, options):
    """Our layer and Keras's, with the same weights, and states to begin with."""
    pair = [getattr(of, kind)(5, return_sequences=True, **options) for of in (layers, keras.layers)]
    for layer in pair:
        layer.build((None, None, 4))
    numbers = np.random.default_rng(0)
    pair[1].set_weights([numbers.normal(size=w.shape) * 0.4 for w in pair[1].get_weights()])
    pair[0].set_weights(pair[1].get_weights())
    states = [
        tf.constant(numbers.normal(size=(3, 5)).astype("float32"))
        for _ in range(1 + (kind == "LSTM"))
    ]
    return pair, states


def first_order(layer, states, mask, training):
    def step(x, *states):
        with tf.GradientTape() as tape:
            tape.watch([x, *states])
            y = layer(x, initial_state=list(states), mask=mask, training=training)
            loss = tf.reduce_sum(tf.sin(3 * y))
        weights = [w.value for w in layer.trainable_variables]
        return tape.gradient(loss, [x, *states, *weights])

    return step


def gradient_penalty(layer, states, mask, training):
    """Gradients of the squared norm of a gradient: every second derivative enters."""
    single = first_order(layer, states, mask, training)

    def step(x, *states):
        with tf.GradientTape() as tape:
            tape.watch([x, *states])
            norm = tf.add_n([tf.reduce_sum(g * g) for g in single(x, *states)])
        weights = [w.value for w in layer.trainable_variables]
        return tape.gradient(norm, [x, *states, *weights])

    return step


def close(ours, theirs, tolerance):
    for a, b in zip(ours, theirs, strict=True):
        largest = float(tf.reduce_max(tf.abs(b)))
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * max(1, largest))


@pytest.mark.parametrize("mask", [None, MASK], ids=["whole", "masked"])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_gradients_of_both_orders_are_those_of_keras(case, training, mask):
    pair, states = twins(*case)
    for order, tolerance in ((first_order, 1e-5), (gradient_penalty, 5e-5)):
        ours, theirs = (
            tf.function(order(layer, states, mask, training))(X, *states) for layer in pair
        )
        close(ours, theirs, tolerance)
        assert max(float(tf.reduce_max(tf.abs(g))) for g in ours) > 0.1


@pytest.mark.parametrize("case", CASES[::2], ids=NAMES[::2])
def test_second_derivatives_need_no_graph(case):
    pair, states = twins(*case)
    ours, theirs = (gradient_penalty(layer, states, MASK, True)(X, *states) for layer in pair)
    close(ours, theirs, 5e-5)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("order", [first_order, gradient_penalty])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_gradients_in_compiled_functions(kind, order, training):
    pair, states = twins(kind, {})
    ours = tf.function(order(pair[0], states, None, training), jit_compile=True)(X, *states)
    close(ours, tf.function(order(pair[1], states, None, training))(X, *states), 5e-5)


def test_a_hessian_vector_product_is_a_finite_difference():
    (layer, _), states = twins("LSTM", {})
    direction = tf.constant(np.random.default_rng(1).normal(size=X.shape).astype("float32"))

    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.sin(layer(x, initial_state=states, training=True)))
        return tape.gradient(loss, x)

    with tf.GradientTape() as tape:
        tape.watch(X)
        along = tf.reduce_sum(gradient(X) * direction)
    difference = (gradient(X + 0.01 * direction) - gradient(X - 0.01 * direction)) / 0.02
    np.testing.assert_allclose(tape.gradient(along, X), difference, atol=2e-3)


class Watched(tf.Module):
    """A model whose function was traced while a tape recorded."""

    def __init__(self):
        super().__init__()
        self.layer = layers.LSTM(5)
        self.layer.build((None, None, 4))
        self.kept = [w.value for w in self.layer.trainable_variables]
        self.serve = tf.function(
            lambda x: self.layer(x), input_signature=[tf.TensorSpec([None, None, 4])]
        )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_function_traced_under_a_tape_is_saved_without_compiled_gradients(tmp_path):
    model = Watched()
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model.serve(X) ** 2)
    wanted = tape.gradient(loss, model.kept)
    tf.saved_model.save(model, str(tmp_path), model.serve)
    saved = saved_model_pb2.SavedModel.FromString((tmp_path / "saved_model.pb").read_bytes())
    functions = saved.meta_graphs[0].graph_def.library.function
    assert not [f.signature.name for f in functions if f.attr["_XlaMustCompile"].b]
    loaded = tf.saved_model.load(str(tmp_path))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(loaded.serve(X) ** 2)
    close(tape.gradient(loss, loaded.kept), wanted, 1e-5)
