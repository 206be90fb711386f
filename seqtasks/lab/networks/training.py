"""Training small models on data drawn anew for every batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from seqtasks.layers import compiled_loops, worth_compiling

Draw = Callable[[int], tuple[np.ndarray, np.ndarray]]  # number of rows -> inputs, targets


def train(
    model: keras.Model, draw: Draw, steps: int, batch: int = 32, total: int | None = None
) -> float:
    """Trains a compiled model on rows that it never sees twice.

    Args:
        model: a compiled Keras model.
        draw: number of rows -> inputs and targets, each [rows, ...].
        steps: updates to make.
        batch: rows of each.
        total: updates that this model will make in all, if this call is one of several: whether
            its recurrent loops are worth compiling depends on them.

    Returns:
        The mean training loss.
    """
    inputs, targets = draw(steps * batch)
    with compiled_loops(worth_compiling(total or steps)):
        history: Any = model.fit(inputs, targets, batch_size=batch, shuffle=False, verbose=0)
    return float(history.history["loss"][0])
