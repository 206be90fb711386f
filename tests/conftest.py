"""What the tests share: where the real data is."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parent.parent.parent / "shared"


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
