"""What a finished run is made of: writes the folder of a trained model."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from seqtasks import plots
from seqtasks.atomic_files import replacing
from seqtasks.data import Partition
from seqtasks.metrics import network_scores
from seqtasks.pipelines.task import Task
from seqtasks.runs import folder as layout
from seqtasks.runs.json_files import write_json
from seqtasks.runs.manifest import Manifest, versions, write_manifest
from seqtasks.runs.predictions_file import writing_predictions
from seqtasks.runs.saved_predictor import SavedPredictor, export
from seqtasks.training import EpochEnd, TrainingSetup


def save_run(
    work: Path,
    task: Task,
    options: dict[str, Any],
    setup: TrainingSetup,
    epoch_end: EpochEnd,
    partition: Partition | None,
) -> None:
    """Export, load what was exported, score that, and write the rest of the folder.

    Args:
        work: the folder that the run is trained in, which is complete afterwards.
        task: that was trained.
        options: of the run, by name.
        setup: with the weights to keep.
        epoch_end: of the training.
        partition: how the corpus was divided, or None.
    """
    storage = options["quantize"]
    export(work, setup.predictor, setup.model, storage)
    with replacing(work / layout.KERAS_MODEL) as unfinished:
        _save_weights(setup.model, unfinished)
    configs = {name: tokenizer.get_config() for name, tokenizer in setup.tokenizers.items()}
    write_json(work / layout.TOKENIZERS, configs)
    _write_history(work / layout.HISTORY, epoch_end.history)
    best = epoch_end.best[0] + 1
    plots.learning_curves(work / "learning_curves.png", epoch_end.history, best)
    manifest = Manifest(
        task=task.name,
        kind=setup.predictor.kind,
        signatures=tuple(setup.predictor.signatures),
        settings=dict(setup.predictor.settings),
        best_epoch=best,
        epochs=len(epoch_end.history),
        labels=tuple(setup.labels),
        versions=versions(),
    )
    with writing_predictions(work / layout.PREDICTIONS) as write:
        scores = setup.evaluate(SavedPredictor(work, manifest), write)
    if storage != "none":
        whole = setup.evaluate(setup.predictor, lambda row: None)
        scores |= {"quantize": storage, "not_quantized": network_scores(whole)}
    counts = {name: dict(summary.labels) for name, summary in setup.corpus.items()}
    training = {
        "split": "test" if "test" in setup.corpus else "validation",
        "data": options["data"],
        "seed": options["seed"],
        "best_epoch": best,
        "training_seconds": round(epoch_end.checkpoint.training_seconds),
        "parameters": parameter_count(setup.model),
        "rows": {name: summary.rows for name, summary in setup.corpus.items()},
        **({"label_counts": counts} if any(counts.values()) else {}),
        "checksum": f"{corpus_checksum(setup):016x}",
        **({"partition": _plain(partition)} if partition else {}),
        "versions": versions(),
    }
    write_json(work / layout.SCORES, scores | training)
    if "confusion_matrix" in scores:
        matrix = scores["confusion_matrix"], scores["labels"]
        plots.confusion_matrix(work / "confusion_matrix.png", *matrix)
    write_manifest(work, manifest)


def _save_weights(model: keras.Model, path: Path) -> None:
    """Write `model.keras` without the optimizer, whose state is in the checkpoint."""
    optimizer, compiled = model.optimizer, model.compiled
    model.optimizer, model.compiled = None, False
    try:
        model.save(path)
    finally:
        model.optimizer, model.compiled = optimizer, compiled


def parameter_count(model: keras.Model) -> int:
    """Numbers in the trainable weights."""
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)


def corpus_checksum(setup: TrainingSetup) -> int:
    """A checksum of all rows of the corpus, whatever their order and split."""
    return sum(summary.checksum for summary in setup.corpus.values()) % 2**64


def _plain(partition: Partition) -> dict[str, Any]:
    return {name: value for name, value in vars(partition).items() if name != "data"}


def _write_history(path: Path, history: Sequence[dict[str, float]]) -> None:
    """One line an epoch, as CSV."""
    with replacing(path) as unfinished, unfinished.open("w", newline="") as file:
        names = dict.fromkeys(name for row in history for name in row)  # older rows have fewer
        writer = csv.DictWriter(file, ["epoch", *names], restval="nan")
        writer.writeheader()
        writer.writerows({"epoch": n, **row} for n, row in enumerate(history, start=1))
