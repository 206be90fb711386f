"""The tests of `seqtasks.compat.tfa` on JAX and PyTorch, in processes of their own."""

import os
import subprocess
from pathlib import Path

import pytest
from test_backends import PYTHON

HERE = Path(__file__).parent


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_same_tests_pass_on_other_backends(backend):
    installed = subprocess.run([PYTHON, "-c", f"import {backend}, pytest"], capture_output=True)
    if installed.returncode:
        pytest.skip(f"{backend} is not installed for {PYTHON}; set SEQTASKS_BACKENDS_PYTHON")
    roots = [str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": os.pathsep.join(roots)}
    files = sorted(str(path) for path in HERE.glob("test_tfa_*.py") if path != Path(__file__))
    command = [PYTHON, "-m", "pytest", "-q", "-o", "addopts=", "-o", "filterwarnings=", *files]
    run = subprocess.run(
        command, env=environment, cwd=HERE.parents[1], capture_output=True, text=True, timeout=500
    )
    assert run.returncode == 0, run.stdout[-3000:]
