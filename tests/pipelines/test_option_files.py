"""Options from files: TOML, a run's config.json, a run; the command line wins."""

import json

import pytest

from seqtasks.cli import main as command
from seqtasks.errors import InputError
from seqtasks.pipelines.option_files import read_options

TOML = """
epochs = 2
[network]
members = ["convolutional"]
filters = 8
[training]
learning-rate = 0.01
"""


def test_tables_are_flat(tmp_path):
    (tmp_path / "o.toml").write_text(TOML)
    assert read_options(tmp_path / "o.toml", "sentiment") == {
        "epochs": 2,
        "members": ["convolutional"],
        "filters": 8,
        "learning_rate": 0.01,
    }


@pytest.mark.parametrize("form", ["config.json", "."])
def test_the_options_of_a_run(tmp_path, form):
    (tmp_path / "config.json").write_text(json.dumps({"task": "ner", "units": 3}))
    assert read_options(tmp_path / form, "ner") == {"units": 3}
    with pytest.raises(InputError, match="is of the task 'ner', not of 'pos'"):
        read_options(tmp_path / form, "pos")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("o.toml", "epochs 2", "no well-formed TOML"),
        ("o.json", "{", "no well-formed JSON"),
        ("o.json", "[1]", "expected options by name, found a list"),
        ("none.toml", None, "cannot be read"),
        ("o.toml", "epoch = 2", "has no option 'epoch'. Did you mean epochs"),
        ("o.toml", "dropout = 2", "dropout: expected at least 0"),
    ],
)
def test_bad_files(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(SystemExit) as error:
        command(["train", "sentiment", "--config", str(tmp_path / name)])
    assert message in str(error.value)


@pytest.mark.slow
def test_the_command_line_wins(tmp_path):
    (tmp_path / "o.toml").write_text(TOML)
    rows = "\n".join(f"{word} {n}\t{word}" for n in range(30) for word in ("good", "bad"))
    (tmp_path / "a.tsv").write_text(f"text\tlabel\n{rows}\n")
    arguments = ["train", "sentiment", "--data", str(tmp_path / "a.tsv"), "--epochs", "1"]
    command([*arguments, "--config", str(tmp_path / "o.toml"), "--out", str(tmp_path / "run")])
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert (config["epochs"], config["filters"], config["members"]) == (1, 8, ["convolutional"])
    assert config["learning_rate"] == 0.01
