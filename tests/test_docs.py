"""What the documentation says holds: its examples run, the files that it names exist."""

import dataclasses
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seqtasks import tasks
from seqtasks.cli.data_command import CheckOptions
from seqtasks.cli.evaluate_command import EvaluateOptions
from seqtasks.cli.lab_command import LabFiles
from seqtasks.cli.predict_command import (
    FileOptions,
    GenerationOptions,
    Predict,
    TranslationOptions,
)
from seqtasks.cli.report_commands import Compare, Report
from seqtasks.cli.run_commands import Info
from seqtasks.cli.serve_command import Serve
from seqtasks.cli.train_command import RunOptions
from seqtasks.lab import EXPERIMENTS, find_experiment
from seqtasks.pipelines.options import flat
from seqtasks.serving import Limits

ROOT = Path(__file__).parent.parent
OTHERS = "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "saved_models/README.md"
PAGES = [*sorted((ROOT / "docs").glob("*.md")), *(ROOT / name for name in OTHERS)]
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
# CI tests the wheel beside a folder without the sources, which these tests read.
sources = pytest.mark.skipif(not (ROOT / "tasks").is_dir(), reason="there are no sources here")


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


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.slow
def test_the_examples_of_the_page_on_experiments_run_in_order(tmp_path):
    out = run("-c", "\n".join(blocks("experiments.md")), cwd=tmp_path)
    assert "validation " in out and {"seeds", "folds", "search"} == set(
        os.listdir(tmp_path / "runs")
    )


@sources
@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_files_that_a_page_names_exist(page):
    text = page.read_text("utf-8")
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", re.sub(r"`[^`]*`", "", prose))
    missing = [link for link in links if ":" not in link and not (page.parent / link).exists()]
    folders = r"(?<![\w./])(?:seqtasks|tasks|tests|benchmarks|docs|typings|\.ci)/[\w./-]*[\w/]"
    named = set(re.findall(folders, text)) | set(re.findall(r"`(\w+\.(?:py|md))`", prose))
    named = {name for name in named if not re.search(r"[A-Z]{3,}(\.py)?$", name)}  # tasks/NAME.py
    named.discard("utils.py")  # of which there is none, says CONTRIBUTING
    missing += [name for name in named if not (ROOT / name).exists()]
    assert not missing


def known_options():
    """The options of all commands, as they are written on a command line."""
    names = {name for task in tasks.names() for name in flat(tasks.find(task).config)}
    for command in (
        CheckOptions,
        RunOptions,
        Predict,
        FileOptions,
        GenerationOptions,
        TranslationOptions,
        EvaluateOptions,
        Info,
        Compare,
        Report,
        Serve,
        Limits,
        LabFiles,
        *(find_experiment(name).options for name in EXPERIMENTS),
    ):
        names |= {field.name for field in dataclasses.fields(command)}
    known = {"--" + name.replace("_", "-") for name in names}
    for benchmark in (ROOT / "benchmarks").glob("*.py"):
        known |= set(re.findall(r'"(--[a-z-]+)"', benchmark.read_text("utf-8")))
    return known | {"--no-" + name.removeprefix("--") for name in known} | {"--help", "--version"}


@pytest.mark.parametrize("page", [p for p in PAGES if p != CONTRIBUTING], ids=name_of)
def test_the_options_that_a_page_names_exist(page):
    text = page.read_text("utf-8")
    if page.name == "extending.md":
        text = text.replace("--number-field", "")  # of the pipeline that the page adds
    if page.name == "CHANGELOG.md":
        text = re.sub(r"`[\w.-]+` is (now|gone)", "", text)
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) <= known_options()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_python_names_of_a_page_exist(page):
    text = re.sub(r"\[project\.entry-points.*", "", page.read_text("utf-8"))
    text = re.sub(r"`[\w.]+` is (now|gone)", "", text)  # in CHANGELOG.md
    for name in set(re.findall(r"(?<![\w./])seqtasks(?:\.[A-Za-z_]\w*)+", text)):
        found = importlib.import_module("seqtasks")
        for part in name.split(".")[1:]:
            if not hasattr(found, part):
                importlib.import_module(f"{found.__name__}.{part}")
            found = getattr(found, part)


@sources
def test_each_question_is_answered_by_at_most_two_files():
    table = CONTRIBUTING.read_text("utf-8").partition("| question | open |")[2].partition("\n\n")[0]
    rows = [row.strip("| ").split(" | ") for row in table.splitlines() if "?" in row]
    assert len(rows) >= 15
    for question, answer in rows:
        places = re.findall(r"`([^`]+)`: `([^`]+)`", answer)
        assert 1 <= len(places) <= 2 and answer.count("`") == 4 * len(places), question
        for path, name in places:
            assert name in (ROOT / path).read_text("utf-8"), (question, path, name)


@sources
def test_the_tree_of_contributing_is_the_tree():
    named = set(re.findall(r"^\| `([\w/]+)/` \|", CONTRIBUTING.read_text("utf-8"), re.MULTILINE))
    packages = (path for path in (ROOT / "seqtasks").iterdir() if (path / "__init__.py").exists())
    assert {f"seqtasks/{path.name}" for path in packages} <= named


@pytest.mark.slow
def test_the_python_examples_of_the_readme_run(tmp_path):
    """But the first, which trains for minutes, and that of serving, which needs its run."""
    found = blocks("../README.md")
    short = [code for code in found if '"ner"' not in code and "saved_models" not in code]
    assert len(short) == len(found) - 2 == 2
    run("-c", "\n".join(short), cwd=tmp_path)
