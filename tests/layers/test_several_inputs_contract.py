"""What holds for the layers that take several inputs: one list of checks for every row."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from catalogue import SEVERAL
from test_serving import in_a_session, needs_xla

rows = pytest.mark.parametrize("name", SEVERAL)
NAMES = "abcdef"


def drawn(name, seed=1):
    return SEVERAL[name].draw(np.random.default_rng(seed))


def make(name, **options):
    layer, rng = SEVERAL[name].make(**options), np.random.default_rng(2)
    layer.build([(None, *shape) for shape in SEVERAL[name].shape])
    for weight in layer.trainable_weights:
        weight.assign(rng.normal(size=weight.shape) * 0.5)
    return layer


def model_of(name, layer):
    given = zip(NAMES, SEVERAL[name].shape, drawn(name), strict=False)
    inputs = [keras.Input(shape, dtype=x.dtype.name, name=key) for key, shape, x in given]
    return keras.Model({x.name: x for x in inputs}, layer(inputs))


def feed(arrays):
    return dict(zip(NAMES, arrays, strict=False))


@rows
def test_shapes_with_unknown_batch_and_time_are_the_eager_ones_and_no_rows_are_taken(name):
    layer, x = make(name), drawn(name)
    eager = layer(x)
    symbolic = model_of(name, layer).output
    for known, unknown in zip(eager.shape, symbolic.shape, strict=True):
        assert unknown in (None, known)
    assert symbolic.shape[0] is None and symbolic.dtype == eager.dtype.name
    assert layer.compute_output_shape([one.shape for one in x]) == tuple(eager.shape)
    specs = [
        tf.TensorSpec([None, *shape], one.dtype)
        for shape, one in zip(SEVERAL[name].shape, x, strict=True)
    ]
    graph = tf.function(lambda *given: layer(list(given)), input_signature=specs)
    for rows_ in (4, 2, 0):
        few = [one[:rows_] for one in x]
        np.testing.assert_allclose(graph(*few), eager[:rows_], atol=1e-5)
        assert layer(few).shape == eager[:rows_].shape


@rows
def test_configuration_and_keras_file_round_trip_without_custom_objects(name, tmp_path):
    layer, x = make(name), feed(drawn(name))
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()
    model = model_of(name, layer)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(x), model(x), atol=1e-6)


@rows
@pytest.mark.parametrize("jit", [False, True])
def test_gradients_reach_all_weights_and_float_inputs(name, jit):
    layer, x = make(name), [tf.constant(one) for one in drawn(name)]

    @tf.function(jit_compile=jit)
    def gradients(*x):
        floats = [one for one in x if one.dtype.is_floating]
        with tf.GradientTape() as tape:
            tape.watch(floats)
            y = layer(list(x))
            loss = tf.reduce_sum(tf.sin(y))
        return tape.gradient(loss, [*floats, *[w.value for w in layer.trainable_weights]])

    for gradient in gradients(*x):
        assert np.isfinite(gradient).all() and np.any(gradient)


@rows
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "bfloat16"])
def test_runs_in_bfloat16(name, policy):
    found = np.array(make(name, dtype=policy)(drawn(name)), "float32")
    np.testing.assert_allclose(found, make(name)(drawn(name)), atol=0.1)


@rows
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_exported_it_answers_in_a_session(name, tmp_path):
    model = model_of(name, make(name))
    model.export(tmp_path / "saved", verbose=False)
    assert not needs_xla(tmp_path / "saved")
    for x in (drawn(name), [one[:1] for one in drawn(name, seed=3)]):
        answer = in_a_session(tmp_path / "saved", feed(x))
        np.testing.assert_allclose(answer, model(feed(x)), atol=1e-5)
