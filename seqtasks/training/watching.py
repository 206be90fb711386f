"""What is measured while a model trains: gradient norms, clipping, learning rate, speed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf
from keras import ops

Count = Callable[[Any], tf.Tensor]  # inputs of a batch -> the number of their tokens


class TrainingWatch:
    """Measures an epoch from inside the training step; nothing that is trained is changed.

    | of an epoch | |
    |---|---|
    | `gradient_norm` | mean over its updates of the global L2 norm of the gradients, unclipped |
    | `clipped` | fraction of its updates whose norm exceeds `clip_norm` |
    | `learning_rate` | of its last update |
    | `tokens_per_second` | real tokens read, by the seconds of training, validation left out |

    The norm is the one that the optimizer clips by: of an embedding's row that a batch reads twice
    both gradients count.

    Args:
        optimizer: that trains.
        count_tokens: tokens in the inputs of a batch, padding left out; None measures no speed.
    """

    def __init__(self, optimizer: keras.Optimizer, count_tokens: Count | None = None) -> None:
        self._optimizer, self._count_tokens = optimizer, count_tokens
        self._limit = optimizer.global_clipnorm or float("inf")
        # Sum of the norms, clipped updates, updates.
        self._sums = [keras.Variable(0.0, trainable=False, dtype="float32") for _ in range(3)]
        with tf.device("CPU:0"):  # where data are read
            self._tokens = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._started, self._seconds = 0.0, 0.0

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Measure every update of the optimizer within this context."""
        apply = self._optimizer.apply

        def measured_apply(grads: Sequence[Any], trainable_variables: Any = None) -> None:
            self._measure(grads)
            apply(grads, trainable_variables)

        # Of this object alone: a class of its own would have to be registered to load the model.
        self._optimizer.apply = measured_apply
        try:
            yield
        finally:
            del self._optimizer.apply

    def counted(self, batches: tf.data.Dataset) -> tf.data.Dataset:
        """The same batches; their tokens are counted as they are read."""
        if self._count_tokens is None:
            return batches
        count = self._count_tokens

        def counting(inputs: Any, *others: Any) -> tuple:
            read = self._tokens.assign_add(tf.cast(count(inputs), tf.int64))
            with tf.control_dependencies([read]):
                return tf.nest.map_structure(tf.identity, (inputs, *others))

        return batches.map(counting)

    def start(self) -> None:
        """Begin an epoch."""
        for total in self._sums:
            total.assign(0.0)
        self._tokens.assign(0)
        self._started, self._seconds = time.monotonic(), 0.0

    def stop(self) -> None:
        """End the training part of an epoch; what comes then is validation."""
        self._seconds = time.monotonic() - self._started

    def measured(self) -> dict[str, float]:
        """The measures of the epoch, by name."""
        norms, clipped, updates = (float(total.numpy()) for total in self._sums)
        found = {
            "gradient_norm": norms / max(updates, 1),
            "clipped": clipped / max(updates, 1),
            "learning_rate": float(ops.convert_to_numpy(self._optimizer.learning_rate)),
        }
        if self._count_tokens is not None:
            found["tokens_per_second"] = int(self._tokens.numpy()) / max(self._seconds, 1e-9)
        return found

    def _measure(self, grads: Sequence[Any]) -> None:
        norm = ops.sqrt(sum(ops.sum(ops.square(_values(g))) for g in grads if g is not None))
        norm = ops.cast(norm, "float32")
        one = ops.ones_like(norm)
        values = (norm, ops.cast(norm > self._limit, "float32"), one)
        for total, value in zip(self._sums, values, strict=True):
            total.assign_add(value)


def _values(gradient: Any) -> Any:
    """All numbers of a gradient, without the zeros of an embedding's rows that were not read."""
    return gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient
