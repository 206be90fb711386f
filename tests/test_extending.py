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


def run(folder, *arguments, status=0):
    """What a Python process that has the package prints; its errors where it is to fail."""
    paths = [str(folder), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == status, done.stderr[-3000:]
    return done.stderr if status else done.stdout


def command(folder, line):
    """The output of a command of the page, which must be there."""
    assert line in COMMANDS
    return run(folder, "-m", "seqtasks", *shlex.split(line))


def test_no_code_of_the_page_is_left_out():
    assert len(FILES) == len(re.findall(r"^```(?:python|toml)", PAGE, re.MULTILINE)) == 8
    assert len(COMMANDS) == 6


@pytest.mark.slow
def test_a_task_with_a_cell_of_the_package(folder):
    assert "orders       tagging: dishes and quantities" in run(folder, "-m", "seqtasks", "tasks")
    command(folder, "train orders --out runs/orders")
    out = command(folder, 'predict runs/orders "two iced coffee and rice , please"')
    assert out.startswith("[two COUNT] [iced coffee DISH] and")
    assert "f1  " in command(folder, "evaluate runs/orders --data sample")
    config = json.loads((folder / "runs/orders/config.json").read_text())
    assert config["cell"] == "shop>IndependentCell"
    # Without the package, predictions work all the same.
    assert seqtasks.load(folder / "runs/orders")("a soup").spans[-1].type == "DISH"


@pytest.mark.slow
def test_the_cell_in_a_task_that_knows_nothing_of_it(folder):
    assert run(folder, "train_with_cell.py").startswith("shop>IndependentCell (")
    code = "import seqtasks, shop.cells; print(seqtasks.load('runs/cell').model.count_params())"
    assert int(run(folder, "-c", code)) > 100


@pytest.mark.slow
def test_a_pipeline_with_a_predictor_of_its_own(folder):
    out = command(folder, "train stars --out runs/stars")
    assert "(baseline: the mean)" in out and "best epoch" in out
    answer = json.loads(
        command(folder, 'predict runs/stars "the soup was really wonderful"').splitlines()[-1]
    )
    assert answer["text"] == "the soup was really wonderful" and 4 < answer["number"] < 6
    scores = json.loads(command(folder, "evaluate runs/stars --data sample --json"))
    saved = json.loads((folder / "runs/stars/scores.json").read_text())
    assert scores["rmse"] == pytest.approx(saved["rmse"]) and scores["rmse"] < 0.6
    assert saved["baseline_rmse"] > 2 * saved["rmse"]
    number, baseline, rmse, clipped = run(folder, "use_stars.py").split()
    assert float(number) < 2 and float(baseline) == pytest.approx(saved["baseline_rmse"])
    assert 1 <= float(clipped.strip("[]")) < 2 and float(rmse) < 1
    help_text = run(folder, "-m", "seqtasks", "train", "stars", "--help")
    assert "--number-field" in help_text and "Dropout rate before the linear layer." in help_text
    found = seqtasks.load(folder / "runs/stars")
    assert found([]) == [] and len(found(["", "\ud800 x"])) == 2
    (folder / "bad.tsv").write_text("text\tstars\nfine\t4\ndull\ttwo\n")
    arguments = "evaluate", "runs/stars", "--data", "bad.tsv"
    said = run(folder, "-m", "seqtasks", *arguments, status=1)
    assert "bad.tsv, line 3: expected a number, found 'two'" in said
