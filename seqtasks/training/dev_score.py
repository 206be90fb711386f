"""DevScore: a score of whole predictions, watched while a model learns."""

from __future__ import annotations

from collections.abc import Callable

import keras


class DevScore(keras.callbacks.Callback):
    """Adds `val_NAME` to each epoch's metrics, computed when the validation split has been seen.

    So a score that only whole predictions have, such as BLEU, can choose the best epoch. Stands
    before the callback that keeps the best weights, and sees the weights that were validated.

    Args:
        name: of the score.
        score: computes it with the model as it is.
    """

    def __init__(self, name: str, score: Callable[[], float]) -> None:
        super().__init__()
        self.name, self.score = f"val_{name}", score
        self._last = 0.0

    def on_test_end(self, logs: dict | None = None) -> None:
        """Compute it."""
        self._last = float(self.score())

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Show it to the callbacks that come after."""
        if logs is not None:
            logs[self.name] = self._last
