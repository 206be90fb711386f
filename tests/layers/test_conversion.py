"""Models with our layers, converted to ONNX and LiteRT: the runtimes answer as Keras does."""

import collections

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks import layers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of the converters
]
SHAPES = [(1, 7), (3, 7), (4, 1), (2, 30)]


def sequence(kind, **options):
    return getattr(layers, kind)(6, return_sequences=True, **options)


ENCODERS = {
    "LSTM": (lambda: sequence("LSTM"), {"LSTM": 1}),
    "LSTM backwards": (lambda: sequence("LSTM", go_backwards=True), {"LSTM": 1}),
    "LSTM without bias": (lambda: sequence("LSTM", use_bias=False), {"LSTM": 1}),
    "LSTM learned state": (lambda: sequence("LSTM", learn_initial_state=True), {"LSTM": 1}),
    "GRU": (lambda: sequence("GRU"), {"GRU": 1}),
    "GRU without bias": (lambda: sequence("GRU", use_bias=False), {"GRU": 1}),
    "SimpleRNN": (lambda: sequence("SimpleRNN"), {"Loop": 1}),
    "both LSTM": (lambda: layers.Bidirectional(sequence("LSTM")), {"LSTM": 1}),
    "both GRU": (lambda: layers.Bidirectional(sequence("GRU")), {"GRU": 1}),
    "stack": (lambda: layers.RecurrentStack(4, layers=2, bidirectional=True), {"LSTM": 2}),
}


def model_of(layer, masked=False):
    x = keras.Input((None, 5))
    model = keras.Model(x, layer(keras.layers.Masking()(x) if masked else x))
    model(np.zeros((1, 2, 5), "float32"))
    return model


class Subclassed(keras.Model):
    """The emissions of a tagger, in a model that Keras cannot look into."""

    def __init__(self):
        super().__init__()
        self.encode = layers.RecurrentStack(4, "gru", bidirectional=True)
        self.emit = keras.layers.Dense(3)

    def call(self, x):
        return self.emit(self.encode(x))


def batches(masked):
    numbers = np.random.default_rng(0)
    for rows, steps in SHAPES:
        x = numbers.normal(size=(rows, steps, 5)).astype("float32")
        if masked:
            x[0, steps // 2 :] = 0
        yield x


def check_onnx(model, path, masked=False, **options):
    """The number of each recurrent operator, after the answers were compared."""
    onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    pytest.importorskip("tf2onnx")
    model.export(path, format="onnx", verbose=False, **options)
    session = runtime.InferenceSession(path)
    for x in batches(masked):
        (answer,) = session.run(None, {session.get_inputs()[0].name: x})
        np.testing.assert_allclose(answer, model(x), atol=1e-5)
    kinds = collections.Counter(node.op_type for node in onnx.load(path).graph.node)
    return {k: n for k, n in kinds.items() if k in {"LSTM", "GRU", "RNN", "Loop", "Scan"}}


@pytest.mark.parametrize("name", ENCODERS)
def test_unmasked_layers_become_the_operators_of_onnx(name, tmp_path):
    make, operators = ENCODERS[name]
    assert check_onnx(model_of(make()), str(tmp_path / "model.onnx")) == operators


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_masked_layers_become_loops(kind, tmp_path):
    model = model_of(layers.Bidirectional(sequence(kind)), masked=True)
    assert check_onnx(model, str(tmp_path / "model.onnx"), masked=True) == {"Loop": 2}


def test_a_subclassed_tagger_converts(tmp_path):
    model = Subclassed()
    model(np.zeros((1, 2, 5), "float32"))
    spec = [keras.InputSpec(shape=(None, None, 5), dtype="float32")]
    assert "GRU" in check_onnx(model, str(tmp_path / "model.onnx"), input_signature=spec)


def test_a_converter_of_ones_own_needs_the_context(tmp_path):
    convert = pytest.importorskip("tf2onnx").convert
    model = model_of(sequence("LSTM"))
    spec = [tf.TensorSpec([None, None, 5], name="x")]
    with layers.keras_loops():
        converted, _ = convert.from_function(tf.function(model, input_signature=spec), spec)
    assert [n.op_type for n in converted.graph.node].count("LSTM") == 1


@pytest.mark.parametrize("name", ["LSTM", "GRU", "SimpleRNN", "stack"])
def test_litert_answers_as_keras_with_builtin_operations(name, tmp_path):
    # At a fixed batch: with builtin operations alone Keras's own layers need that too.
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    model = model_of(ENCODERS[name][0]())
    path = str(tmp_path / "model.tflite")
    builtin = {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]}
    spec = [keras.InputSpec(shape=(3, 7, 5), dtype="float32")]
    model.export(path, format="litert", verbose=False, input_signature=spec, target_spec=builtin)
    x = np.random.default_rng(0).normal(size=(3, 7, 5)).astype("float32")
    runner = interpreter.Interpreter(model_path=path)
    runner.allocate_tensors()
    runner.set_tensor(runner.get_input_details()[0]["index"], x)
    runner.invoke()
    answer = runner.get_tensor(runner.get_output_details()[0]["index"])
    np.testing.assert_allclose(answer, model(x), atol=1e-5)


def test_litert_converts_a_dynamic_batch_with_operations_of_tensorflow(tmp_path):
    path = tmp_path / "model.tflite"
    model_of(sequence("LSTM")).export(str(path), format="litert", verbose=False)
    assert path.read_bytes()[4:8] == b"TFL3"
