"""Lines that tell how far training is, how long it takes yet, and what the model writes by now."""

from __future__ import annotations

import time
from collections.abc import Callable

import keras

from seqtasks.wording import duration

EVERY = 30.0  # seconds between two lines within an epoch
SHOWN = 200  # characters of a sample


class Progress(keras.callbacks.Callback):
    """Says after each epoch how much time is left, and shows a sample, where there is one.

    Args:
        say: what prints a line.
        batches: in an epoch; 0 where that is not known.
        sample: the sample of the last epoch; "" for none.
        within: whether to say it within long epochs too, where no progress bar does.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        batches: int,
        sample: Callable[[], str],
        within: bool,
    ) -> None:
        super().__init__()
        self._say, self._batches, self._sample, self._within = say, batches, sample, within
        self._lines: list[str] = []  # wait until Keras has ended its own line of the epoch
        self._epoch, self._began, self._first, self._said = 0, 0.0, 0.0, 0.0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Start the epoch's clock."""
        self._flush()
        self._epoch, self._began = epoch, time.monotonic()
        self._said = self._began

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Say what is left, not too often."""
        now = time.monotonic()
        if batch == 0:  # most of which is compilation
            self._first = now
        if not self._within or batch == 0 or now - self._said < EVERY:
            return
        self._said, done = now, batch + 1
        line = f"  batch {done:,}"
        if self._batches:
            left = (now - self._first) / batch * (self._batches - done)
            line += f" of {self._batches:,}, {duration(left)} left in epoch {self._epoch + 1}"
        self._say(line)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keep what is to be said of the epoch."""
        more = self.params["epochs"] - epoch - 1
        if more and not self.model.stop_training:
            left = (time.monotonic() - self._began) * more
            epochs = "1 epoch" if more == 1 else f"{more} epochs"
            self._lines.append(f"  {epochs} more: about {duration(left)} left")
        if sample := self._sample():
            self._lines.append(f"  sample: {one_line(sample)}")

    def on_train_end(self, logs: dict | None = None) -> None:
        """Say the last lines."""
        self._flush()

    def _flush(self) -> None:
        for line in self._lines:
            self._say(line)
        self._lines = []


def one_line(text: str) -> str:
    """A text on one line, line ends as ⏎, cut after `SHOWN` characters."""
    line = " ⏎ ".join(text.split("\n"))
    return line if len(line) <= SHOWN else f"{line[:SHOWN]} ..."
