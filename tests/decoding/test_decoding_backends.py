"""TensorFlow, JAX (compiled) and PyTorch decode alike; what is exported runs in a session.

The others run in processes of their own, with the Python named by SEQTASKS_BACKENDS_PYTHON (by
default this one); where a package is not installed the test is skipped and says so.
"""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from decoding_probe import decoders

HERE = Path(__file__).parent
PYTHON = os.environ.get("SEQTASKS_BACKENDS_PYTHON", sys.executable)


def results(decode):
    return [np.array(x) for x in keras.tree.flatten(decode())]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_backends_decode_alike(backend, tmp_path):
    installed = subprocess.run([PYTHON, "-c", f"import {backend}"], capture_output=True)
    if installed.returncode:
        pytest.skip(f"{backend} is not installed for {PYTHON}; set SEQTASKS_BACKENDS_PYTHON")
    roots = [str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": os.pathsep.join(roots)}
    command = [PYTHON, str(HERE / "decoding_probe.py"), str(tmp_path / "found.npz")]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=500)
    assert run.returncode == 0, run.stderr[-3000:]
    with np.load(tmp_path / "found.npz") as file:
        found = dict(file)
    for name, decode in decoders().items():
        for n, expected in enumerate(results(decode)):
            np.testing.assert_allclose(found[f"{name} {n}"], expected, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("name", decoders())
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_saved_decoder_answers_in_a_session(name, tmp_path):
    decode = decoders()[name]
    module = tf.Module()
    module.serve = tf.function(
        lambda: {f"y{n}": x for n, x in enumerate(keras.tree.flatten(decode()))}, input_signature=[]
    )
    tf.saved_model.save(module, tmp_path / "saved", {"serving_default": module.serve})
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        graph = tf.compat.v1.saved_model.load(session, ["serve"], str(tmp_path / "saved"))
        outputs = graph.signature_def["serving_default"].outputs
        found = session.run({key: value.name for key, value in outputs.items()})
    for n, expected in enumerate(results(decode)):
        np.testing.assert_allclose(found[f"y{n}"], expected, atol=1e-5)
