"""A Keras callback that keeps the last epoch, to resume from, and the best ones, to ship."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import keras
import numpy as np

from seqtasks.errors import InputError


class Checkpoint(keras.callbacks.Callback):
    """Saves all that training needs after each epoch, in one file that is replaced at once.

    The file holds the model's variables (the seeds of dropout too, which Keras's weight files
    leave out), the optimizer's, the best epochs' weights and the history. A run that is killed
    and resumed ends with the weights of one that was not, as long as the order of the training
    data depends on `optimizer.iterations` and not on how often the data was read.

    Args:
        file: where to keep it, ending in `.npz`.
        monitor: the name of the metric that says which epoch is best.
        mode: "max" or "min": which value of it is better.
        patience: stop after this many epochs without a better one; None never stops early.
        average: ship the mean of the weights of so many of the best epochs.
    """

    def __init__(
        self,
        file: Path,
        monitor: str,
        mode: str,
        patience: int | None = None,
        average: int = 1,
    ) -> None:
        super().__init__()
        self.file = file
        self.monitor = monitor
        self.sign = {"max": 1.0, "min": -1.0}[mode]
        self.patience, self.average = patience, average
        self.history: list[dict[str, float]] = []
        self._validated: list[np.ndarray] = []
        self._kept: dict[int, list[np.ndarray]] = {}  # weights by epoch
        self._started = 0.0

    @property
    def best_epoch(self) -> int | None:
        """The best epoch so far, counted from 0; the earliest of equals."""
        return next(iter(self.best_epochs), None)

    @property
    def best_epochs(self) -> list[int]:
        """The `average` best epochs so far, counted from 0, best first; the earliest of equals."""
        values = [self.sign * row[self.monitor] for row in self.history]
        order = np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")
        return order[: self.average].tolist()

    @property
    def out_of_patience(self) -> bool:
        """Whether `patience` epochs have passed without a better one."""
        if self.patience is None or self.best_epoch is None:
            return False
        return len(self.history) - 1 - self.best_epoch >= self.patience

    @property
    def training_seconds(self) -> float:
        """Seconds spent in all epochs, validation included."""
        return sum(row["seconds"] for row in self.history)

    def restore(self, model: keras.Model) -> int:
        """Put a compiled model where the file left it.

        Returns:
            How many epochs are done: `fit`'s `initial_epoch`. 0 if there is no file.

        Raises:
            InputError: the file belongs to a model of other shapes.
        """
        if not self.file.exists():
            return 0
        model.optimizer.build(model.trainable_variables)
        state = _state(model)
        with np.load(self.file) as saved:
            shapes = [saved[f"state_{i}"].shape for i in range(int(saved["states"]))]
            if shapes != [tuple(variable.shape) for variable in state]:
                raise InputError(
                    f"{self.file}: holds another model than these options and data make. Expected "
                    f"{len(state)} tensors of its shapes, found {len(shapes)}. Resume with the "
                    "options and data that the run began with, or start it anew without --resume."
                )
            for i, variable in enumerate(state):
                variable.assign(saved[f"state_{i}"])
            self.history = json.loads(str(saved["history"]))
            self._kept = {
                epoch: [saved[f"epoch_{epoch}_{i}"] for i in range(len(model.weights))]
                for epoch in self.best_epochs
            }
        return len(self.history)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Start the epoch's clock."""
        self._started = time.monotonic()

    def on_test_end(self, logs: dict | None = None) -> None:
        """Take the weights as they were validated: averaged ones, where the optimizer averages.

        For that, this callback stands before `keras.callbacks.SwapEMAWeights`.
        """
        self._validated = [weight.numpy() for weight in self.model.weights]

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Record the epoch, keep its weights if they are among the best, save, maybe stop."""
        row = {name: float(value) for name, value in (logs or {}).items()}
        if self.monitor not in row:
            raise ValueError(
                f"Expected '{self.monitor}' among the metrics of an epoch. Received: {list(row)}."
            )
        self.history.append({**row, "seconds": time.monotonic() - self._started})
        weights = {**self._kept, epoch: self._validated}
        self._kept = {best: weights[best] for best in self.best_epochs}
        self._save()
        if self.out_of_patience:
            self.model.stop_training = True

    def use_best(self, model: keras.Model) -> None:
        """Give `model` the weights of the best epoch, or the mean of those of the best ones."""
        for weight, *values in zip(model.weights, *self._kept.values(), strict=True):
            real = np.issubdtype(values[0].dtype, np.floating)
            weight.assign(np.mean(values, axis=0) if real else values[0])

    def _save(self) -> None:
        state = _state(self.model)
        arrays = {f"state_{i}": variable.numpy() for i, variable in enumerate(state)}
        for epoch, weights in self._kept.items():
            arrays |= {f"epoch_{epoch}_{i}": value for i, value in enumerate(weights)}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.file.with_suffix(".tmp")
        with unfinished.open("wb") as file:
            np.savez(file, states=len(state), history=json.dumps(self.history), **arrays)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self.file)


def _state(model: keras.Model) -> list[keras.Variable]:
    """Everything that one training step reads and writes, metrics apart."""
    metrics = {id(variable) for variable in model.metrics_variables}
    own = [variable for variable in model.variables if id(variable) not in metrics]
    optimizer = [v for v in model.optimizer.variables if id(v) not in {id(o) for o in own}]
    return own + optimizer
