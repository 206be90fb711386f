"""The run folder: save a task, load its predictor, keep its card."""

from __future__ import annotations

import csv
import json
import platform
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from seqtasks.errors import InputError
from seqtasks.training.setup import Task


def save(folder: Path, task: Task) -> None:
    """Write `saved_model/` (strings in, predictions out) and `model.keras` (ids in, logits out).

    The SavedModel holds plain TensorFlow operations: TensorFlow Serving, `saved_model_cli run`
    and `tf.saved_model.load` run it without seqtasks or Keras.
    """
    unfinished = folder / "saved_model.tmp"
    shutil.rmtree(unfinished, ignore_errors=True)
    functions = {"serving_default": task.predictor.serve, **getattr(task.predictor, "more", {})}
    tf.saved_model.save(task.predictor, unfinished, functions)
    shutil.rmtree(folder / "saved_model", ignore_errors=True)
    unfinished.rename(folder / "saved_model")
    task.model.save(folder / "model.keras")


class SavedPredictor:
    """The predictor of a finished run, from its SavedModel.

    Args:
        folder: the run folder.

    Raises:
        InputError: no finished run there.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / "saved_model"
        if not (path / "saved_model.pb").exists():
            raise InputError(
                f"{folder}: no saved_model/ in it. Expected the folder of a finished run, "
                "for example saved_models/sentiment. Train one with train.py."
            )
        # Held, because a function of a SavedModel does not keep its variables alive.
        self._loaded = tf.saved_model.load(path)

    def serve(self, text: tf.Tensor) -> dict[str, tf.Tensor]:
        """Raw strings `[batch]` -> tensors `[batch, ...]`."""
        return self._loaded.serve(text)

    @property
    def more(self) -> dict[str, Callable[..., dict[str, tf.Tensor]]]:
        """The functions besides `serve`, by name; their arguments go by name too."""
        signatures = self._loaded.signatures
        return {name: signatures[name] for name in signatures if name != "serving_default"}


# What a run writes, besides the checkpoint; what options may differ when it is resumed.
ARTEFACTS = ("saved_model", "model.keras", "config.json", "scores.json", "history.csv")
PICTURES = ("learning_curves.png", "confusion_matrix.png")
CHANGEABLE = ("epochs", "out", "patience", "resume")


def clear(folder: Path, *, keep_checkpoint: bool) -> None:
    """Remove what an earlier run left, so that a folder never mixes two."""
    for name in (*ARTEFACTS, *PICTURES, *([] if keep_checkpoint else ["checkpoint.npz"])):
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def check_same_options(folder: Path, options: Mapping[str, Any]) -> None:
    """Refuse to resume a run with options other than its own.

    Raises:
        InputError: an option outside `CHANGEABLE` differs from the folder's `config.json`.
    """
    path = folder / "config.json"
    earlier = json.loads(path.read_text("utf-8")) if path.exists() else {}
    written = json.loads(_json(options))  # as `config.json` would hold them
    differences = [
        f"{name} was {earlier[name]!r}, is {value!r}"
        for name, value in written.items()
        if name in earlier and name not in CHANGEABLE and earlier[name] != value
    ]
    if differences:
        raise InputError(
            f"{folder}: cannot resume with other options: {'; '.join(differences)}. Give the "
            "options the run began with, or another --out for a new run."
        )


def usage(folder: Path) -> str:
    """The command that uses a run."""
    return f'seqtasks predict {shlex.quote(str(folder))} "some text"'


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a card (`config.json`, `scores.json`) that people read too."""
    path.write_text(_json(content), "utf-8")


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def write_history(path: Path, history: Sequence[Mapping[str, float]]) -> None:
    """One line an epoch, as CSV."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["epoch", *history[0]])
        writer.writeheader()
        writer.writerows({"epoch": i, **row} for i, row in enumerate(history, start=1))


def versions() -> dict[str, str]:
    """What made a result: this package, what it stands on, and Python."""
    return {
        "seqtasks": metadata.version("seqtasks"),
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "python": platform.python_version(),
    }
