"""What the tests share: where the real data is, and one finished run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_run import SMALL

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("SEQTASKS_SHARED", ROOT.parent / "shared"))


def _folder(name):
    if not (SHARED / name).is_dir():
        pytest.skip(f"no real data at {SHARED / name}")
    return SHARED / name


@pytest.fixture(scope="session")
def shared_data():
    """Real corpora in their original formats, only ever read from here."""
    return _folder("data")


@pytest.fixture(scope="session")
def shared_tfds():
    """Data sets as tensorflow-datasets prepares them."""
    return _folder("tfds")


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """The folder of a finished run on the embedded sample, and what it printed."""
    folder = tmp_path_factory.mktemp("run") / "sentiment"
    command = [sys.executable, "-m", "seqtasks", "train", "sentiment", "--out", str(folder), *SMALL]
    done = subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=True)
    return folder, done
