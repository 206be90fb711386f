"""What a report reads of a run, and the report of a finished one."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.errors import InputError
from seqtasks.explanations import KINDS
from seqtasks.features import WordFeatures, split_tokens
from seqtasks.features.columns import WORD
from seqtasks.metrics.resampling.paired_tests import Method
from seqtasks.pipelines.options import flat
from seqtasks.reports import (
    Comparison,
    Functions,
    RunRecord,
    compare_runs,
    read_rows,
    write_folds_report,
    write_report,
)
from seqtasks.runs import folder as layout
from seqtasks.runs.experiment import Experiment
from seqtasks.runs.json_files import read_json
from seqtasks.runs.manifest import checked, read_manifest
from seqtasks.runs.run import Run
from seqtasks.tasks import find
from seqtasks.text import id_arrays


def report(run: Run, *, why: bool = False) -> Path:
    """Write `report.html` of a run into its folder, and `errors.csv` beside it.

    Args:
        run: a finished one; what is stored in its folder is read, nothing is predicted again but
            samples and attention.
        why: whether contributions of words are among it, for which the Keras model is loaded.

    Returns:
        The path of the page.

    Raises:
        InputError: the folder cannot be written.
    """
    folder = layout.locate(run.path)
    with _writing(folder), _without_rewriting():
        return write_report(folder, record_of(run, why))


def report_folds(experiment: Experiment) -> Path:
    """Write `report.html` and `errors.csv` of a cross-validation into its folder.

    Args:
        experiment: a finished one of folds; each row of its corpus is predicted by a network that
            was not trained on it.

    Returns:
        The path of the page.

    Raises:
        InputError: an experiment of seeds, or a folder that cannot be written.
    """
    if not experiment.plan.folds:
        raise InputError(
            f"{experiment}: an experiment of seeds, of which each run has its report: "
            f"{', '.join(experiment.plan.names)}. Name one of them, or compare them with "
            "`seqtasks compare`."
        )
    folder = experiment.folder
    stored = _stored(folder / experiment.plan.names[0], experiment.path.resolve().name)
    rows, total = read_rows(folder / layout.PREDICTIONS)
    record = dataclasses.replace(stored, rows=rows, total_rows=total)
    with _writing(folder):
        return write_folds_report(folder, record, experiment.plan.names, experiment.scores)


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{folder}: the report cannot be written ({error.strerror or error}). Free some space "
            "or make the folder writable, then make it with `seqtasks report`."
        ) from error


@contextlib.contextmanager
def _without_rewriting() -> Iterator[None]:
    """Graphs as they are: for the few calls of a report TensorFlow's rewriting takes the most."""
    name = "disable_meta_optimizer"
    before = tf.config.optimizer.get_experimental_options().get(name, False)
    tf.config.optimizer.set_experimental_options({name: True})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({name: before})


def compare(
    paths: Sequence[Path], *, method: Method = "bootstrap", resamples: int = 1000
) -> Comparison:
    """Compare finished runs with the first of them, from what is stored in their folders.

    Args:
        paths: of at least two runs of one kind.
        method: of the paired tests, "bootstrap" or "randomization".
        resamples: resamples of each test, or trials.

    Raises:
        InputError: fewer than two runs, runs of several kinds, or no run at a path.
    """
    records = [_stored(path, str(path)) for path in paths]
    return compare_runs(records, method=method, resamples=resamples)


def record_of(run: Run, why: bool) -> RunRecord:
    """All that a report reads of a run, contributions of words on request."""
    stored = _stored(run.path, run.path.resolve().name)
    return dataclasses.replace(stored, history=run.history, functions=_functions(run, why))


def _stored(path: Path, name: str) -> RunRecord:
    """What is stored in a run's folder, but for its history."""
    folder = layout.locate(path)
    manifest = read_manifest(folder)
    rows, total = read_rows(checked(folder, manifest, layout.PREDICTIONS))
    try:
        task = find(manifest.task)
        title, defaults = task.title, json.loads(json.dumps(flat(task.config)))
    except InputError:  # of a package that is not installed here
        title, defaults = manifest.kind, {}
    return RunRecord(
        name=name,
        task=manifest.task,
        title=title,
        kind=manifest.kind,
        config=read_json(checked(folder, manifest, layout.CONFIG)),
        defaults=defaults,
        scores=read_json(checked(folder, manifest, layout.SCORES)),
        history=(),
        best_epoch=manifest.best_epoch,
        rows=rows,
        total_rows=total,
    )


def _functions(run: Run, why: bool) -> Functions:
    def log_probability(texts: Sequence[str]) -> np.ndarray:
        outputs = run.predictor.signatures["score"](text=tf.constant(_valid(texts)))
        return outputs["log_probability"].numpy()

    def ids(texts: Sequence[str]) -> list[np.ndarray]:
        return id_arrays(_ids_of(run.tokenizer), _valid(texts))

    return Functions(
        answer=run,
        log_probability=log_probability if "score" in run.predictor.signatures else None,
        ids=ids if run.tokenizers else None,
        explain=run.explain if why and run.kind in KINDS else None,
    )


def _ids_of(tokenizer: Any) -> Any:
    """A function from texts to the ids of their tokens, of taggers those of the words."""
    if not isinstance(tokenizer, WordFeatures):
        return tokenizer

    def words(texts: tf.Tensor) -> tf.RaggedTensor:
        tokens = split_tokens(texts)
        return tokens.with_flat_values(tokenizer.of_words(tokens.flat_values)[:, WORD])

    return words


def _valid(texts: Sequence[str]) -> list[str]:
    """Texts as valid Unicode."""
    return [text.encode("utf-8", "replace").decode() for text in texts]
