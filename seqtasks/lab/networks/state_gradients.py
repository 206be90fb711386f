"""How much of a loss's gradient reaches the states of a recurrent cell, step by step."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf


class ProbedCell(keras.layers.Layer):
    """A cell that adds a part of its inputs to the states that it is given.

        y_t, s_t = cell(x_t, s_{t-1} + e_t)

    With e = 0 it is the cell itself, and dL/de_t = dL/ds_{t-1}.

    Args:
        cell: a cell with the protocol of `seqtasks.layers.RNN`.

    Call arguments:
        inputs: x_t beside e_t, [batch, features + sum of the sizes of the states].
        states: those of the cell.

    Returns:
        y_t and the states s_t.
    """

    def __init__(self, cell: Any, **options: Any) -> None:
        super().__init__(**options)
        self.cell = cell
        sizes = cell.state_size
        self.state_size = list(sizes) if isinstance(sizes, (list, tuple)) else [sizes]
        self.output_size = getattr(cell, "output_size", self.state_size[0])
        self.built = True  # it has no weights of its own; the cell is built before

    def get_initial_state(self, batch_size: Any = None) -> list:
        """Those of the cell, as a list."""
        states = self.cell.get_initial_state(batch_size=batch_size)
        return list(states) if isinstance(states, (list, tuple)) else [states]

    def call(self, inputs: Any, states: list) -> tuple[Any, list]:
        """See the class."""
        features = inputs.shape[-1] - sum(self.state_size)
        x, *added = tf.split(inputs, [features, *self.state_size], axis=-1)
        states = [state + e for state, e in zip(states, added, strict=True)]
        output, new = self.cell(x, states)
        return output, list(new) if isinstance(new, (list, tuple)) else [new]


class StateGradients:
    """Gradients of a squared error with respect to every state of a recurrent layer.

        g_k = dL/ds_{T-k},  L = (readout(y_T) - target)²  of one sequence

    Args:
        cell: a built cell.
        readout: the layer that makes the answer of the last output.

    Example:
        >>> # gradients = StateGradients(cell, dense)(x, y): one array for each state of the cell
    """

    def __init__(self, cell: Any, readout: keras.layers.Layer) -> None:
        self.probed = ProbedCell(cell)
        self._layer = keras.layers.RNN(self.probed)
        self._readout = readout
        self._compute = tf.function(self._gradient)

    def __call__(self, inputs: np.ndarray, targets: np.ndarray) -> list[np.ndarray]:
        """The gradients, for each state of the cell.

        Args:
            inputs: float32 [batch, time, features].
            targets: float32 [batch, 1].

        Returns:
            For each state float32 [batch, time, size]; index k - 1 of the time axis is dL/ds_{T-k},
            so the last is that of the initial state.
        """
        found = self._compute(tf.constant(inputs), tf.constant(targets)).numpy()
        cuts = np.cumsum(self.probed.state_size)[:-1]
        return np.split(found[:, ::-1], cuts, axis=-1)

    def _gradient(self, inputs: Any, targets: Any) -> Any:
        batch, time = tf.shape(inputs)[0], inputs.shape[1]
        added = tf.zeros((batch, time, sum(self.probed.state_size)))
        with tf.GradientTape() as tape:
            tape.watch(added)
            last = self._layer(tf.concat([inputs, added], axis=-1))
            loss = tf.reduce_sum((self._readout(last) - targets) ** 2)
        return tape.gradient(loss, added)
