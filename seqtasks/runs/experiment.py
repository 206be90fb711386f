"""Experiment: several runs of one task in a folder, and what their scores are together."""

from __future__ import annotations

import functools
import html
import math
import os
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from seqtasks.data import Partition
from seqtasks.errors import InputError
from seqtasks.metrics import experiment_table
from seqtasks.runs import folder as layout
from seqtasks.runs.json_files import read_json, write_json
from seqtasks.runs.manifest import versions
from seqtasks.runs.run import Run

FORMAT = 1  # of experiment folders


@dataclass(frozen=True)
class Plan:
    """What the runs of an experiment differ in: their seeds, or the fold that each is tested on.

    Args:
        task: the name of the task.
        seeds: of the runs; () where they differ in folds.
        folds: how many; 0 where they differ in seeds.
        test: whether the test split is read.
        versions: of seqtasks and what it stands on, as the experiment began.
        format: of the folder.
    """

    task: str
    seeds: tuple[int, ...] = ()
    folds: int = 0
    test: bool = True
    versions: Mapping[str, str] = field(default_factory=versions)
    format: int = FORMAT

    @property
    def names(self) -> tuple[str, ...]:
        """The folder of each run: "seed-0" ... or "fold-1" ..."""
        if self.folds:
            return tuple(f"fold-{number}" for number in range(1, self.folds + 1))
        return tuple(f"seed-{seed}" for seed in self.seeds)

    def partition(self, number: int) -> Partition | None:
        """How the corpus of a run, counted from 0, is divided; None as it comes."""
        if self.folds:
            return Partition(None, self.test, number + 1, self.folds)
        return None if self.test else Partition(None, test=False)

    def __str__(self) -> str:
        return f"{self.folds} folds" if self.folds else f"{len(self.seeds)} seeds"


def read_plan(folder: Path) -> Plan:
    """The plan of an experiment, finished or not.

    Raises:
        InputError: damaged, or of another version.
    """
    path = folder / layout.EXPERIMENT
    content = read_json(path)
    if content.get("format") != FORMAT:
        raise InputError(
            f"{path}: an experiment of format {content.get('format')}; this version of seqtasks "
            f"reads format {FORMAT}. Use the version that wrote it."
        )
    try:
        return Plan(**{**content, "seeds": tuple(content["seeds"])})
    except (TypeError, KeyError) as error:
        raise InputError(f"{path}: damaged ({error}). Copy it again.") from error


def write_plan(folder: Path, plan: Plan) -> None:
    """Write the plan, which makes the folder an experiment."""
    write_json(folder / layout.EXPERIMENT, asdict(plan))


class Experiment:
    """Several runs of one task, which differ in their seeds or in the fold they are tested on.

    Args:
        path: the folder of a finished experiment.

    Attributes:
        path: of the folder.
        plan: what the runs differ in.

    Raises:
        InputError: no finished experiment there, or a damaged one.

    Example:
        >>> found = seqtasks.train("sentiment", rows, seeds=(0, 1, 2))  # doctest: +SKIP
        >>> found.scores["accuracy"]["mean"], found.runs[0]("a fine film")  # doctest: +SKIP
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        places = [self.path]
        if not self.path.exists():  # between the two renames of `publish`
            places += [layout.partial(self.path), layout.previous(self.path)]
        self._folder = next((p for p in places if layout.is_experiment(p)), self.path)
        if not layout.is_experiment(self._folder):
            if (self.path / layout.MANIFEST).is_file():
                raise InputError(f"{path}: holds one run, no experiment. Use seqtasks.load.")
            unfinished = layout.partial(self.path)
            more = f" ({unfinished} holds an unfinished one: train on with --resume)"
            more = more if (unfinished / layout.EXPERIMENT).is_file() else ""
            raise InputError(
                f"{path}: no finished experiment{more}. Expected the folder that `seqtasks train` "
                "wrote with --seeds or --folds."
            )
        self.plan = read_plan(self._folder)

    @property
    def folder(self) -> Path:
        """Where its files are: `path`, but between the two renames of `publish`."""
        return self._folder

    @property
    def task(self) -> str:
        """The name of the task."""
        return self.plan.task

    @functools.cached_property
    def runs(self) -> list[Run]:
        """The runs, in the order of seeds or folds."""
        return [Run(self._folder / name) for name in self.plan.names]

    @functools.cached_property
    def scores(self) -> dict[str, dict[str, Any]]:
        """By name of the score: `mean`, `std` (of the sample, n - 1) and `values` of the runs."""
        return read_json(self._folder / layout.SCORES)

    def table(self) -> str:
        """The scores as lines of text."""
        split = "test" if self.plan.test or self.plan.folds else "validation"
        return experiment_table(self.scores, self.plan.names, split)

    def __str__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        shown = [
            f"{name}={_with_deviation(score)}"
            for name, score in self.scores.items()
            if not name.startswith("baseline_")
        ]
        return f"<Experiment {self.task}, {self.plan}, at {self.path}: {', '.join(shown[:3])}>"

    def _repr_html_(self) -> str:
        """The experiment in a notebook."""
        rows = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{_with_deviation(score)}</td></tr>"
            for name, score in self.scores.items()
        )
        title = html.escape(f"{self.task}, {self.plan}, at {self.path}")
        return (
            f"<table><caption>{title}</caption><tr><th>score</th><th>mean</th></tr>{rows}</table>"
        )


def _with_deviation(score: Mapping[str, Any]) -> str:
    deviation = "" if score["std"] is None else f"±{score['std']:.4f}"
    return f"{score['mean']:.4f}{deviation}"


def score_statistics(runs: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Mean, standard deviation of the sample (n - 1) and values of each score that all runs have.

    Args:
        runs: the scores of each; what is no float is left out. The deviation of one run is None.
    """
    found: dict[str, dict[str, Any]] = {}
    for name in runs[0]:
        values = [scores.get(name) for scores in runs]
        floats = [value for value in values if isinstance(value, float) and math.isfinite(value)]
        if len(floats) == len(values):
            deviation = statistics.stdev(floats) if len(floats) > 1 else None
            found[name] = {"mean": statistics.fmean(floats), "std": deviation, "values": floats}
    return found
