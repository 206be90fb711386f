"""Initial values of weights under policies of low precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops


class DrawnInFloat32(keras.layers.Layer):
    """A layer whose initial weights are drawn in float32 where its weights are bfloat16.

    Orthogonal initial values are a QR decomposition, which TensorFlow does not have in bfloat16:
    Keras's own cells cannot be built there.
    """

    def add_weight(self, *args: Any, initializer: Any = None, **kwargs: Any) -> Any:
        """Keras's."""
        if initializer is not None and self.variable_dtype == "bfloat16":
            initializer = _drawn_in_float32(keras.initializers.get(initializer))
        return super().add_weight(*args, initializer=initializer, **kwargs)


def _drawn_in_float32(draw: Callable) -> Callable:
    def initializer(shape: Any, dtype: Any = None) -> Any:
        return ops.cast(draw(shape, dtype="float32"), dtype or "bfloat16")

    return initializer
