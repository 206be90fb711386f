"""Checkpoint: the state of a training run in one file that is replaced at once."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from seqtasks.atomic_files import replacing
from seqtasks.errors import InputError


class Checkpoint:
    """All that training needs to go on after the last finished epoch.

    The file holds the model's variables (the seeds of dropout too, which Keras's weight files
    leave out), the optimizer's, the weights of the best epochs, the history, fingerprints of the
    corpus, and whether loops are compiled. A run that is killed and resumed ends with the weights
    of one that was not, as long as the order of the training data depends on `optimizer.iterations`
    and not on how often the data was read.

    Args:
        file: where to keep it, ending in `.npz`.
        fingerprints: of the splits of the corpus, by name.

    Attributes:
        history: metrics of each finished epoch.
        kept: weights of the best epochs, by epoch, the best first.
        compiled: whether recurrent loops are compiled, chosen before the first step; None before.
    """

    def __init__(self, file: Path, fingerprints: Mapping[str, str] | None = None) -> None:
        self.file = file
        self.fingerprints = dict(fingerprints or {})
        self.history: list[dict[str, float]] = []
        self.kept: dict[int, list[np.ndarray]] = {}
        self.compiled: bool | None = None

    @property
    def training_seconds(self) -> float:
        """Seconds spent in all epochs, validation included."""
        return sum(row["seconds"] for row in self.history)

    def restore(self, model: keras.Model) -> int:
        """Put a compiled model where the file left it.

        Returns:
            How many epochs are done: `fit`'s `initial_epoch`. 0 if there is no file.

        Raises:
            InputError: the file is damaged, belongs to a model of other shapes, or was written
                while training on another corpus.
        """
        if not self.file.exists():
            return 0
        model.optimizer.build(model.trainable_variables)
        state = _state(model)
        try:
            with self.file.open("rb") as file, np.load(file) as saved:
                self._check(saved, state)
                for i, variable in enumerate(state):
                    variable.assign(saved[f"state_{i}"])
                self.history = json.loads(str(saved["history"]))
                self.compiled = json.loads(str(saved["compiled"]))
                self.kept = {
                    epoch: [saved[f"epoch_{epoch}_{i}"] for i in range(len(model.weights))]
                    for epoch in json.loads(str(saved["kept"]))
                }
        except (OSError, EOFError, KeyError, zipfile.BadZipFile, json.JSONDecodeError) as error:
            raise _damaged(self.file, error) from error
        except ValueError as error:
            if isinstance(error, InputError):
                raise
            raise _damaged(self.file, error) from error
        return len(self.history)

    def _check(self, saved: Mapping[str, np.ndarray], state: list[keras.Variable]) -> None:
        shapes = [saved[f"state_{i}"].shape for i in range(int(saved["states"]))]
        before = json.loads(str(saved["fingerprints"]))
        # The test split may be left unread by one of both.
        both = [name for name in before if name in self.fingerprints]
        changed = [name for name in both if before[name] != self.fingerprints[name]]
        if changed:
            raise InputError(
                f"{self.file}: the {' and '.join(changed)} split is not the one that the run began "
                "with. Resume with the same corpus, or begin anew without --resume."
            )
        if shapes != [tuple(variable.shape) for variable in state]:
            raise InputError(
                f"{self.file}: holds another model than these options and data make. Expected "
                f"{len(state)} tensors of its shapes, found {len(shapes)}. Resume with the "
                "options and data that the run began with, or begin anew without --resume."
            )

    def use_kept(self, model: keras.Model) -> None:
        """Give `model` the weights of the best epoch, or the mean of those of the best ones."""
        for weight, *values in zip(model.weights, *self.kept.values(), strict=True):
            real = np.issubdtype(values[0].dtype, np.floating)
            weight.assign(np.mean(values, axis=0) if real else values[0])

    def save(self, model: keras.Model) -> None:
        """Write the file anew under a temporary name, and rename it."""
        state = _state(model)
        arrays = {f"state_{i}": variable.numpy() for i, variable in enumerate(state)}
        for epoch, weights in self.kept.items():
            arrays |= {f"epoch_{epoch}_{i}": value for i, value in enumerate(weights)}
        texts = {"history": self.history, "kept": [*self.kept], "fingerprints": self.fingerprints}
        texts |= {"compiled": self.compiled}
        arrays |= {name: np.array(json.dumps(content)) for name, content in texts.items()}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self.file) as unfinished:
            np.savez(unfinished, states=len(state), **arrays)


def _damaged(file: Path, error: Exception) -> InputError:
    return InputError(
        f"{file}: the checkpoint is damaged ({type(error).__name__}: {error}), so the run "
        "cannot go on from it. Begin anew without --resume."
    )


def _state(model: keras.Model) -> list[keras.Variable]:
    """Everything that one training step reads and writes, metrics apart."""
    metrics = {id(variable) for variable in model.metrics_variables}
    own = [variable for variable in model.variables if id(variable) not in metrics]
    optimizer = [v for v in model.optimizer.variables if id(v) not in {id(o) for o in own}]
    return own + optimizer
