"""What holds for all that `seqtasks.layers` exports, and for its layers of other inputs."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from catalogue import CELLS, LAYERS, OTHERS, SCORES
from test_serving import in_a_session, needs_xla

from seqtasks import layers

rows = pytest.mark.parametrize("name", OTHERS)
TABLES = {"ATTENTIONS", "CELLS"}
FUNCTIONS = {
    *TABLES,
    *(name for name in layers.crf.__all__ if name.startswith("crf_")),
    "compiled_loops",
    "coverage_loss",
    "keras_loops",
    "make_attention",
    "make_cell",
    "worth_compiling",
}
CLASSES = {name for name in layers.__all__ if isinstance(getattr(layers, name), type)}


def drawn(name, seed=1):
    return OTHERS[name].draw(np.random.default_rng(seed))


def make(name, **options):
    layer, rng = OTHERS[name].make(**options), np.random.default_rng(2)
    layer.build((None, *OTHERS[name].shape))
    for weight in layer.trainable_weights:
        weight.assign(rng.normal(size=weight.shape) * 0.5)
    return layer


def same(found, expected, **tolerance):
    for a, b in zip(tf.nest.flatten(found), tf.nest.flatten(expected), strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, **tolerance)


def model_of(name, layer):
    dtype = drawn(name).dtype.name
    inputs = keras.Input(OTHERS[name].shape, dtype=dtype, name="inputs")
    outputs = layer(inputs)
    if isinstance(outputs, list):
        outputs = keras.layers.Concatenate()(outputs)
    return keras.Model({"inputs": inputs}, outputs)


def test_every_public_layer_has_a_row():
    made = [row.make() for row in (*LAYERS.values(), *OTHERS.values())]
    made += [make() for make in (*CELLS.values(), *SCORES.values())]
    assert {type(one).__name__ for one in made} == CLASSES
    assert set(layers.__all__) - CLASSES == FUNCTIONS
    assert {type(layers.make_cell(name, 4)) for name in layers.CELLS} <= set(map(type, made))


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_public_layer_is_registered_and_documented(name):
    exported = getattr(layers, name)
    assert keras.saving.get_registered_name(exported) == f"seqtasks>{name}"
    for word in ("Args:", "Call arguments:", "Returns:", "Masking:", "Example:", "Reference:"):
        assert word in exported.__doc__, (name, word)


@rows
def test_symbolic_shapes_are_the_eager_ones_also_with_unknown_sizes(name):
    layer, x = make(name), drawn(name)
    eager = tf.nest.flatten(layer(x))
    symbolic = tf.nest.flatten(layer(keras.Input(OTHERS[name].shape, dtype=x.dtype.name)))
    for a, b in zip(symbolic, eager, strict=True):
        assert len(a.shape) == len(b.shape) and a.dtype == b.dtype.name
        assert all(m in (None, n) for m, n in zip(a.shape, b.shape, strict=True))
    spec = tf.TensorSpec([None, *OTHERS[name].shape], x.dtype)
    graph = tf.function(layer, input_signature=[spec])
    same(graph(x), layer(x), atol=1e-5)
    same(graph(x[:2]), layer(x[:2]), atol=1e-5)


@rows
def test_configuration_and_keras_file_round_trip_without_custom_objects(name, tmp_path):
    layer, x = make(name), {"inputs": drawn(name)}
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()
    model = model_of(name, layer)
    model.save(tmp_path / "model.keras")
    same(keras.models.load_model(tmp_path / "model.keras")(x), model(x), atol=1e-6)


@rows
def test_more_padding_changes_nothing(name):
    if not OTHERS[name].padded:
        return
    layer, x = make(name), drawn(name)
    for axis in range(1, 2 if name != "CharacterEncoder" else 3):
        widths = [(0, 2 if n == axis else 0) for n in range(x.ndim)]
        y = layer(np.pad(x, widths))
        same(y[:, : x.shape[1]], layer(x), atol=1e-6)
        assert not np.any(y[:, x.shape[1] :])


@rows
def test_gradients_reach_all_weights_and_runs_in_bfloat16(name):
    for options in ({}, {"dtype": "mixed_bfloat16"}):
        layer = make(name, **options)
        with tf.GradientTape() as tape:
            outputs = tf.nest.flatten(layer(drawn(name)))
            loss = sum(tf.reduce_sum(tf.cast(y, tf.float32) ** 2) for y in outputs)
        gradients = tape.gradient(loss, [w.value for w in layer.trainable_weights])
        for gradient in map(tf.convert_to_tensor, gradients):
            assert np.isfinite(gradient).all() and np.any(gradient)
        same([tf.cast(y, tf.float32) for y in outputs], make(name)(drawn(name)), atol=0.1)


@rows
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_exported_it_answers_in_a_session(name, tmp_path):
    model = model_of(name, make(name))
    model.export(tmp_path / "saved", verbose=False)
    assert not needs_xla(tmp_path / "saved")
    for x in (drawn(name), drawn(name, seed=3)[:1]):
        answer = in_a_session(tmp_path / "saved", {"inputs": x})
        np.testing.assert_allclose(answer, model({"inputs": x}), atol=1e-5)


@pytest.mark.parametrize("name", SCORES)
def test_scores_round_trip_and_ignore_labels_on_masked_steps(name):
    chain = drawn("CRFDecoder")
    labels = np.array(layers.CRFDecoder()(chain))
    labels[0, 0] = (labels[0, 0] + 1) % 4
    score = SCORES[name](name="mine")
    twin = type(score).from_config(score.get_config())
    assert twin.get_config() == score.get_config() and twin.name == "mine"
    value = np.array(score(labels, chain))
    assert value.shape == () and np.isfinite(value)
    np.testing.assert_allclose(twin(labels, chain), value)
    other = labels.copy()
    other[:, -1] = -1
    np.testing.assert_allclose(SCORES[name]()(other, chain), value)
