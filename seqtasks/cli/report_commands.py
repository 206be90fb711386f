"""`seqtasks report` and `seqtasks compare`: the page of a saved run, and of several."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import tyro

from seqtasks.errors import InputError
from seqtasks.startup import start_quietly


@dataclass(frozen=True)
class Report:
    """Make report.html of a saved run again, and errors.csv, from what its folder holds."""

    run: tyro.conf.Positional[Path]
    """Folder of the run, for example saved_models/sentiment, or of a cross-validation."""
    why: bool = False
    """Also what each word of five errors adds to the prediction (classifiers and taggers)."""


def report(arguments: list[str]) -> None:
    """Write the report of a saved run, and print where it is.

    Raises:
        InputError: no such run, or its folder cannot be written.
    """
    command = tyro.cli(Report, prog="seqtasks report", args=arguments)
    start_quietly()  # the module of runs imports Keras
    from seqtasks.runs import Experiment, Run, folder, reporting

    if folder.is_experiment(command.run):
        print(reporting.report_folds(Experiment(command.run)))
    else:
        print(reporting.report(Run(command.run), why=command.why))


@dataclass(frozen=True)
class Compare:
    """Scores of saved runs beside each other, paired tests against the first, and a page.

    The runs are of one kind; differences are tested where they were scored on the same rows.
    """

    runs: tyro.conf.Positional[tuple[Path, ...]]
    """Folders of at least two runs."""
    out: Path = Path("comparison.html")
    """The page: settings that differ, scores, and the rows where the runs disagree."""
    test: Literal["bootstrap", "randomization"] = "bootstrap"
    """Paired bootstrap, or approximate randomization (swapping predictions of rows)."""
    resamples: int = 1000
    """Resamples of the paired bootstrap, or trials of the randomization."""
    json: bool = False
    """Print everything as one JSON object."""


def compare(arguments: list[str]) -> None:
    """Print a table of several runs, and write its page.

    Raises:
        InputError: fewer than two runs, no run at a path, runs of several kinds, or no resamples.
    """
    command = tyro.cli(Compare, prog="seqtasks compare", args=arguments)
    if command.resamples < 1:
        raise InputError(f"--resamples: expected at least 1, found {command.resamples}.")
    start_quietly()  # the module of metrics imports Keras
    from seqtasks.metrics import comparison_table
    from seqtasks.reports import comparison_page, write_text
    from seqtasks.runs.reporting import compare as compare_saved

    found = compare_saved(command.runs, method=command.test, resamples=command.resamples)
    write_text(command.out, comparison_page(found))
    names = [record.name for record in found.records]
    if command.json:
        print(_json(found))
        return
    chances: dict[str, list[float | None]] = {
        score: [test[score].p if score in test else None for test in found.tests]
        for score in found.scores
    }
    print(comparison_table(names, found.scores, chances))
    what = "paired bootstrap" if command.test == "bootstrap" else "approximate randomization"
    print(f"(p: {what} against {names[0]}, {command.resamples:,} resamples; * below 0.05)")
    for why in filter(None, found.untested):
        print(f"not tested: {why}")
    if found.settings:
        print("\noptions that differ:")
    for name, values in found.settings.items():
        print(f"  {name}: {' | '.join(map(str, values))}")
    print(f"\npage: {command.out}")


def _json(found: Any) -> str:
    from seqtasks.runs.json_files import valid_json

    content = {
        "runs": [record.name for record in found.records],
        "scores": found.scores,
        "tests": [{name: asdict(test) for name, test in tests.items()} for tests in found.tests],
        "untested": list(found.untested),
        "settings": found.settings,
    }
    return json.dumps(valid_json(content), ensure_ascii=False, allow_nan=False)
