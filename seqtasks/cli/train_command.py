"""`seqtasks train TASK`: options from the command line, then `seqtasks.train`'s own loop."""

from __future__ import annotations

import argparse
import dataclasses
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from seqtasks.pipelines.option_files import read_options
from seqtasks.pipelines.options import Options, with_options
from seqtasks.startup import start_quietly
from seqtasks.tasks import Task, find, names


@dataclass(frozen=True)
class RunOptions:
    """Where options come from, and where the run is saved."""

    config: Path | None = None
    """File of options, TOML or the config.json of a run (or its folder); the command line wins."""
    out: Path | None = None
    """Folder of the run (default: saved_models/ and the task's name)."""
    overwrite: bool = False
    """Replace a finished run in --out when the new one is complete."""
    resume: bool = False
    """Go on after the last finished epoch of the run in --out, or with the experiment there."""
    test: bool = True
    """Score the test split; --no-test leaves it unread while you search, and scores validation."""
    report: bool = True
    """Make report.html in the folder of the run; --no-report leaves it out."""
    seeds: tuple[int, ...] | None = None
    """Train a run with each of these seeds, and say mean and standard deviation of the scores."""
    folds: int | None = None
    """Cross-validate with so many folds: a run for each, tested on it, trained on the others."""


def train(arguments: list[str]) -> None:
    """Train a task.

    Raises:
        InputError: no such task, or what `seqtasks.train` refuses.
    """
    if not arguments or arguments[0] in ("--help", "-h"):
        print("usage: seqtasks train TASK [options]\n")
        for name in names():
            print(f"  {name:12} {find(name).title}")
        print("\n`seqtasks train TASK --help` describes the options of a task.")
        sys.exit(0 if arguments else 2)
    name, *rest = arguments
    task = find(name)
    defaults = _with_file(task, rest)
    # One dataclass of all groups, so that each is a section of the help.
    sections = [
        (f.name, type(getattr(defaults, f.name)), getattr(defaults, f.name))
        for f in dataclasses.fields(defaults)
    ]
    command = dataclasses.make_dataclass(
        "Train", [("run", RunOptions, RunOptions()), *sections], frozen=True
    )
    parsed: Any = tyro.cli(
        command,
        prog=f"seqtasks train {name}",
        description=f"{task.title[0].upper()}{task.title[1:]}.",
        args=rest,
        config=(tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes),
    )
    config = type(defaults)(**{n: getattr(parsed, n) for n, *_ in sections})
    path = parsed.run.out or Path("saved_models") / name
    seed_given = any(a == "--seed" or a.startswith("--seed=") for a in rest)
    start_quietly()
    try:
        names_of_runs = _train(task, config, path, parsed.run, seed_given)
    except KeyboardInterrupt:
        again = [a for a in arguments if a not in ("--resume", "--overwrite")]
        command_line = shlex.join(["seqtasks", "train", *again, "--resume"])
        sys.exit(f"\ninterrupted; to go on after the last finished epoch: {command_line}")
    use = "to use it" if not names_of_runs else f"to use one of {', '.join(names_of_runs)}"
    run = shlex.quote(str(path / names_of_runs[0] if names_of_runs else path))
    print(f'saved in {path}; {use}:\n  seqtasks predict {run} "some text"')
    if not parsed.run.test and not parsed.run.folds:
        print(f"to score the test split, when the search is over:\n  seqtasks evaluate {run}")


def _train(
    task: Task, config: Options, path: Path, run: RunOptions, seed_given: bool
) -> tuple[str, ...]:
    """Train a run, or an experiment, of which the names of the runs are returned."""
    from seqtasks.runs import make_plan, train_planned

    plan = make_plan(task.name, run.seeds, run.folds, run.test, seed_given=seed_given)
    again = {"resume": run.resume, "overwrite": run.overwrite, "report": run.report}
    train_planned(task, config, None, path, plan=plan, test=run.test, **again)
    return plan.names if plan else ()


def _with_file(task: Task, arguments: Sequence[str]) -> Options:
    """The task's options, with those of the file that `--config` names."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--config")
    path = parser.parse_known_args(arguments)[0].config
    if path is None:
        return task.config
    return with_options(task.config, read_options(path, task.name), task.name)
