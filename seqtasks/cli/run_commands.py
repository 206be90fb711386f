"""`seqtasks evaluate`, `info` and `tasks`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import tyro

from seqtasks.errors import InputError
from seqtasks.startup import start_quietly
from seqtasks.tasks import find, names


@dataclass(frozen=True)
class Evaluate:
    """Scores of a saved run on a corpus of its kind."""

    run: tyro.conf.Positional[Path]
    """Folder of the run."""
    data: str = "sample"
    """Corpus: 'sample', a file or folder, or tfds:NAME; its test split is scored, or all of it."""
    data_dir: str | None = None
    """Folder of prepared tensorflow-datasets data."""
    text_field: str | None = None
    """Column of the texts, where it is not the run's own."""
    label_field: str | None = None
    """Column of the labels, where it is not the run's own."""
    layer: str | None = None
    """Column of the tags, where it is not the run's own."""
    tokens: str | None = None
    """Column of the tokens, where it is not the run's own."""
    source: str | None = None
    """Language to translate from, where it is not the run's own."""
    target: str | None = None
    """Language to translate into, where it is not the run's own."""
    json: bool = False
    """Print all scores as one JSON object."""


@dataclass(frozen=True)
class Info:
    """What a saved run is, and its scores."""

    run: tyro.conf.Positional[Path]
    """Folder of the run."""
    json: bool = False
    """Print everything as one JSON object."""


def evaluate(arguments: list[str]) -> None:
    """Score a saved run on a corpus."""
    command = tyro.cli(Evaluate, prog="seqtasks evaluate", args=arguments)
    start_quietly()
    from seqtasks.metrics import score_table
    from seqtasks.runs import Run

    given = {n: v for n, v in vars(command).items() if n not in ("run", "data", "json")}
    options = {name: value for name, value in given.items() if value is not None}
    scores = Run(command.run).evaluate(command.data, **options)
    print(_json(scores) if command.json else score_table(scores))


def info(arguments: list[str]) -> None:
    """Print what a saved run is."""
    command = tyro.cli(Info, prog="seqtasks info", args=arguments)
    start_quietly()  # the module of metrics imports Keras
    from seqtasks.metrics.table import score_table
    from seqtasks.runs import folder
    from seqtasks.runs.json_files import read_json

    path = folder.locate(command.run)
    manifest = folder.read_manifest(path)
    config, scores = (read_json(path / name) for name in (folder.CONFIG, folder.SCORES))
    if command.json:
        print(_json({"manifest": vars(manifest), "config": config, "scores": scores}))
        return
    task = find(manifest.task)
    defaults = task_defaults(manifest.task)
    changed = {k: v for k, v in config.items() if k in defaults and defaults[k] != v}
    print(f"{command.run}: {manifest.task} ({task.title})")
    print(f"trained on {scores['data']}, {scores['training_seconds']:,} s, best epoch ", end="")
    print(f"{manifest.best_epoch} of {manifest.epochs}, {scores['parameters']:,} parameters")
    if changed:
        print("options: " + " ".join(f"{name}={value!r}" for name, value in changed.items()))
    print(f"signatures: {', '.join(manifest.signatures)}")
    print("versions: " + ", ".join(f"{n} {v}" for n, v in manifest.versions.items()))
    print(f"\n{score_table(scores)}")


def task_defaults(name: str) -> dict[str, object]:
    """The defaults of a task's options, as `config.json` writes them."""
    from seqtasks.pipelines.options import flat

    return json.loads(json.dumps(flat(find(name).config)))


def tasks(arguments: list[str]) -> None:
    """List the tasks."""
    tyro.cli(_Tasks, prog="seqtasks tasks", args=arguments)
    for name in names():
        try:
            print(f"{name:12} {find(name).title}")
        except InputError as error:  # another package's
            print(f"{name:12} cannot be used: {error}")


@dataclass(frozen=True)
class _Tasks:
    """List the tasks there are."""


def _json(content: dict) -> str:
    from seqtasks.runs.json_files import valid_json

    return json.dumps(valid_json(content), ensure_ascii=False, allow_nan=False)
