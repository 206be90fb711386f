"""What is exported runs without Keras, in the session-based loader that TensorFlow Serving uses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from catalogue import FEATURES, LAYERS, TIME
from heavy import HEAVY
from tensorflow.core.protobuf import saved_model_pb2

from seqtasks import layers

X = np.random.default_rng(0).normal(size=(3, TIME, FEATURES)).astype("float32")
MASK = np.arange(TIME)[None] < np.array([TIME, 2, 0])[:, None]


def model_of(layer):
    sequences = keras.Input((None, FEATURES), name="sequences")
    mask = keras.Input((None,), dtype="bool", name="mask")
    return keras.Model({"sequences": sequences, "mask": mask}, layer(sequences, mask=mask))


def needs_xla(path):
    """Names of the functions of a saved model that only run where XLA is linked."""
    model = saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes())
    functions = model.meta_graphs[0].graph_def.library.function
    return [f.signature.name for f in functions if f.attr["_XlaMustCompile"].b]


def in_a_session(path, feed):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        graph = tf.compat.v1.saved_model.load(session, ["serve"], str(path))
        names = graph.signature_def["serving_default"]
        feed = {names.inputs[key].name: value for key, value in feed.items()}
        return session.run(next(iter(names.outputs.values())).name, feed)


@pytest.mark.parametrize("name", HEAVY)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.slow
def test_an_exported_layer_answers_in_a_session(name, tmp_path):
    model = model_of(LAYERS[name].make())
    model.export(tmp_path / "saved", verbose=False)
    assert not needs_xla(tmp_path / "saved")
    for x, mask in [
        (X, MASK),
        (X[:1, :4], MASK[:1, :4]),
        (np.tile(X, (2, 3, 1)), np.tile(MASK, (2, 3))),
    ]:
        feed = {"sequences": x, "mask": mask}
        answer = in_a_session(tmp_path / "saved", feed)
        np.testing.assert_allclose(answer, model(feed), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["keras", "tensorflow"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_trained_model_answers_on_the_command_line(how, tmp_path):
    sequences = keras.Input((None, FEATURES), name="sequences")
    y = layers.RecurrentStack(4, "lstm", layers=2, bidirectional=True)(sequences)
    y = layers.SequencePooling("attention")(layers.GRU(4, return_sequences=True)(y))
    model = keras.Model({"sequences": sequences}, y)
    model.compile("adam", "mse")
    model.fit({"sequences": X}, np.zeros((3, 4)), verbose=0)
    if how == "keras":
        model.export(tmp_path / "saved", verbose=False)
    else:
        module = tf.Module()
        module.model, module.variables_ = model, [v.value for v in model.variables]
        spec = tf.TensorSpec([None, None, FEATURES], name="sequences")
        serve = tf.function(lambda x: {"y": model({"sequences": x})}, input_signature=[spec])
        tf.saved_model.save(
            module, str(tmp_path / "saved"), signatures=serve.get_concrete_function()
        )
    np.save(tmp_path / "x.npy", X)
    command = Path(sys.executable).with_name("saved_model_cli")
    run = [command, "run", "--dir", tmp_path / "saved", "--tag_set", "serve"]
    run += ["--signature_def", "serving_default", "--inputs", f"sequences={tmp_path / 'x.npy'}"]
    environment = {**os.environ, "PYTHONPATH": ""}  # seqtasks is not at hand
    out = subprocess.run(
        [*map(str, run), "--outdir", tmp_path / "out"],
        env=environment,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert out.returncode == 0, out.stderr[-2000:]
    (answer,) = (tmp_path / "out").glob("*.npy")
    np.testing.assert_allclose(np.load(answer), model({"sequences": X}), atol=1e-5)
    plain = "import json, sys, numpy, tensorflow as tf; m = tf.saved_model.load(sys.argv[1]);"
    plain += "y = m.signatures['serving_default'](sequences=tf.constant(numpy.load(sys.argv[2])));"
    plain += "print(json.dumps([v.numpy().tolist() for v in y.values()][0]))"
    out = subprocess.run(
        [sys.executable, "-c", plain, str(tmp_path / "saved"), str(tmp_path / "x.npy")],
        env=environment,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert out.returncode == 0, out.stderr[-2000:]
    np.testing.assert_allclose(json.loads(out.stdout.splitlines()[-1]), np.load(answer), atol=1e-5)
