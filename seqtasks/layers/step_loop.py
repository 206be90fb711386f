"""A loop over the steps of a sequence, whose gradient XLA can compile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras.src import backend  # `keras.ops.scan` has no bound on its steps on TensorFlow


def step_loop(step: Callable[[Any, Any], tuple[Any, list]], inputs: Any, states: list) -> Any:
    """The outputs of all steps: y_t, s_t = step(x_t, s_{t-1}).

    Args:
        step: (x_t [batch, ...], states) -> (y_t [batch, ...], states of the same shapes).
        inputs: x, [batch, time, ...].
        states: s_0, each [batch, ...].

    Returns:
        y, [batch, time, ...].
    """

    def one(x: Any, before: Any) -> tuple[Any, list]:
        y, after = step(x, list(before))
        return y, list(after)

    return backend.rnn(one, inputs, list(states))[1]
