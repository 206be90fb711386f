"""When the loops of recurrent layers are compiled for training: a rule for `fit`, and a switch.

Compiling a loop and its gradient takes a second or two for every layer and shape; a compiled step
then saves a few milliseconds. In a `fit` of few steps that is never earned back.
"""

from __future__ import annotations

import contextlib
import contextvars
import sys
from collections.abc import Iterator
from typing import Any

SHORT = 300  # steps of a whole `fit` up to which loops are not compiled
TRAINER = "keras.src.backend.tensorflow.trainer"  # has `fit`, found on the call stack

_requested: contextvars.ContextVar[bool | None] = contextvars.ContextVar(
    "compiled_loops", default=None
)


@contextlib.contextmanager
def compiled_loops(compiled: bool = True) -> Iterator[None]:
    """Whether recurrent layers compile their loops for training, within this context.

    Without it they do, but for a `fit` of at most 300 steps in all (epochs * batches, where Keras
    knows the number of batches), as compiling takes longer than it saves there. The choice is made
    where the training step is traced, and holds as long as the model is not compiled anew. Results
    are the same but for rounding. On the TensorFlow backend; the others compile whole steps.

    Args:
        compiled: True for many steps of the same shapes, False for few.

    Example:
        >>> with compiled_loops(): y = LSTM(8)(keras.ops.ones((2, 5, 3)), training=True)
    """
    token = _requested.set(bool(compiled))
    try:
        yield
    finally:
        _requested.reset(token)


def worth_compiling(steps: int) -> bool:
    """Whether so many steps of training are enough to compile the loops of recurrent layers for.

    Args:
        steps: of the whole training: epochs * batches.

    Returns:
        True for more than 300.

    Example:
        >>> assert worth_compiling(20 * 50)
    """
    return steps > SHORT


def compiling() -> bool:
    """Whether a loop that is about to be called for training is to be compiled."""
    requested = _requested.get()
    if requested is not None:
        return requested
    steps = _steps_of_fit()
    return steps is None or worth_compiling(steps)


def _steps_of_fit() -> int | None:
    """Steps of the `fit` that is on the call stack; None without one, or where it does not know."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "fit" and frame.f_globals.get("__name__") == TRAINER:
            found: dict[str, Any] = frame.f_locals
            batches = getattr(found.get("epoch_iterator"), "num_batches", None)
            return None if batches is None else batches * found["epochs"]
        frame = frame.f_back
    return None
