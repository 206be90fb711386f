"""Detection of conversions to formats whose converters only know the loops of Keras.

Converters to ONNX and LiteRT recognise the loop that `keras.layers.RNN` makes of a cell; of the
loops of `tensorflow_inference` they make models that no runtime loads. While a model is converted,
recurrent layers therefore run their Keras twin: the same variables, stepped by Keras.
"""

from __future__ import annotations

import contextlib
import contextvars
import sys
from collections.abc import Iterator

# Keras does not tell layers that they are exported; its exporters are found on the call stack.
EXPORTERS = {"keras.src.export.onnx", "keras.src.export.litert"}

_requested = contextvars.ContextVar("keras_loops", default=False)


@contextlib.contextmanager
def keras_loops() -> Iterator[None]:
    """Run Keras's loop in recurrent layers, on their own variables, within this context.

    For converters that are called directly; `model.export(format="onnx")` and
    `model.export(format="litert")` need no help.

    Example:
        >>> with keras_loops(): y = LSTM(8)(keras.ops.ones((2, 5, 3)))
    """
    token = _requested.set(True)
    try:
        yield
    finally:
        _requested.reset(token)


def converting(traced: bool) -> bool:
    """Whether layers must run their Keras twin.

    Args:
        traced: whether a graph is traced; only then is the call stack searched for an exporter.
    """
    if _requested.get():
        return True
    frame = sys._getframe(1) if traced else None
    while frame is not None:
        if frame.f_globals.get("__name__") in EXPORTERS:
            return True
        frame = frame.f_back
    return False
