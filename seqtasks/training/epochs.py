"""What happens at the end of each epoch, in this order: calibrate, score, keep, save."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from seqtasks.errors import InputError
from seqtasks.layers import compiled_loops, worth_compiling
from seqtasks.training.checkpoint import Checkpoint
from seqtasks.training.progress import Progress
from seqtasks.training.setup import Monitor, TrainingSetup
from seqtasks.training.tensorboard import TensorBoardWriter
from seqtasks.training.watching import TrainingWatch


def best_epochs(history: Sequence[dict[str, float]], monitor: Monitor) -> list[int]:
    """Epochs counted from 0, the best first; those without a finite value are left out.

    Ties go to the lower validation loss, then to the later epoch.
    """
    sign = {"max": -1.0, "min": 1.0}[monitor.mode]

    def rank(epoch: int) -> tuple[float, float, int]:
        loss = history[epoch].get("val_loss", math.inf)
        return (
            sign * history[epoch][monitor.name],
            loss if math.isfinite(loss) else math.inf,
            -epoch,
        )

    finite = [n for n, row in enumerate(history) if math.isfinite(row[monitor.name])]
    return sorted(finite, key=rank)


class EpochEnd(keras.callbacks.Callback):
    """Chooses and keeps the best weights, and saves all that training needs after each epoch.

    When the validation split has been seen: averaged weights in place, where the optimizer
    averages; `setup.calibrate` sets what is tuned on that split; `setup.validation_score` is
    computed; the weights are kept if the epoch is among the best; the checkpoint is written.
    Training stops at the first loss that is not finite, at weights that are not, or after
    `patience` epochs without a better one.

    Args:
        setup: what is trained.
        checkpoint: where to save; the history is continued from it.
        patience: None never stops early.
        average: how many of the best epochs are kept and averaged.
        writer: gets each epoch too.

    Attributes:
        watch: what is measured while the model trains.
        sample: what the model wrote after the last epoch; "" where that is not asked for.
    """

    def __init__(
        self,
        setup: TrainingSetup,
        checkpoint: Checkpoint,
        patience: int | None,
        average: int,
        writer: TensorBoardWriter | None = None,
    ) -> None:
        super().__init__()
        self.setup, self.checkpoint, self.writer = setup, checkpoint, writer
        self.watch = TrainingWatch(setup.model.optimizer, setup.count_tokens)
        self.sample, self.wants_sample = "", writer is not None
        self.patience, self.average = patience, average
        self.diverged = ""  # what was not finite, and where
        self._averages = keras.callbacks.SwapEMAWeights() if setup.model.optimizer.use_ema else None
        self._weights: list[np.ndarray] = []
        self._measured: dict[str, float] = {}
        self._epoch, self._update, self._started = 0, 0, 0.0

    @property
    def history(self) -> list[dict[str, float]]:
        """The metrics of each finished epoch."""
        return self.checkpoint.history

    @property
    def best(self) -> list[int]:
        """The best epochs, counted from 0, at most `average` of them, best first."""
        return best_epochs(self.history, self.setup.monitor)[: self.average]

    @property
    def out_of_patience(self) -> bool:
        """Whether `patience` epochs have passed without a better one."""
        if self.patience is None or not self.best:
            return False
        return len(self.history) - 1 - self.best[0] >= self.patience

    def set_model(self, model: keras.Model) -> None:
        """Keras's: the model that is fitted."""
        super().set_model(model)
        if self._averages:
            self._averages.set_model(model)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Start the epoch's clock."""
        self._epoch, self._update, self._started = epoch, 0, time.monotonic()
        self.watch.start()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Stop at the first loss that is not finite: no later one will be."""
        self._update += 1
        if not math.isfinite(float((logs or {}).get("loss", 0.0))):
            where = f"update {self._update:,} of epoch {self._epoch + 1}"
            self.diverged = f"the loss is not finite at {where}"
            raise Diverged

    def on_test_begin(self, logs: dict | None = None) -> None:
        """Validate averaged weights; weights that are not finite predict nothing to validate."""
        self.watch.stop()
        if self._averages:
            self._averages.on_test_begin(logs)
        if not all(np.isfinite(weight).all() for weight in self.model.trainable_weights):
            self.diverged = f"weights are not finite after epoch {self._epoch + 1}"
            raise Diverged

    def on_test_end(self, logs: dict | None = None) -> None:
        """Calibrate, score, and take the weights as they then are."""
        self._measured = dict(self.setup.calibrate()) if self.setup.calibrate else {}
        score = self.setup.validation_score
        if score:
            self._measured[score.name] = float(score.compute())
        if self.setup.sample and self.wants_sample:
            self.sample = self.setup.sample()
        self._weights = [weight.numpy() for weight in self.model.weights]
        if self._averages:
            self._averages.on_test_end(logs)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Record the epoch, keep its weights if they are among the best, save, maybe stop."""
        if logs is not None:
            logs.update(self._measured)  # shown by Keras, read by callbacks that come after
        row = {name: float(value) for name, value in (logs or {}).items()}
        if self.setup.monitor.name not in row:
            raise ValueError(
                f"Expected '{self.setup.monitor.name}' among the metrics of an epoch. Received: "
                f"{list(row)}. Name one of these in the setup's monitor."
            )
        row |= self.watch.measured()
        self.history.append({**row, "seconds": time.monotonic() - self._started})
        weights = {**self.checkpoint.kept, epoch: self._weights}
        self.checkpoint.kept = {best: weights[best] for best in self.best}
        self.checkpoint.save(self.model)
        if self.writer:
            self.writer.write(epoch + 1, self.history[-1], self.sample)
        if self.out_of_patience:
            self.model.stop_training = True


class Diverged(Exception):
    """The loss or the weights are no longer finite."""


def fit(
    setup: TrainingSetup,
    epoch_end: EpochEnd,
    epochs: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    verbose: Any = 2,
    say: Callable[[str], None] = print,
) -> None:
    """Train from where the checkpoint is to `epochs`, and give the model its best weights.

    Args:
        setup: what to train.
        epoch_end: holds the checkpoint.
        epochs: in all.
        callbacks: more Keras callbacks; they see the metrics that `epoch_end` adds.
        verbose: Keras's: 0 silent, 1 a progress bar, 2 a line an epoch.
        say: prints a line: how much time is left, a sample, and that training stopped at a loss
            that is not finite where an earlier epoch is kept. Without `verbose` the last alone.

    Raises:
        InputError: the loss is not finite before one epoch is over.
    """
    done, checkpoint = len(epoch_end.history), epoch_end.checkpoint
    batches = int(setup.train.cardinality())  # negative: unknown, or without end
    if checkpoint.compiled is None:  # a resumed run goes on as it began, with more epochs too
        checkpoint.compiled = batches < 0 or worth_compiling(epochs * batches)
    if done < epochs and not epoch_end.out_of_patience:
        epoch_end.wants_sample |= bool(verbose)
        progress = Progress(say, max(batches, 0), lambda: epoch_end.sample, verbose == 2)
        try:
            with compiled_loops(checkpoint.compiled), epoch_end.watch.attached():
                setup.model.fit(
                    epoch_end.watch.counted(setup.train),
                    validation_data=setup.validation,
                    initial_epoch=done,
                    epochs=epochs,
                    callbacks=[epoch_end, *([progress] if verbose else []), *callbacks],
                    shuffle=False,  # the data shuffles itself
                    verbose=verbose,
                )
        except Diverged:
            _say_diverged(epoch_end, say)
    if not epoch_end.best:
        raise InputError(
            f"no epoch has a finite {setup.monitor.name}: the training diverged. Lower "
            "--learning-rate, or --clip-norm if it is high."
        )
    checkpoint.use_kept(setup.model)


def _say_diverged(epoch_end: EpochEnd, say: Callable[[str], None]) -> None:
    if not epoch_end.best:
        raise InputError(
            f"{epoch_end.diverged}: the training diverged before one epoch was over. Lower "
            "--learning-rate, or --clip-norm if it is high."
        )
    say(
        f"{epoch_end.diverged}: training stopped there; the weights of epoch "
        f"{epoch_end.best[0] + 1} are kept. A lower --learning-rate may train on."
    )
