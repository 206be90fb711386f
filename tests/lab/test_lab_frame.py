"""The frame of experiments: files, what is kept of an interrupted one, names, options."""

import dataclasses
import inspect

import pytest

from seqtasks.errors import InputError
from seqtasks.lab import EXPERIMENTS, LabExperiment, LabOptions, find_experiment, run_experiment
from seqtasks.lab import redraw as redraw_files
from seqtasks.lab.experiment import read_rows


def draw(rows):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 2))
    figure.subplots().plot([row["x"] for row in rows], [row["y"] or 0 for row in rows])
    return figure


def experiment(measure):
    return LabExperiment("small", "A line", LabOptions, measure, draw, str)


def test_the_figure_is_drawn_from_the_file_and_again_from_it(tmp_path):
    rows = [{"x": 1, "y": 0.5, "name": "a, b"}, {"x": 2, "y": None, "name": "phở"}]
    small = experiment(lambda options: iter(rows))
    assert run_experiment(small, LabOptions(), tmp_path) == rows
    assert sorted(path.name for path in tmp_path.iterdir()) == ["small.csv", "small.png"]
    first = (tmp_path / "small.png").read_bytes()
    (tmp_path / "small.png").unlink()
    assert redraw_files(small, tmp_path) == rows
    assert (tmp_path / "small.png").read_bytes() == first


def test_an_interrupted_experiment_leaves_its_rows_and_the_older_file(tmp_path):
    run_experiment(experiment(lambda options: iter([{"x": 1, "y": 1}])), LabOptions(), tmp_path)

    def interrupted(options):
        yield {"x": 5, "y": 6}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_experiment(experiment(interrupted), LabOptions(), tmp_path)
    assert read_rows(tmp_path / "small.csv") == [{"x": 1, "y": 1}]
    assert read_rows(tmp_path / "small.partial.csv") == [{"x": 5, "y": 6}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "expected the rows of an earlier run of `seqtasks lab small`"),
        ("x,y\n", "expected rows under a header"),
        ("x,y\n1\n", "line 2: expected 2 cells"),
    ],
)
def test_files_that_cannot_be_redrawn_are_named(tmp_path, text, message):
    if text is not None:
        (tmp_path / "small.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        redraw_files(experiment(None), tmp_path)


def test_names_that_there_are_not():
    with pytest.raises(InputError, match="Did you mean `gradient-flow`"):
        find_experiment("gradientflow")
    with pytest.raises(InputError, match="--cells: expected names out of"):
        flow = find_experiment("gradient-flow")
        list(flow.measure(dataclasses.replace(flow.options(), cells=("elephant",))))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_option_has_a_docstring_and_names_agree(name):
    found = find_experiment(name)
    assert found.name == name and found.title
    sources = "".join(inspect.getsource(c) for c in found.options.__mro__ if c is not object)
    for field in dataclasses.fields(found.options):
        after = sources.split(f"    {field.name}: ", 1)[1].splitlines()[1]
        assert after.strip().startswith('"""'), field.name
