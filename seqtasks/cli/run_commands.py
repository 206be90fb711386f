"""`seqtasks info` and `seqtasks tasks`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import tyro

from seqtasks.errors import InputError
from seqtasks.startup import start_quietly
from seqtasks.tasks import find, names


@dataclass(frozen=True)
class Info:
    """What a saved run is, and its scores."""

    run: tyro.conf.Positional[Path]
    """Folder of the run."""
    json: bool = False
    """Print everything as one JSON object."""


def info(arguments: list[str]) -> None:
    """Print what a saved run is."""
    command = tyro.cli(Info, prog="seqtasks info", args=arguments)
    start_quietly()  # the module of metrics imports Keras
    from seqtasks.metrics.table import score_table
    from seqtasks.runs import folder
    from seqtasks.runs.json_files import read_json
    from seqtasks.runs.manifest import read_manifest

    if folder.is_experiment(command.run):
        _print_experiment(command)
        return
    path = folder.locate(command.run)
    manifest = read_manifest(path)
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


def _print_experiment(command: Info) -> None:
    """Print what the runs of an experiment are, and their scores."""
    from seqtasks.runs import Experiment

    found = Experiment(command.run)
    if command.json:
        print(_json({"experiment": vars(found.plan), "scores": found.scores}))
        return
    names = ", ".join(found.plan.names)
    print(f"{command.run}: {found.task}, an experiment of {found.plan}: {names}")
    print(f"\n{found.table()}")


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
