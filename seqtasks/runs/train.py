"""`seqtasks.train`: the one way to train a task, for Python, the command line and tests."""

from __future__ import annotations

import csv
import math
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from seqtasks import plots
from seqtasks.data import describe_splits
from seqtasks.errors import InputError
from seqtasks.metrics import score_table
from seqtasks.pipelines.option_files import read_options
from seqtasks.pipelines.options import Options, flat, with_options
from seqtasks.pipelines.task import Task
from seqtasks.runs import folder as layout
from seqtasks.runs.json_files import read_json, replacing, valid_json, write_json
from seqtasks.runs.run import Run
from seqtasks.runs.saved_predictor import SavedPredictor, export
from seqtasks.runs.warm_start import earlier_run
from seqtasks.tasks import find
from seqtasks.training import Checkpoint, EpochEnd, TrainingSetup, fit

CHANGEABLE = ("epochs", "patience", "data_dir")  # options that may differ when a run is resumed

Say = Callable[[str], None]


def train(
    task: str,
    data: Any = None,
    *,
    out: str | os.PathLike[str] | None = None,
    config: str | os.PathLike[str] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    verbose: int | str = "auto",
    callbacks: Sequence[keras.callbacks.Callback] = (),
    **options: Any,
) -> Run:
    """Train a task, save it, score what was saved, and return it as a `Run`.

    An interrupt (Ctrl-C, or stopping a notebook's cell) after the first epoch ends the training and
    keeps the best weights so far.

    Args:
        task: the name of a task: `seqtasks tasks` lists them.
        data: "sample" (the default), a path, "tfds:NAME[/CONFIG]", or rows in memory: a sequence
            of tuples or dicts, a pandas or polars frame, a Hugging Face dataset, or a dict of these
            by split ("train", "validation", "test"). Missing splits are cut from train.
        out: the folder of the run (default: saved_models/ and the task's name).
        config: a file of options, TOML or a run's config.json (or the folder of the run); those
            given here win.
        resume: go on after the last finished epoch of the run in `out`.
        overwrite: replace a finished run in `out` when the new one is complete.
        verbose: 0 prints nothing, 1 a progress bar, 2 a line an epoch; "auto" is 1 on a terminal or
            in a notebook and 2 elsewhere.
        callbacks: Keras callbacks, called beside our own.
        **options: of the task, by name; `seqtasks train TASK --help` describes them.

    Returns:
        The finished run.

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
    if config is not None:
        options = {**read_options(config, found.name), **options}
    path = Path(out) if out is not None else Path("saved_models") / found.name
    return train_task(
        found,
        with_options(found.config, options, found.name),
        data,
        path,
        resume=resume,
        overwrite=overwrite,
        verbose=verbose,
        callbacks=callbacks,
        finish_interrupted=True,
    )


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
) -> Run:
    """What `train` does once its arguments are read."""
    say: Say = _silent if verbose == 0 else _print
    work = layout.begin(path, resume=resume, overwrite=overwrite)
    options = {"task": task.name, **flat(config)}
    if data is not None:
        options["data"] = "rows in memory"
    if resume:
        _check_same_options(work, options)
    keras.utils.set_random_seed(config.training.seed)
    say(f"{task.name}: {task.title}")
    corpus = task.corpus(config, data)
    if config.training.warm_start:
        corpus = replace(corpus, earlier=earlier_run(config.training.warm_start, task))
    setup = task.pipeline.build(config, corpus)
    prints = {name: summary.fingerprint for name, summary in setup.corpus.items()}
    checkpoint = Checkpoint(work / layout.CHECKPOINT, prints)
    if resume:
        checkpoint.restore(setup.model)
    write_json(work / layout.CONFIG, options)
    _announce(setup, checkpoint, say)
    training = config.training
    epoch_end = EpochEnd(setup, checkpoint, training.patience, training.average)
    try:
        fit(setup, epoch_end, training.epochs, callbacks, _verbosity(verbose), say)
    except KeyboardInterrupt:
        if not finish_interrupted or not epoch_end.best:
            raise
        say(f"interrupted: the best of {len(epoch_end.history)} finished epochs is kept")
        checkpoint.use_kept(setup.model)
    _save(work, task, options, setup, epoch_end)
    layout.publish(path)
    run = Run(path)
    best, epochs = run.manifest.best_epoch, run.manifest.epochs
    say(f"\nbest epoch {best} of {epochs} ({setup.monitor.name})\n\n{score_table(run.scores)}\n")
    return run


def _save(
    work: Path,
    task: Task,
    options: dict[str, Any],
    setup: TrainingSetup,
    epoch_end: EpochEnd,
) -> None:
    """Export, load what was exported, score that, and write the rest of the folder."""
    export(work, setup.predictor)
    with replacing(work / layout.KERAS_MODEL) as unfinished:
        setup.model.save(unfinished)
    configs = {name: tokenizer.get_config() for name, tokenizer in setup.tokenizers.items()}
    write_json(work / layout.TOKENIZERS, configs)
    _write_history(work / layout.HISTORY, epoch_end.history)
    best = epoch_end.best[0] + 1
    plots.learning_curves(work / "learning_curves.png", epoch_end.history, best)
    manifest = layout.Manifest(
        task=task.name,
        kind=setup.predictor.kind,
        signatures=tuple(setup.predictor.signatures),
        settings=dict(setup.predictor.settings),
        best_epoch=best,
        epochs=len(epoch_end.history),
        labels=tuple(setup.labels),
        versions=layout.versions(),
    )
    scores = setup.evaluate(SavedPredictor(work, manifest))
    training = {
        "data": options["data"],
        "seed": options["seed"],
        "best_epoch": best,
        "training_seconds": round(epoch_end.checkpoint.training_seconds),
        "parameters": _parameters(setup.model),
        "rows": {name: summary.rows for name, summary in setup.corpus.items()},
        "versions": layout.versions(),
    }
    write_json(work / layout.SCORES, scores | training)
    if "confusion_matrix" in scores:
        matrix = scores["confusion_matrix"], scores["labels"]
        plots.confusion_matrix(work / "confusion_matrix.png", *matrix)
    layout.write_manifest(work, manifest)


def _announce(setup: TrainingSetup, checkpoint: Checkpoint, say: Say) -> None:
    """Say what is trained on what, before the first epoch, most of which is compilation."""
    for line in describe_splits(setup.corpus):
        say(line)
    for note in setup.notes:
        say(f"note: {note}")
    facts = {**setup.facts, "parameters": _parameters(setup.model)}
    gpus = len(tf.config.list_physical_devices("GPU"))
    say(
        ", ".join(f"{value:,} {name}" for name, value in facts.items())
        + f"; {f'{gpus} GPU' if gpus else f'CPU, {os.cpu_count()} cores'}"
    )
    done = len(checkpoint.history)
    say(f"resumed after epoch {done}" if done else "compiling: the first batches take longest ...")


def _parameters(model: keras.Model) -> int:
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)


def _check_same_options(work: Path, options: dict[str, Any]) -> None:
    """Refuse to resume a run with options other than its own.

    Raises:
        InputError: an option outside `CHANGEABLE` differs from the folder's `config.json`, or that
            file is damaged.
    """
    path = work / layout.CONFIG
    if not path.exists():
        return
    earlier = read_json(path)
    differences = [
        f"{name} was {earlier[name]!r}, is {value!r}"
        for name, value in valid_json(options).items()
        if name in earlier and name not in CHANGEABLE and earlier[name] != value
    ]
    if differences:
        raise InputError(
            f"{work}: cannot resume with other options: {'; '.join(differences)}. Give the "
            "options the run began with, or another --out for a new run."
        )


def _write_history(path: Path, history: Sequence[dict[str, float]]) -> None:
    """One line an epoch, as CSV."""
    with replacing(path) as unfinished, unfinished.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["epoch", *history[0]])
        writer.writeheader()
        writer.writerows({"epoch": n, **row} for n, row in enumerate(history, start=1))


def _verbosity(verbose: int | str) -> int:
    if verbose != "auto":
        return int(verbose)
    return 1 if sys.stdout.isatty() or "ipykernel" in sys.modules else 2


def _print(line: str) -> None:
    print(line, flush=True)


def _silent(line: str) -> None:
    """Print nothing."""
