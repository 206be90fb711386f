"""Trains one run: the loop behind `seqtasks.train`, from options to a published folder."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from seqtasks.data import Partition, describe_splits
from seqtasks.errors import InputError
from seqtasks.metrics import score_table
from seqtasks.pipelines.options import Options, flat
from seqtasks.pipelines.task import Task
from seqtasks.runs import folder as layout
from seqtasks.runs.evaluation import ROWS_IN_MEMORY
from seqtasks.runs.json_files import write_json
from seqtasks.runs.reporting import report as write_report_of
from seqtasks.runs.run import Run
from seqtasks.runs.training.resuming import check_same_options, check_unchanged
from seqtasks.runs.training.saving import corpus_checksum, parameter_count, save_run
from seqtasks.runs.training.warm_start import earlier_run
from seqtasks.training import (
    Checkpoint,
    EpochEnd,
    TensorBoardWriter,
    TrainingSetup,
    check_tensorboard,
    fit,
)

Say = Callable[[str], None]


def train_task(
    task: Task,
    config: Options,
    data: Any,
    path: Path,
    *,
    resume: bool,
    overwrite: bool,
    verbose: int | str = "auto",
    callbacks: Sequence[keras.callbacks.Callback] = (),
    finish_interrupted: bool = False,
    report: bool = True,
    partition: Partition | None = None,
    checksum: int | None = None,
) -> Run:
    """Train one run; what `train` does once its arguments are read.

    Args:
        task: what to train.
        config: its options.
        data: rows in memory, or None for the corpus that the options name.
        path: of the run.
        resume: as in `train`, and so are overwrite, verbose and callbacks.
        overwrite: see there.
        verbose: see there.
        callbacks: see there.
        finish_interrupted: whether an interrupt keeps the best epoch so far as a finished run.
        report: whether `report.html` is made.
        partition: how the corpus is divided (its `data` is not looked at); None as it comes.
        checksum: of all rows of the corpus, where it must be that of an earlier run.

    Raises:
        InputError: what was given cannot work.
    """
    say = speaker(verbose)
    if resume:
        check_unchanged(path)
    check_tensorboard(config.training.tensorboard)
    work = layout.begin(path, resume=resume, overwrite=overwrite)
    options = {"task": task.name, **flat(config)}
    if data is not None:
        options["data"] = ROWS_IN_MEMORY
    if resume:
        check_same_options(work, options)
    keras.utils.set_random_seed(config.training.seed)
    say(f"{task.name}: {task.title}")
    corpus = task.corpus(config, data)
    if config.training.warm_start:
        earlier = earlier_run(config.training.warm_start, task)
        corpus = dataclasses.replace(corpus, earlier=earlier)
    if partition is not None:
        spec = dataclasses.replace(partition, data=corpus.spec)
        corpus = dataclasses.replace(corpus, spec=spec)
    setup = task.pipeline.build(config, corpus)
    if checksum not in (None, corpus_checksum(setup)):
        raise InputError(
            f"{path}: the corpus is not the one that the runs beside it were trained on. Resume "
            "with the same corpus, or begin anew with --overwrite."
        )
    prints = {name: summary.fingerprint for name, summary in setup.corpus.items()}
    checkpoint = Checkpoint(work / layout.CHECKPOINT, prints)
    if resume:
        checkpoint.restore(setup.model)
    write_json(work / layout.CONFIG, options)
    _announce(setup, checkpoint, say)
    training = config.training
    board = training.tensorboard
    writer = TensorBoardWriter(Path(board, path.name)) if board else None
    epoch_end = EpochEnd(setup, checkpoint, training.patience, training.average, writer)
    try:
        fit(setup, epoch_end, training.epochs, callbacks, _verbosity(verbose), say)
    except KeyboardInterrupt:
        if not finish_interrupted or not epoch_end.best:
            raise
        say(f"interrupted: the best of {len(epoch_end.history)} finished epochs is kept")
        checkpoint.use_kept(setup.model)
    save_run(work, task, options, setup, epoch_end, partition)
    layout.publish(path)
    run = Run(path)
    best, epochs = run.manifest.best_epoch, run.manifest.epochs
    say(f"\nbest epoch {best} of {epochs} ({setup.monitor.name})\n\n{score_table(run.scores)}\n")
    if "not_quantized" in run.scores:
        say(_quantized(run.scores))
    if report:
        say_report(lambda: write_report_of(run), say)
    return run


def _quantized(scores: Mapping[str, Any]) -> str:
    """Differences of the scores by quantization, as a line of text."""
    before = scores["not_quantized"]
    changes = (f"{name} {scores[name] - value:+.4f}" for name, value in before.items())
    return f"{scores['quantize']} instead of float32 weights: {', '.join(changes)}\n"


def say_report(write: Callable[[], Path], say: Say) -> None:
    """Write a report and say where it is; what is reported on is complete without."""
    try:
        say(f"report: {write()}")
    except InputError as error:
        say(f"note: {error}")


def _announce(setup: TrainingSetup, checkpoint: Checkpoint, say: Say) -> None:
    """Say what is trained on what, before the first epoch, most of which is compilation."""
    for line in describe_splits(setup.corpus):
        say(line)
    for note in setup.notes:
        say(f"note: {note}")
    facts = {**setup.facts, "parameters": parameter_count(setup.model)}
    gpus = len(tf.config.list_physical_devices("GPU"))
    say(
        ", ".join(f"{value:,} {name}" for name, value in facts.items())
        + f"; {f'{gpus} GPU' if gpus else f'CPU, {os.cpu_count()} cores'}"
    )
    done = len(checkpoint.history)
    say(f"resumed after epoch {done}" if done else "compiling: the first batches take longest ...")


def _verbosity(verbose: int | str) -> int:
    if verbose != "auto":
        return int(verbose)
    return 1 if sys.stdout.isatty() or "ipykernel" in sys.modules else 2


def speaker(verbose: int | str) -> Say:
    """What prints lines to a user; nothing with `verbose` 0."""
    return _silent if verbose == 0 else _print


def _print(line: str) -> None:
    print(line, flush=True)


def _silent(line: str) -> None:
    """Print nothing."""
