"""The package that `docs/extending.md` builds works as it stands: two tasks, a cell, a pipeline."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import seqtasks
from seqtasks.cli import main

PAGE = (Path(__file__).parent.parent / "docs" / "extending.md").read_text("utf-8")
FILES = dict(re.findall(r"^```(?:python|toml)\n# (\S+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
COMMANDS = re.findall(r"^\$ seqtasks (.+)$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files of the page, and what pip writes when it installs them."""
    folder = tmp_path_factory.mktemp("extending")
    for name, content in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, "utf-8")
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    info = folder / f"{project['name']}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    tasks = project["entry-points"]["seqtasks.tasks"].items()
    lines = "".join(f"{name} = {value}\n" for name, value in tasks)
    (info / "entry_points.txt").write_text("[seqtasks.tasks]\n" + lines)
    return folder


@pytest.fixture
def command(folder, monkeypatch, capsys):
    """Runs a command line of the page, in this process, and returns what it prints."""
    monkeypatch.syspath_prepend(folder)
    monkeypatch.chdir(folder)

    def run(line):
        if not line.startswith(("tasks", "train stars --help", "evaluate runs/stars --data bad")):
            assert line in COMMANDS
        main(shlex.split(line))
        return capsys.readouterr().out

    return run


def script(folder, name):
    """What a script of the page prints, in a process of its own."""
    paths = [str(folder), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    done = subprocess.run(
        [sys.executable, name], env=environment, cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_no_code_of_the_page_is_left_out():
    assert len(FILES) == len(re.findall(r"^```(?:python|toml)", PAGE, re.MULTILINE)) == 8
    assert len(COMMANDS) == 6


@pytest.mark.slow
def test_a_task_with_a_cell_of_the_package(folder, command):
    assert "orders       tagging: dishes and quantities" in command("tasks")
    command("train orders --out runs/orders")
    out = command('predict runs/orders "two iced coffee and rice , please"')
    assert out.startswith("[two COUNT] [iced coffee DISH] and")
    assert "f1  " in command("evaluate runs/orders --data sample")
    config = json.loads((folder / "runs/orders/config.json").read_text())
    assert config["cell"] == "shop>IndependentCell"


@pytest.mark.slow
def test_the_cell_in_a_task_that_knows_nothing_of_it(folder):
    assert script(folder, "train_with_cell.py").startswith("shop>IndependentCell (")
    # Without the package the SavedModel predicts all the same.
    assert seqtasks.load(folder / "runs/cell")("three rice please").spans is not None


@pytest.mark.slow
def test_a_pipeline_with_a_predictor_of_its_own(folder, command, capsys):
    out = command("train stars --out runs/stars")
    assert "(baseline: the mean)" in out and "best epoch" in out
    answer = json.loads(command('predict runs/stars "the soup was really wonderful"'))
    assert answer["text"] == "the soup was really wonderful" and 4 < answer["number"] < 6
    scores = json.loads(command("evaluate runs/stars --data sample --json"))
    saved = json.loads((folder / "runs/stars/scores.json").read_text())
    assert scores["rmse"] == pytest.approx(saved["rmse"]) and scores["rmse"] < 0.6
    assert saved["baseline_rmse"] > 2 * saved["rmse"]
    number, baseline, rmse, clipped = script(folder, "use_stars.py").split()
    assert float(number) < 2 and float(baseline) == pytest.approx(saved["baseline_rmse"])
    assert 1 <= float(clipped.strip("[]")) < 2 and float(rmse) < 1
    found = seqtasks.load(folder / "runs/stars")
    assert found([]) == [] and len(found(["", "\ud800 x"])) == 2
    (folder / "bad.tsv").write_text("text\tstars\nfine\t4\ndull\ttwo\n")
    with pytest.raises(SystemExit, match=r"bad\.tsv, line 3: expected a number, found 'two'"):
        command("evaluate runs/stars --data bad.tsv")
    with pytest.raises(SystemExit):
        command("train stars --help")
    help_text = capsys.readouterr().out
    assert "--number-field" in help_text and "Dropout rate before the linear layer." in help_text
