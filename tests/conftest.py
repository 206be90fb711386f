"""What the tests share: where the real data is, and one finished run."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small_run import SMALL

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("SEQTASKS_SHARED", ROOT.parent / "shared"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Seed each test alike: Keras draws seeds of initializers from `random`."""
    random.seed(0)
    np.random.seed(0)


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


@pytest.fixture(scope="module")  # while it runs, other tests cannot run event loops
def chromium():
    """A headless browser; tests of pages skip without one (Debian: `apt-get install chromium`)."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    names = "chromium", "chromium-browser", "google-chrome"
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        pytest.skip(f"no browser: none of {', '.join(names)} is on the path")
    with driver.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium):
    """A function that opens an HTML file, and holds what must hold of every page of ours."""
    pages = []

    def open_page(path, width=1100):
        assert path.stat().st_size < 5_000_000
        page, faults = chromium.new_page(viewport={"width": width, "height": 800}), []
        pages.append(page)
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: faults.append(request.url))
        page.goto(path.resolve().as_uri())
        assert faults == [path.resolve().as_uri()]  # itself, and nothing else
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(PICTURES_WITHOUT_TEXT) == []
        page.faults = faults
        return page

    yield open_page
    for page in pages:
        assert len(page.faults) == 1, page.faults
        page.close()


@pytest.fixture
def opened_where_possible(request):
    """`opened`, or a function that does nothing where there is no browser."""
    try:
        return request.getfixturevalue("opened")
    except pytest.skip.Exception:
        return lambda path: None


PICTURES_WITHOUT_TEXT = """
[...document.querySelectorAll('img, svg, canvas, [role=img]')].filter(picture => {
  const named = (picture.getAttribute('aria-labelledby') || '').split(' ');
  const text = picture.getAttribute('alt') || picture.getAttribute('aria-label') ||
    named.map(id => document.getElementById(id)?.textContent).join(' ');
  return !text || !text.trim();
}).map(picture => picture.outerHTML.slice(0, 200))
"""
