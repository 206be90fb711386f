"""RNN, SimpleRNN, LSTM and GRU against Keras, numerical gradients, and hand-written twins."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks import layers
from seqtasks.layers.kernels import tensorflow_inference

BATCH, TIME, FEATURES, UNITS = 5, 7, 3, 4
LENGTHS = np.array([7, 3, 0, 1, 5])
RIGHT = np.arange(TIME)[None] < LENGTHS[:, None]
MASKS = {
    "none": None,
    "right": RIGHT,
    "left": RIGHT[:, ::-1].copy(),
    "holes": np.random.default_rng(3).random((BATCH, TIME)) > 0.5,
    "nothing": np.zeros((BATCH, TIME), bool),
}
KINDS = {
    "SimpleRNN": {},
    "SimpleRNN relu": {"activation": "relu"},
    "LSTM": {},
    "LSTM no bias": {"use_bias": False},
    "GRU": {},
    "GRU before": {"reset_after": False},
    "GRU no bias": {"use_bias": False},
}


def pair(kind, dtype="float32", **options):
    """A Keras layer and ours with the same random weights."""
    rng, name = np.random.default_rng(0), kind.split()[0]
    options = {**KINDS[kind], "return_sequences": True, "dtype": dtype, **options}
    theirs, ours = (
        getattr(keras.layers, name)(UNITS, **options),
        getattr(layers, name)(UNITS, **options),
    )
    for layer in (theirs, ours):
        layer.build((BATCH, TIME, FEATURES))
    weights = [rng.normal(size=w.shape) for w in theirs.get_weights()]
    theirs.set_weights(weights)
    ours.set_weights(theirs.get_weights())
    return theirs, ours


def sequences(dtype="float32", batch=BATCH, time=TIME, features=FEATURES):
    return np.random.default_rng(1).normal(size=(batch, time, features)).astype(dtype)


def first_states(kind, dtype="float32"):
    rng = np.random.default_rng(2)
    return [rng.normal(size=(BATCH, UNITS)).astype(dtype) for _ in range(1 + ("LSTM" in kind))]


def outputs_and_gradients(layer, x, mask, states, training=True):
    x, states = tf.constant(x), [tf.constant(s) for s in states or []]
    rng = np.random.default_rng(4)
    with tf.GradientTape() as tape:
        tape.watch([x, *states])
        outputs = tf.nest.flatten(
            layer(x, mask=mask, initial_state=states or None, training=training)
        )
        loss = sum(
            tf.reduce_sum(y * rng.normal(size=y.shape).astype(y.dtype.name)) for y in outputs
        )
    weights = [w.value for w in layer.trainable_weights]
    return outputs, tape.gradient(loss, [x, *states, *weights], unconnected_gradients="zero")


def assert_same(ours, theirs, atol=1e-5):
    for a, b in zip(tf.nest.flatten(ours), tf.nest.flatten(theirs), strict=True):
        np.testing.assert_allclose(a, b, atol=atol, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mask", MASKS)
def test_outputs_and_gradients_are_those_of_keras(kind, mask):
    for backwards, given, sequences_too in itertools.product((False, True), repeat=3):
        theirs, ours = pair(
            kind, go_backwards=backwards, return_state=True, return_sequences=sequences_too
        )
        states = first_states(kind) if given else None
        job = (sequences(), MASKS[mask], states)
        expected = outputs_and_gradients(theirs, *job)
        assert_same(outputs_and_gradients(ours, *job), expected)
        assert_same(outputs_and_gradients(ours, *job, training=False), expected)
        with layers.compiled_loops(False):
            assert_same(outputs_and_gradients(ours, *job), expected)


@pytest.mark.parametrize("kind", ["SimpleRNN relu", "LSTM", "LSTM no bias", "GRU", "GRU no bias"])
@pytest.mark.parametrize("mask", ["none", "holes"])
@pytest.mark.slow
def test_inference_in_two_groups_of_units_is_that_of_keras(kind, mask, monkeypatch):
    """In a graph, where seven steps are one turn of four and three of one."""
    monkeypatch.setattr(tensorflow_inference, "SPLIT", 0)
    job = (sequences(), MASKS[mask], first_states(kind))
    theirs, ours = pair(kind, return_state=True)
    expected = outputs_and_gradients(theirs, *job)
    found = tf.function(lambda: outputs_and_gradients(ours, *job, training=False))()
    assert_same(found, expected)
    # Traced where no tape records, as a model is that is exported; TensorFlow differentiates it.
    x, states = tf.constant(job[0]), [tf.constant(s) for s in job[2]]
    infer = tf.function(lambda x, *states: ours(x, mask=job[1], initial_state=list(states)))
    assert_same(tf.nest.flatten(infer(x, *states)), expected[0])
    with tf.GradientTape() as tape:
        tape.watch([x, *states])
        rng = np.random.default_rng(4)
        outputs = tf.nest.flatten(infer(x, *states))
        loss = sum(tf.reduce_sum(y * rng.normal(size=y.shape).astype("float32")) for y in outputs)
    weights = [w.value for w in ours.trainable_weights]
    assert_same(tape.gradient(loss, [x, *states, *weights]), expected[1])


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize(
    "merge",
    ["concat", *(pytest.param(m, marks=pytest.mark.slow) for m in ("sum", "mul", "ave", None))],
)
def test_bidirectional_is_that_of_keras(kind, merge):
    for mask, sequences_too in itertools.product(MASKS, (False, True)):
        theirs, ours = pair(kind, return_sequences=sequences_too, return_state=True)
        theirs = keras.layers.Bidirectional(theirs, merge_mode=merge)
        ours = layers.Bidirectional(ours, merge_mode=merge)
        for layer in (theirs, ours):
            layer.build((BATCH, TIME, FEATURES))
        ours.set_weights(theirs.get_weights())
        job = (sequences(), MASKS[mask], first_states(kind) + first_states(kind))
        assert_same(outputs_and_gradients(ours, *job), outputs_and_gradients(theirs, *job))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mask", ["none", "right", "holes"])
def test_hand_written_gradients_are_the_numerical_ones(kind, mask):
    _, layer = pair(kind, dtype="float64", return_state=True)
    x, states = sequences("float64"), first_states(kind, "float64")
    outputs, (dx, *rest) = outputs_and_gradients(layer, x, MASKS[mask], states)
    d_states, d_weights = rest[: len(states)], rest[len(states) :]
    rng = np.random.default_rng(4)
    factors = [rng.normal(size=y.shape) for y in outputs]

    def loss():
        y = layer(x, mask=MASKS[mask], initial_state=states, training=False)
        return sum(float(np.sum(a * f)) for a, f in zip(y, factors, strict=True))

    def along(direction, array, place):
        """The slope of the loss when the array moves along a direction."""
        ends = []
        for step in (1e-5, -1e-5):
            place(array + step * direction)
            ends.append(loss())
        place(array)
        return (ends[0] - ends[1]) / 2e-5

    weights = layer.trainable_weights
    jobs = [(x.copy(), dx, lambda a: np.copyto(x, a))]
    jobs += [
        (s.copy(), d, lambda a, s=s: np.copyto(s, a)) for s, d in zip(states, d_states, strict=True)
    ]
    jobs += [(np.array(w), d, w.assign) for w, d in zip(weights, d_weights, strict=True)]
    for array, gradient, place in jobs:
        for _ in range(3):
            direction = rng.normal(size=array.shape)
            slope = along(direction, array, place)
            np.testing.assert_allclose(np.sum(direction * gradient), slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    "shape",
    [
        (32, 40, 128, 128),
        (64, 64, 256, 256),
        (50, 100, 512, 512),
        (16, 64, 64, 384),
        (8, 400, 128, 256),
    ],
    ids=lambda shape: "/".join(map(str, shape)),
)
@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.slow
def test_equal_to_keras_on_the_shapes_of_the_benchmark(kind, shape, masked):
    """Outputs, trained and inferred, and all gradients, those of the inputs and weights.

    The loss is a mean over batch, time and units, as training uses: the gradient of a sum grows
    with their number, and float32's rounding with it, beyond any absolute bound.
    """
    batch, time, features, units = shape
    x = tf.constant(sequences(batch=batch, time=time, features=features))
    lengths = np.random.default_rng(5).integers(1, time + 1, size=batch)
    mask = np.arange(time)[None] < lengths[:, None] if masked else None
    theirs = getattr(keras.layers, kind)(units, return_sequences=True)
    ours = getattr(layers, kind)(units, return_sequences=True)
    for layer in (theirs, ours):
        layer.build(x.shape)
    ours.set_weights(theirs.get_weights())

    def outputs_and_gradients_of_a_mean(layer):
        @tf.function
        def run():
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = layer(x, mask=mask, training=True)
                loss = tf.reduce_mean(y * y)
            weights = [w.value for w in layer.trainable_weights]
            return layer(x, mask=mask, training=False), y, tape.gradient(loss, [x, *weights])

        return run()

    found, expected = map(outputs_and_gradients_of_a_mean, (ours, theirs))
    assert_same(found, expected)
    for gradient in expected[-1]:  # a mean this small would hide a wrong one: compare its pattern
        assert np.any(gradient)
    for a, b in zip(found[-1], expected[-1], strict=True):
        assert np.linalg.norm(a - b) < 1e-4 * np.linalg.norm(b)


def test_stateful_layers_go_on_where_they_ended_and_refuse_another_batch():
    theirs, ours = pair("GRU", stateful=True)
    for _ in range(2):
        assert_same(ours(sequences()), theirs(sequences()))
    ours.reset_state()
    theirs.reset_state()
    assert_same(ours(sequences()), theirs(sequences()))
    with pytest.raises(ValueError, match=r"expected a batch of 5 .* received 2"):
        ours(sequences(batch=2))


def test_a_learned_initial_state_starts_at_zero_and_is_trained():
    layer = layers.LSTM(UNITS, learn_initial_state=True)
    x = sequences()
    plain = layers.LSTM(UNITS)
    plain.build(x.shape)
    layer.build(x.shape)
    states = [w for w in layer.weights if "initial_state" in w.path]
    plain.set_weights([np.array(w) for w in layer.weights if "initial_state" not in w.path])
    assert_same(layer(x), plain(x))
    h, c = np.full((1, UNITS), 0.3, "float32"), np.full((1, UNITS), -0.2, "float32")
    for weight, value in zip(states, (h, c), strict=True):
        weight.assign(value)
    given = [np.repeat(s, BATCH, axis=0) for s in (h, c)]
    assert_same(layer(x), plain(x, initial_state=given))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(x, training=True) ** 2)
    assert all(np.any(np.array(g)) for g in tape.gradient(loss, [w.value for w in states]))


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_dropout_is_one_mask_for_all_steps(kind):
    """With a kernel of ones and no recurrence, a dropped feature is missing at every step."""
    layer = getattr(layers, kind)(UNITS, return_sequences=True, dropout=0.5, seed=7)
    layer.build((BATCH, TIME, FEATURES))
    layer.set_weights(
        [
            np.ones(w.shape)
            if "recurrent" not in w.path and "bias" not in w.path
            else np.zeros(w.shape)
            for w in layer.weights
        ]
    )
    x = np.ones((BATCH, TIME, FEATURES), "float32")
    assert not np.allclose(layer(x, training=True), layer(x, training=True))
    recurrent = getattr(layers, kind)(UNITS, return_sequences=True, recurrent_dropout=0.5, seed=7)
    assert np.isfinite(np.array(recurrent(x, training=True))).all()
    assert_same(recurrent(x), recurrent(x))


def test_keras_configurations_load_and_options_are_attributes():
    theirs = keras.layers.LSTM(UNITS, dropout=0.1, kernel_regularizer="l2", return_state=True)
    ours = layers.LSTM.from_config(theirs.get_config())
    config = ours.get_config()
    for name, value in theirs.get_config().items():
        assert config.get(name) == value, name
    assert (ours.units, ours.dropout, ours.unit_forget_bias) == (UNITS, 0.1, True)
    assert layers.GRU(3, "relu").activation.__name__ == "relu"


@pytest.mark.parametrize("wrong", [0, -1, 2.5, "4", None, True])
def test_wrong_units_are_refused(wrong):
    for make in (
        layers.LSTM,
        layers.GRU,
        layers.SimpleRNN,
        layers.RecurrentStack,
        layers.PeepholeLSTMCell,
        layers.CausalConvolution,
        layers.PyramidalRNN,
    ):
        with pytest.raises(
            ValueError, match=r"expected `units` to be a positive integer, received"
        ):
            make(wrong)


def test_wrong_options_are_refused():
    for call, words in [
        (lambda: layers.LSTM(4, no_such_option=1), "no_such_option"),
        (lambda: layers.LSTM(4, dropout=1.5), "dropout < 1, received dropout=1.5"),
        (lambda: layers.RecurrentStack(4, cell="lstn"), "expected `cell` to be one of"),
        (lambda: layers.RecurrentStack(4, layers=0), "`layers` to be a positive integer"),
        (lambda: layers.SequencePooling("median"), "expected `mode` to be one of"),
        (lambda: layers.LSTM(4, stateful=True, learn_initial_state=True), "at most one"),
        (lambda: layers.ZoneoutCell(layers.ResidualCell(layers.GRUCell(3))), "ResidualCell"),
        (lambda: layers.ZoneoutCell(layers.HighwayCell(layers.GRUCell(3))), "HighwayCell"),
        (lambda: layers.ZoneoutCell(layers.LSTMCell(3), [0.1]), "one for each of the 2"),
        (lambda: layers.RNN(layers.ResidualCell(layers.GRUCell(4)))(sequences()), "4 features"),
        (lambda: layers.LSTM(4)(sequences(), initial_state=[0, 0, 0]), "expected 2 initial"),
        (
            lambda: layers.RecurrentStack(4, layers=2)(sequences(), initial_state=[0] * 3),
            "2 layers",
        ),
        (
            lambda: layers.RNN(layers.HighwayCell(layers.GRUCell(4)))(sequences()),
            "HighwayCell: exp",
        ),
        (lambda: layers.NASCell(4, activation="relu"), "NASCell: expected no activation"),
        (lambda: layers.NASCell(4, recurrent_activation="tanh"), "no recurrent_activation"),
        (lambda: layers.WeightDropCell(3, 0.5), "expected a cell"),
    ]:
        with pytest.raises((ValueError, TypeError), match=words):
            call()
