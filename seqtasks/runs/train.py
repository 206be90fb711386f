"""`seqtasks.train`: the one way to train a task, for Python, the command line and tests."""

from __future__ import annotations

import operator
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, overload

import keras

from seqtasks.data import Partition
from seqtasks.errors import InputError
from seqtasks.pipelines.option_files import read_options
from seqtasks.pipelines.options import Options, with_options
from seqtasks.pipelines.task import Task
from seqtasks.runs.experiment import Experiment, Plan
from seqtasks.runs.run import Run
from seqtasks.runs.training.train_experiment import train_experiment
from seqtasks.runs.training.train_run import train_task
from seqtasks.tasks import find

Folder = str | os.PathLike[str]
Callbacks = Sequence[keras.callbacks.Callback]


@overload
def train(
    task: str,
    data: Any = None,
    *,
    out: Folder | None = None,
    config: Folder | None = None,
    seeds: Sequence[int],
    folds: None = None,
    test: bool = True,
    report: bool = True,
    resume: bool = False,
    overwrite: bool = False,
    verbose: int | str = "auto",
    callbacks: Callbacks = (),
    **options: Any,
) -> Experiment: ...


@overload
def train(
    task: str,
    data: Any = None,
    *,
    out: Folder | None = None,
    config: Folder | None = None,
    seeds: None = None,
    folds: int,
    test: bool = True,
    report: bool = True,
    resume: bool = False,
    overwrite: bool = False,
    verbose: int | str = "auto",
    callbacks: Callbacks = (),
    **options: Any,
) -> Experiment: ...


@overload
def train(
    task: str,
    data: Any = None,
    *,
    out: Folder | None = None,
    config: Folder | None = None,
    seeds: None = None,
    folds: None = None,
    test: bool = True,
    report: bool = True,
    resume: bool = False,
    overwrite: bool = False,
    verbose: int | str = "auto",
    callbacks: Callbacks = (),
    **options: Any,
) -> Run: ...


def train(
    task: str,
    data: Any = None,
    *,
    out: Folder | None = None,
    config: Folder | None = None,
    seeds: Sequence[int] | None = None,
    folds: int | None = None,
    test: bool = True,
    report: bool = True,
    resume: bool = False,
    overwrite: bool = False,
    verbose: int | str = "auto",
    callbacks: Callbacks = (),
    **options: Any,
) -> Run | Experiment:
    """Train a task, save it, score what was saved, and return it as a `Run`.

    An interrupt (Ctrl-C, or stopping a notebook's cell) after the first epoch ends the training and
    keeps the best weights so far; that of an experiment is raised, to be resumed later.

    Args:
        task: the name of a task: `seqtasks tasks` lists them.
        data: "sample" (the default), a path, "tfds:NAME[/CONFIG]", or rows in memory: a sequence
            of tuples or dicts, a pandas or polars frame, a Hugging Face dataset, or a dict of these
            by split ("train", "validation", "test"). Missing splits are cut from train.
        out: the folder of the run (default: saved_models/ and the task's name).
        config: a file of options, TOML or a run's config.json (or the folder of the run); those
            given here win.
        seeds: train a run with each of these seeds, in folders `seed-0` ... of `out`.
        folds: cross-validate: train a run for each of so many folds, in folders `fold-1` ...
        test: False leaves the test split unread while you search: scores are of validation.
        report: make `report.html` in the folder of each run; see `docs/reports.md`.
        resume: go on after the last finished epoch of the run in `out`, or with the experiment
            there, to which seeds may be added.
        overwrite: replace a finished run in `out` when the new one is complete.
        verbose: 0 prints nothing, 1 a progress bar, 2 a line an epoch; "auto" is 1 on a terminal or
            in a notebook and 2 elsewhere.
        callbacks: Keras callbacks, called beside our own; those of an experiment see all its runs.
        **options: of the task, by name; `seqtasks train TASK --help` describes them.

    Returns:
        The finished run; with `seeds` or `folds` the finished `Experiment`.

    Raises:
        InputError: what was given cannot work; the message says what was expected, what came and
            what to do.

    Example:
        >>> rows = [("a fine film", "good"), ("a dull film", "bad")] * 50
        >>> run = seqtasks.train("sentiment", rows, epochs=2)  # doctest: +SKIP
    """
    found = find(task)
    if isinstance(data, (str, os.PathLike)):
        options["data"], data = os.fspath(data), None
    seed_given = "seed" in options
    if config is not None:
        options = {**read_options(config, found.name), **options}
    path = Path(out) if out is not None else Path("saved_models") / found.name
    return train_planned(
        found,
        with_options(found.config, options, found.name),
        data,
        path,
        plan=make_plan(found.name, seeds, folds, test, seed_given=seed_given),
        test=test,
        finish_interrupted=True,
        report=report,
        resume=resume,
        overwrite=overwrite,
        verbose=verbose,
        callbacks=callbacks,
    )


def train_planned(
    task: Task,
    config: Options,
    data: Any,
    path: Path,
    *,
    plan: Plan | None,
    test: bool,
    finish_interrupted: bool = False,
    **how: Any,
) -> Run | Experiment:
    """Train one run, or the runs of a plan; what `train` does once its arguments are read.

    Args:
        task: what to train.
        config: its options.
        data: rows in memory, or None for the corpus that the options name.
        path: of the run or the experiment.
        plan: of an experiment; None trains one run.
        test: as in `train`.
        finish_interrupted: whether an interrupt keeps the best epoch of a single run so far.
        **how: `report`, `resume`, `overwrite`, `verbose` and `callbacks`, as in `train`.
    """
    if plan is not None:
        return train_experiment(task, config, data, path, plan, **how)
    how |= {"finish_interrupted": finish_interrupted}
    partition = None if test else Partition(None, test=False)
    return train_task(task, config, data, path, partition=partition, **how)


def make_plan(task: str, seeds: Any, folds: Any, test: bool, *, seed_given: bool) -> Plan | None:
    """The plan of an experiment; None where one run is wanted.

    Args:
        task: the name of the task.
        seeds: as in `train`.
        folds: as in `train`.
        test: as in `train`.
        seed_given: whether a single seed was asked for too.

    Raises:
        InputError: no seeds, a seed twice, fewer than two folds, or both.
    """
    if seeds is None and folds is None:
        return None
    if seeds is not None and folds is not None:
        raise InputError(
            "--seeds and --folds: expected one of them. Cross-validate with one seed after the "
            "other: --folds with --seed, each in an --out of its own."
        )
    if folds is not None:
        if isinstance(folds, bool) or not isinstance(folds, int) or folds < 2:
            raise InputError(f"--folds: expected a whole number of at least 2, found {folds!r}.")
        return Plan(task, folds=folds, test=test)
    if seed_given:
        raise InputError("--seed and --seeds: expected one of them. Leave --seed out.")
    return Plan(task, seeds=_checked_seeds(seeds), test=test)


def _checked_seeds(seeds: Any) -> tuple[int, ...]:
    try:
        found = tuple(map(operator.index, seeds))
    except TypeError:
        found = ()
    if not found or min(found) < 0:
        raise InputError(f"--seeds: expected whole numbers of 0 or more, found {seeds!r}.")
    repeated = sorted({seed for seed in found if found.count(seed) > 1})
    if repeated:
        raise InputError(f"--seeds: expected each once, found {repeated[0]} twice. Leave one out.")
    return found
