"""`seqtasks evaluate RUN`: scores of a saved run, with the data options of its own task."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from seqtasks.pipelines.options import with_options
from seqtasks.startup import start_quietly
from seqtasks.tasks import find

USAGE = """usage: seqtasks evaluate RUN [--data SPEC] [options]

Scores of a saved run: on the test split of the corpus it was trained on, or on another corpus.

`seqtasks evaluate RUN --help` describes the options, which are those of the run's task."""


@dataclass(frozen=True)
class EvaluateOptions:
    """What is scored, and how it is printed."""

    run: tyro.conf.Positional[Path]
    """Folder of the run, for example saved_models/sentiment."""
    json: bool = False
    """Print all scores as one JSON object."""


def evaluate(arguments: list[str]) -> None:
    """Print the scores of a saved run.

    Raises:
        InputError: no such run, or a corpus that cannot be read.
    """
    folder = _folder(arguments)
    if folder is None:
        print(USAGE)
        sys.exit(0 if arguments else 2)
    start_quietly()  # the module of runs imports Keras
    from seqtasks.metrics import score_table
    from seqtasks.runs import Run
    from seqtasks.runs.json_files import valid_json

    run = Run(folder)
    command, given = _parsed(run, arguments)
    scores = run.evaluate(given.pop("data", None), **given)
    if command.json:
        print(json.dumps(valid_json(scores), ensure_ascii=False, allow_nan=False))
        return
    print(f"scored on {scores['scored_on']}\n" if "scored_on" in scores else "")
    print(score_table(scores))


def _folder(arguments: Sequence[str]) -> str | None:
    """The run: the first argument that is no option and no option's value."""
    before = "--json"
    for argument in arguments:
        takes_none = before == "--json" or before.startswith("--no-") or "=" in before
        if not argument.startswith("-") and (takes_none or not before.startswith("-")):
            return argument
        before = argument
    return None


def _parsed(run: Any, arguments: Sequence[str]) -> tuple[EvaluateOptions, dict[str, Any]]:
    """The command, and the options of the run's data that were given."""
    task = find(run.task)
    saved = {name: value for name, value in run.config.items() if name != "task"}
    own = with_options(task.config, saved, run.task).data
    command = dataclasses.make_dataclass(
        "Evaluate",
        [("scoring", EvaluateOptions), ("data", type(own), own)],
        frozen=True,
    )
    parsed: Any = tyro.cli(
        command,
        prog=f"seqtasks evaluate {run}",
        description="Scores of a saved run. Without --data, those of the test split of the corpus "
        "it was trained on, cut as it was then; of another corpus, its test split or all of it. "
        "Options not given are the run's own.",
        args=arguments,
        config=(tyro.conf.OmitArgPrefixes,),
    )
    given = {
        name: value for name, value in vars(parsed.data).items() if value != getattr(own, name)
    }
    if any(argument == "--data" or argument.startswith("--data=") for argument in arguments):
        given["data"] = parsed.data.data
    return parsed.scoring, given
