"""Trains an experiment: a run for each seed or fold, then their scores together."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from seqtasks.atomic_files import replacing
from seqtasks.errors import InputError
from seqtasks.pipelines.options import Options, flat, with_options
from seqtasks.pipelines.task import Task
from seqtasks.runs import folder as layout
from seqtasks.runs.evaluation import ROWS_IN_MEMORY
from seqtasks.runs.experiment import (
    Experiment,
    Plan,
    read_plan,
    score_statistics,
    write_plan,
)
from seqtasks.runs.json_files import read_json, valid_json, write_json
from seqtasks.runs.predictions_file import pool_predictions
from seqtasks.runs.reporting import report_folds
from seqtasks.runs.training.resuming import check_same_options
from seqtasks.runs.training.train_run import say_report, speaker, train_task


def train_experiment(
    task: Task,
    config: Options,
    data: Any,
    path: Path,
    plan: Plan,
    *,
    resume: bool,
    overwrite: bool,
    report: bool = True,
    verbose: int | str = "auto",
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Experiment:
    """Train each run of a plan, and write what their scores are together.

    The runs are trained in `PATH.partial`, which takes the place of `path` when all are finished.
    Interrupted and resumed, it keeps the finished ones and goes on with the unfinished one from its
    checkpoint.

    Args:
        task: what to train.
        config: its options, but for the seeds of the plan.
        data: rows in memory, or None for the corpus that the options name.
        path: of the experiment.
        plan: what the runs differ in.
        resume: go on with what is there; seeds may have been added.
        overwrite: replace what is there when the new experiment is complete.
        report: as in `train`.
        verbose: as in `train`.
        callbacks: as in `train`; the same objects see all runs.

    Raises:
        InputError: what was given cannot work.
    """
    say = speaker(verbose)
    options = {"task": task.name, **flat(config)}
    if data is not None:
        options["data"] = ROWS_IN_MEMORY
    members = [config] * plan.folds
    if plan.seeds:
        del options["seed"]
        members = [with_options(config, {"seed": seed}, task.name) for seed in plan.seeds]
    work = _begin(path, plan, options, resume=resume, overwrite=overwrite)
    write_json(work / layout.CONFIG, options)
    write_plan(work, plan)
    checksum = next((_checksum(work / n) for n in plan.names if layout.is_complete(work / n)), None)
    for number, name in enumerate(plan.names):
        say(f"{name} ({number + 1} of {len(plan.names)})")
        own = {**options, "seed": members[number].training.seed}
        if _is_finished(work / name, own):
            say("finished before: kept")
        else:
            train_task(
                task,
                members[number],
                data,
                work / name,
                resume=True,
                overwrite=True,
                report=report,
                verbose=verbose,
                callbacks=callbacks,
                partition=plan.partition(number),
                checksum=checksum,
            )
        checksum = _checksum(work / name)
    _finish(work, plan)
    layout.publish(path)
    experiment = Experiment(path)
    say(f"{task.name}, {plan}\n\n{experiment.table()}\n")
    if report and plan.folds:
        say_report(lambda: report_folds(experiment), say)
    return experiment


def _checksum(folder: Path) -> int:
    """Of the corpus that a finished run was trained on."""
    return int(read_json(folder / layout.SCORES)["checksum"], 16)


def _is_finished(folder: Path, options: dict[str, Any]) -> bool:
    """Whether a run was trained to its end with just these options."""
    if not layout.is_complete(folder):
        return False
    return read_json(folder / layout.CONFIG) == valid_json(options)


def _finish(work: Path, plan: Plan) -> None:
    """Write the pooled predictions of folds, and the scores, which make the folder complete."""
    folders = [work / name for name in plan.names]
    if plan.folds:
        rows = [({"fold": number}, folder) for number, folder in enumerate(folders, start=1)]
        pool_predictions(work / layout.PREDICTIONS, rows)
    statistics = score_statistics([read_json(folder / layout.SCORES) for folder in folders])
    write_json(work / layout.SCORES, statistics)


def _begin(
    path: Path, plan: Plan, options: dict[str, Any], *, resume: bool, overwrite: bool
) -> Path:
    """Make ready the folder to train in; what is resumed is in it.

    Raises:
        InputError: the folder is taken, or what is there is of another plan or of other options.
    """
    layout.recover(path)
    layout.check_free(path, resume=resume, overwrite=overwrite)
    work = layout.partial(path)
    try:
        if not resume:
            shutil.rmtree(work, ignore_errors=True)
        elif (work / layout.CHECKPOINT).is_file():
            raise _one_run(work)
        elif not layout.is_begun(work) and layout.is_complete(path):
            if not layout.is_experiment(path):
                raise _one_run(path)
            _check_resumable(path, plan, options)
            with replacing(work) as unfinished:
                shutil.copytree(path, unfinished, copy_function=_link)
        if not layout.is_begun(work):
            shutil.rmtree(work, ignore_errors=True)
        else:
            _check_resumable(work, plan, options)
            (work / layout.SCORES).unlink(missing_ok=True)
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written to ({error.strerror or error}). Choose another --out."
        ) from error
    return work


def _link(source: str, target: str) -> None:
    """The same file under another name, which costs no space; a copy where that is impossible."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _one_run(folder: Path) -> InputError:
    return InputError(
        f"{folder}: holds one run, no experiment. Resume it without --seeds and --folds, or choose "
        "another --out."
    )


def _check_resumable(folder: Path, plan: Plan, options: dict[str, Any]) -> None:
    """Refuse to go on with an experiment of another plan or other options."""
    earlier = read_plan(folder)
    lost = [str(seed) for seed in earlier.seeds if seed not in plan.seeds]
    same = replace(earlier, seeds=(), versions={}) == replace(plan, seeds=(), versions={})
    if not same or lost or bool(earlier.seeds) != bool(plan.seeds):
        raise InputError(
            f"{folder}: holds an experiment with {_written(earlier)}, to be resumed with "
            f"{_written(plan)}. Expected the same; seeds may be added to it. Give these, or "
            "another --out."
        )
    check_same_options(folder, options)


def _written(plan: Plan) -> str:
    seeds = f"--seeds {' '.join(map(str, plan.seeds))}"
    return (f"--folds {plan.folds}" if plan.folds else seeds) + ("" if plan.test else " --no-test")
