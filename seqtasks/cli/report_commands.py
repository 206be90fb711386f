"""`seqtasks report`: the page of a saved run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro

from seqtasks.startup import start_quietly


@dataclass(frozen=True)
class Report:
    """Make report.html of a saved run again, and errors.csv, from what its folder holds."""

    run: tyro.conf.Positional[Path]
    """Folder of the run, for example saved_models/sentiment."""


def report(arguments: list[str]) -> None:
    """Write the report of a saved run, and print where it is.

    Raises:
        InputError: no such run, or its folder cannot be written.
    """
    command = tyro.cli(Report, prog="seqtasks report", args=arguments)
    start_quietly()  # the module of runs imports Keras
    from seqtasks.runs import Run
    from seqtasks.runs.reporting import report as write_report_of

    print(write_report_of(Run(command.run)))
