"""`seqtasks lab EXPERIMENT`: runs an experiment of the laboratory, or redraws its figure."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path

import tyro

from seqtasks.lab.catalogue import EXPERIMENTS, find_experiment
from seqtasks.startup import start_quietly

USAGE = """usage: seqtasks lab EXPERIMENT [--out DIR] [--redraw] [options of the experiment]

Experiments that show what recurrent networks do, and why. Each writes EXPERIMENT.csv, draws
EXPERIMENT.png from it, and prints the numbers to look at.

{experiments}

`seqtasks lab EXPERIMENT --help` describes the options of an experiment.
"""


@dataclass(frozen=True)
class LabFiles:
    """Where the files go."""

    out: Path = Path("lab")
    """Folder of the CSV file and the figure."""
    redraw: bool = False
    """Draw the figure anew from the CSV file in --out; measure nothing."""


def lab(arguments: list[str]) -> None:
    """Run an experiment and print what it found.

    Raises:
        InputError: no such experiment, options out of bounds, nothing to redraw.
    """
    if not arguments or arguments[0] in ("--help", "-h"):
        lines = (f"  {name:14} {find_experiment(name).title}" for name in EXPERIMENTS)
        print(USAGE.format(experiments="\n".join(lines)), end="")
        sys.exit(0 if arguments else 2)
    experiment = find_experiment(arguments[0])
    command = dataclasses.make_dataclass(
        "Lab",
        [("files", LabFiles, LabFiles()), ("experiment", experiment.options, experiment.options())],
        frozen=True,
    )
    given = tyro.cli(
        command,
        prog=f"seqtasks lab {experiment.name}",
        description=f"{experiment.title}.",
        args=arguments[1:],
        config=(tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes),
    )
    files: LabFiles = given.files
    from seqtasks.lab.experiment import redraw, run_experiment

    if files.redraw:
        rows = redraw(experiment, files.out)
    else:
        start_quietly()
        rows = run_experiment(experiment, given.experiment, files.out)
    print(experiment.summarize(rows))
    stem = files.out / experiment.name
    print(f"\n{stem}.csv ({len(rows):,} rows), {stem}.png")
