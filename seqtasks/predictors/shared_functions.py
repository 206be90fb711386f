"""Functions that several signatures of a predictor call; the SavedModel holds each once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

import tensorflow as tf

# What stands for the weights while functions are traced; None where these are read themselves.
_WEIGHTS: ContextVar[Any] = ContextVar("weights", default=None)


@contextlib.contextmanager
def traced_with(weights: Any) -> Iterator[None]:
    """Trace shared functions anew within this context, as they read other weights there."""
    token = _WEIGHTS.set(weights)
    try:
        yield
    finally:
        _WEIGHTS.reset(token)


class SharedFunction:
    """A function that is traced once for all of its callers, where each would have a copy of it.

    Args:
        function: of tensors.
        signature: of its arguments.
    """

    def __init__(self, function: Callable[..., Any], signature: Sequence[Any]) -> None:
        self._function, self._signature = function, tuple(signature)
        self._traced: list[tuple[Any, Callable[..., Any]]] = []

    def __call__(self, *arguments: Any) -> Any:
        """Call the function."""
        weights = _WEIGHTS.get()
        for known, traced in self._traced:
            if known is weights:
                return traced(*arguments)
        traced = tf.function(self._function, input_signature=self._signature, autograph=False)
        self._traced.append((weights, traced))
        return traced(*arguments)
