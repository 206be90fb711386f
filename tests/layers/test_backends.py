"""TensorFlow, JAX and PyTorch agree on outputs and gradients of every row of the catalogue.

The others run in processes of their own, with the Python named by SEQTASKS_BACKENDS_PYTHON (by
default this one); where a package is not installed the test is skipped and says so.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
PYTHON = os.environ.get("SEQTASKS_BACKENDS_PYTHON", sys.executable)

# Keras's own loop on JAX holds the state, not the output, at masked steps: they differ where a cell
# puts out something else than its state. What is stepped through by it inherits this.
DIFFERENT = {("jax", "RNN residual, mask holes"), ("jax", "RNN highway, mask holes")}


def probe(backend, path, python):
    roots = [str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": os.pathsep.join(roots)}
    command = [python, str(HERE / "backend_probe.py"), str(path)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=500)
    assert run.returncode == 0, run.stderr[-3000:]
    with np.load(path) as file:
        return dict(file)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    path = tmp_path_factory.mktemp("backends") / "tensorflow.npz"
    return probe("tensorflow", path, sys.executable)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_backends_agree(backend, request, tmp_path):
    installed = subprocess.run([PYTHON, "-c", f"import {backend}"], capture_output=True)
    if installed.returncode:
        pytest.skip(f"{backend} is not installed for {PYTHON}; set SEQTASKS_BACKENDS_PYTHON")
    reference = request.getfixturevalue("reference")  # only now: it takes a minute
    found = probe(backend, tmp_path / "found.npz", PYTHON)
    assert set(found) == set(reference)
    wrong = [
        f"{key}: off by {np.abs(found[key] - reference[key]).max():.1e}"
        for key in reference
        if (backend, key.rpartition(",")[0]) not in DIFFERENT
        and not np.allclose(found[key], reference[key], atol=1e-5, rtol=1e-5)
    ]
    assert not wrong, "\n".join(wrong)
