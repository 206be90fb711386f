"""What a recipe builds: a `Task`, with the `Predictor` it will ship."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import tensorflow as tf


class Predictor(Protocol):
    """Strings in, predictions out: tokenizer, model and decoding as one.

    The same object while training and, as a SavedModel, reloaded for scoring and serving. What it
    can do besides stands in `more`, functions by name: they become signatures of the SavedModel.
    """

    def serve(self, text: tf.Tensor) -> dict[str, tf.Tensor]:
        """Raw strings `[batch]` (none, empty and ill-formed ones too) -> tensors `[batch, ...]`."""


@dataclass(frozen=True)
class Task:
    """All that train.py needs to know.

    Args:
        model: compiled; ids in, logits out.
        train: batches of (inputs, targets) or (inputs, targets, sample weights).
        validation: likewise; decides which epoch's weights are kept.
        predictor: what is exported; holds `model`.
        evaluate: scores a predictor on the test split: plain numbers under plain names, and
            details that a table cannot hold.
        monitor: the validation metric that decides, with "max" or "min" for which is better.
        notes: what the user should know about the data.
        callbacks: run at the end of each epoch, before its weights are kept or not.
    """

    model: keras.Model
    train: tf.data.Dataset
    validation: tf.data.Dataset
    predictor: Predictor
    evaluate: Callable[[Predictor], dict[str, Any]]
    monitor: tuple[str, str]
    notes: tuple[str, ...] = ()
    callbacks: tuple[keras.callbacks.Callback, ...] = ()
