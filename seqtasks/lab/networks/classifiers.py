"""One small network for every problem: ids, a recurrent layer or attention, the answer at the end.

All problems have the same shapes, so that a network's training step is compiled once and serves
them all: `begin` draws new weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from seqtasks.layers import RNN, MultiHeadAttention, compiled_loops, make_cell

Reader = Callable[[Any, int], Any]  # embedded tokens [batch, time, size], size -> [batch, size]


class Classifier:
    """A network that is trained from new weights again and again.

    Args:
        reader: embedded tokens -> a vector: see `recurrent` and `attention`.
        vocabulary: number of ids.
        classes: number of answers.
        length: tokens of each text.
        units: size of the embeddings and of the vector.
        learning_rate: of Adam, with gradients clipped to norm 1.
    """

    def __init__(
        self,
        reader: Reader,
        vocabulary: int,
        classes: int,
        length: int,
        units: int = 32,
        learning_rate: float = 0.005,
    ) -> None:
        def network() -> keras.Model:
            ids = keras.Input((length,), dtype="int32")
            embedded = keras.layers.Embedding(vocabulary, units)(ids)
            return keras.Model(ids, keras.layers.Dense(classes)(reader(embedded, units)))

        self._network = network
        self.model = network()
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        optimizer = keras.optimizers.Adam(learning_rate, clipnorm=1.0)
        optimizer.build(self.model.trainable_variables)
        self._fresh = [np.array(variable) for variable in optimizer.variables]
        self.model.compile(optimizer, loss, jit_compile=True)

    @property
    def parameters(self) -> int:
        """Number of trainable weights, embeddings and output layer included."""
        return self.model.count_params()

    def begin(self, seed: int) -> None:
        """Draw new weights, and forget what the optimizer knows."""
        keras.utils.set_random_seed(seed)
        self.model.set_weights(self._network().get_weights())
        for variable, value in zip(self.model.optimizer.variables, self._fresh, strict=True):
            variable.assign(value)

    def train(self, ids: np.ndarray, classes: np.ndarray, batch: int = 64) -> None:
        """Make one pass over the rows, in their order; those of an incomplete batch are left out.

        Args:
            ids: int32 [rows, length].
            classes: int32 [rows].
            batch: rows of each update.
        """
        rows = len(ids) // batch * batch
        with compiled_loops():
            self.model.fit(ids[:rows], classes[:rows], batch_size=batch, shuffle=False, verbose=0)

    def accuracy(self, ids: np.ndarray, classes: np.ndarray) -> float:
        """The fraction of rows whose class is the most probable."""
        return float(np.mean(self.right(ids, classes)))

    def right(self, ids: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """Whether the most probable class of each row is its class, bool [rows]."""
        return np.argmax(self.probabilities(ids), axis=-1) == classes

    def probabilities(self, ids: np.ndarray) -> np.ndarray:
        """Of each class, float32 [rows, classes]."""
        return ops.convert_to_numpy(ops.softmax(self.model(ids, training=False)))


def recurrent(cell: str) -> Reader:
    """The last output of a recurrent layer.

    Args:
        cell: name of its cell, as `make_cell` takes it.
    """
    return lambda x, units: RNN(make_cell(cell, units))(x)


def attention(x: Any, units: int) -> Any:
    """Two layers of self-attention with four heads, learned positions and no recurrence."""
    length = x.shape[1]
    positions = keras.layers.Embedding(length, units)(ops.arange(length))
    x = x + ops.expand_dims(positions, 0)
    for _ in range(2):
        y = keras.layers.LayerNormalization()(x)
        x = x + MultiHeadAttention(4, units // 4)([y, y])
        y = keras.layers.LayerNormalization()(x)
        x = x + keras.layers.Dense(units)(keras.layers.Dense(2 * units, "relu")(y))
    return keras.layers.LayerNormalization()(x)[:, -1]


def bag_of_words(x: Any, units: int) -> Any:
    """The mean of the embedded tokens: blind to their order."""
    return keras.layers.Dense(units, "relu")(ops.mean(x, axis=1))
