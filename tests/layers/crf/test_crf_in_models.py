"""Taggers with a CRF: the model class of the docs, and a functional model."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from test_layers_docs import EXAMPLES

from seqtasks import layers
from seqtasks.text.bio import allowed_transitions

CONSTRAINTS = [np.asarray(table).tolist() for table in allowed_transitions(["O", "B", "I"], "bio")]


def functional(jit, **options):
    x = keras.Input((None, 4))
    emissions = keras.layers.Dense(3)(x)
    chain = layers.CRF(3, **options)(emissions, mask=keras.ops.any(x != 0, axis=-1))
    model = keras.Model(x, chain)
    model.compile(
        keras.optimizers.Adam(0.1),
        layers.CRFLoss(),
        metrics=[layers.CRFAccuracy()],
        jit_compile=jit,
    )
    return model


def puzzle():
    """Tags that depend on the tag before: from the inputs alone two thirds can be right."""
    rng = np.random.default_rng(0)
    x, y = np.zeros((64, 7, 4), "float32"), np.zeros((64, 7), "int32")
    for row in range(64):
        for step in range(rng.integers(1, 8)):
            kind = rng.integers(0, 3)
            inside = step and y[row, step - 1] > 0
            y[row, step] = [0, 1, 2 if inside else 1][kind]
            x[row, step] = np.eye(4)[kind]
    return x, y


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.slow
def test_a_functional_model_compiles_fits_saves_and_serves(jit, tmp_path):
    keras.utils.set_random_seed(0)
    x, y = puzzle()
    model = functional(jit, constraints=CONSTRAINTS)
    history = model.fit(x, y, epochs=40, batch_size=16, verbose=0).history
    assert history["loss"][-1] < 0.1 * history["loss"][0]
    assert model.evaluate(x, y, verbose=0, return_dict=True)["crf_accuracy"] > 0.98

    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(x), model(x), atol=1e-6)
    assert loaded.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)

    tagger = keras.Model(model.input, layers.CRFDecoder()(model.output))
    tags = tagger.predict(x, verbose=0)
    assert tags.dtype == "int32" and (tags == y).mean() > 0.98
    tagger.export(tmp_path / "saved", verbose=False)
    np.save(tmp_path / "x.npy", x[:5, :4])
    plain = "import sys\nsys.modules.update(keras=None, seqtasks=None)  # importing them raises\n"
    plain += "import numpy, tensorflow as tf\n"
    plain += "feed = numpy.load(sys.argv[2])\nanswers = []\n"
    plain += "loaded = tf.saved_model.load(sys.argv[1])\n"
    plain += "answers.append(loaded.serve(feed).numpy())\n"
    plain += "with tf.Graph().as_default(), tf.compat.v1.Session() as session:\n"
    plain += "    graph = tf.compat.v1.saved_model.load(session, ['serve'], sys.argv[1])\n"
    plain += "    names = graph.signature_def['serving_default']\n"
    plain += "    given = {next(iter(names.inputs.values())).name: feed}\n"
    plain += "    answers.append(session.run(next(iter(names.outputs.values())).name, given))\n"
    plain += "numpy.save(sys.argv[3], answers)\n"
    command = [sys.executable, "-c", plain, *map(str, (tmp_path / "saved", tmp_path / "x.npy"))]
    run = subprocess.run(
        [*command, str(tmp_path / "y.npy")],
        env={**os.environ, "PYTHONPATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    for answer in np.load(tmp_path / "y.npy"):
        np.testing.assert_array_equal(answer, tagger(x[:5, :4]))


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.slow
def test_the_model_of_the_docs_learns_saves_and_decodes_in_a_graph(jit, tmp_path):
    (code,) = [code for code in EXAMPLES.values() if "class BiLSTMCRF" in code]
    names = {"__name__": "example"}
    exec(code, names)
    keras.utils.set_random_seed(0)
    x, y = puzzle()
    words = np.where(x.any(-1), x.argmax(-1) + 1, 0)
    model = names["BiLSTMCRF"](4, 3, CONSTRAINTS, units=8)
    model.compile(keras.optimizers.Adam(0.02), jit_compile=jit)
    losses = model.fit(words, y, epochs=40, batch_size=16, verbose=0).history["loss"]
    assert losses[-1] < 0.1 * losses[0]
    tags = np.array(model.decode(words))
    assert (tags == y).mean() > 0.98
    assert np.array(model.crf.between).any() and model.crf in model.layers

    emissions, mask = model(words), words != 0  # the same number as by the functional way
    loss = layers.CRFLoss()(y, model.crf(emissions, mask=mask))
    np.testing.assert_allclose(model.compute_loss(words, y, emissions), loss, atol=1e-6)

    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    decode = tf.function(loaded.decode, input_signature=[tf.TensorSpec([None, None], "int64")])
    np.testing.assert_array_equal(decode(words), tags)
    np.testing.assert_array_equal(decode(words[:1, :2]), model.decode(words[:1, :2]))
