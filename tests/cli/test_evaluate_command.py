"""`seqtasks evaluate`: the options are those of the run's own data, for every task."""

import dataclasses
import types

import pytest

from seqtasks import tasks
from seqtasks.cli import main
from seqtasks.cli.evaluate_command import _folder, _parsed
from seqtasks.pipelines.options import flat

NAMES = [name for name in tasks.names() if not name.startswith("_")]


def run_of(name, **changed):
    """What of a run says how its corpus is read."""
    config = {"task": name, **flat(tasks.find(name).config), **changed}
    return types.SimpleNamespace(task=name, config=config, __str__=lambda self: "runs/x")


@pytest.mark.parametrize("name", NAMES)
def test_every_text_option_of_the_data_can_be_given(name):
    group = tasks.find(name).config.data
    for field in dataclasses.fields(group):
        if field.name != "data" and isinstance(getattr(group, field.name), str):
            option = "--" + field.name.replace("_", "-")
            wanted = "lemmas" if field.name == "targets" else "wording"
            command, given = _parsed(run_of(name), ["runs/x", option, wanted])
            known = wanted == getattr(group, field.name)
            assert given == ({} if known else {field.name: wanted})
            assert str(command.run) == "runs/x" and not command.json


def test_the_defaults_are_those_of_the_run(capsys):
    run = run_of("pos", layer="xpos", data="corpus/")
    assert _parsed(run, ["runs/x"])[1] == {}
    assert _parsed(run, ["runs/x", "--layer", "xpos", "--json"])[1] == {}
    assert _parsed(run, ["runs/x", "--layer", "upos"])[1] == {"layer": "upos"}
    # The corpus of training named is a corpus like others.
    assert _parsed(run, ["--data", "corpus/", "runs/x"])[1] == {"data": "corpus/"}
    assert _parsed(run, ["runs/x", "--data=other/"])[1] == {"data": "other/"}
    with pytest.raises(SystemExit):
        _parsed(run, ["runs/x", "--help"])
    assert "(default: xpos)" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        _parsed(run, ["runs/x", "--text-field", "a"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["runs/x"],
        ["runs/x", "--data", "other"],
        ["--data", "other", "runs/x"],
        ["--data=other", "runs/x"],
        ["--json", "runs/x", "--data", "other"],
        ["--no-json", "runs/x"],
    ],
)
def test_the_run_stands_anywhere(arguments):
    assert _folder(arguments) == "runs/x"


@pytest.mark.parametrize(("arguments", "status"), [([], 2), (["--help"], 0), (["--json"], 0)])
def test_without_a_run_the_usage_is_printed(arguments, status, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", *arguments])
    assert stopped.value.code == status
    assert "usage: seqtasks evaluate RUN" in capsys.readouterr().out
