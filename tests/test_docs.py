"""What the documentation says holds: its examples run, the files that it names exist."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


def blocks(page, language="python"):
    """The code blocks of a page of `docs/` in one language, in order."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def run(*arguments, cwd, path=()):
    """The output of a Python process in a folder, which must succeed."""
    paths = [*map(str, path), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=cwd, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
def test_the_examples_of_the_python_page_run_in_order(tmp_path):
    first, *others = blocks("python.md")
    (tmp_path / "first.py").write_text(first, "utf-8")
    (tmp_path / "all.py").write_text("\n".join([first, *others]), "utf-8")
    assert re.search(r"^(good|bad) \{", run("first.py", cwd=tmp_path), flags=re.MULTILINE)
    run("-c", "import shutil; shutil.rmtree('runs')", cwd=tmp_path)
    out = run("all.py", cwd=tmp_path)
    assert "'to_dict'" not in out and "SequenceTagger" not in out
