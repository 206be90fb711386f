"""A loop over the steps of a sequence, whose gradient XLA can compile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops
from keras.src import backend  # `keras.ops.scan` has no bound on its steps on TensorFlow

_rnn = getattr(backend.rnn, "rnn", backend.rnn)  # a module from Keras 3.16 on


def step_loop(
    step: Callable[[Any, list], tuple[Any, list]], inputs: Any, states: list, mask: Any = None
) -> Any:
    """The outputs of all steps: y_t, s_t = step(x_t, s_{t-1}).

    Args:
        step: (x_t [batch, ...], states) -> (y_t [batch, ...], states of the same shapes).
        inputs: x, [batch, time, ...]; with a mask [batch, time, features].
        states: s_0, each [batch, ...].
        mask: bool [batch, time], or None. Where it is False the states, then [batch, size] each,
            are kept, and y is zero.

    Returns:
        y, [batch, time, ...].
    """
    if mask is not None:
        inputs = ops.concatenate([inputs, ops.cast(mask, inputs.dtype)[..., None]], axis=-1)

    def one(x: Any, before: Any) -> tuple[Any, list]:
        before = list(before)
        if mask is None:
            return step(x, before)
        kept = x[:, -1:] > 0
        y, after = step(x[:, :-1], before)
        after = [ops.where(kept, new, old) for new, old in zip(after, before, strict=True)]
        return ops.where(kept, y, ops.zeros_like(y)), after

    return _rnn(one, inputs, list(states))[1]
