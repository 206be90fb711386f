"""Quantized storage of weights in a SavedModel; they are float32 once it is loaded."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from seqtasks.errors import InputError
from seqtasks.predictors import Predictor, Signature, traced_with

Storage = Literal["none", "float16", "int8"]

BLOCK = 64  # successive weights that share a scale
LEAST = 1024  # weights of fewer numbers (biases, transitions) stay as they are


class StoredWeight(tf.saved_model.experimental.TrackableResource):
    """A weight that is stored in fewer bits: float32 again when the SavedModel is loaded.

        float16:  w' = float16(w)
        int8:     w' = s_b round(w / s_b),  s_b = max_b |w| / 127 over each block b of 64 weights

    Whatever loads a SavedModel runs initializers of resources after it has read the variables, so
    that a prediction costs what it did.

    Args:
        value: float32.
        storage: "float16" or "int8".

    Attributes:
        stored: the variables that are written; whoever holds the weight holds them too.

    Reference:
        Dettmers et al., arXiv:2110.02861 (block-wise quantization).
    """

    def __init__(self, value: np.ndarray, storage: Storage) -> None:
        super().__init__()
        self._shape, self._name = value.shape, f"stored_weight_{uuid.uuid4().hex}"
        parts = int8_blocks(value) if storage == "int8" else (value.astype(np.float16),)
        self.stored = [tf.Variable(part, trainable=False) for part in parts]
        self._initialize()

    def _create_resource(self) -> tf.Tensor:
        return tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=self._shape, shared_name=self._name)

    def _initialize(self) -> None:
        codes, *scales = (tf.cast(part, tf.float32) for part in self.stored)
        if scales:
            codes = tf.reshape(codes * scales[0][:, None], [-1])[: math.prod(self._shape)]
        tf.raw_ops.AssignVariableOp(
            resource=self.resource_handle, value=tf.reshape(codes, self._shape)
        )

    def _destroy_resource(self) -> None:
        tf.raw_ops.DestroyResourceOp(resource=self.resource_handle, ignore_lookup_error=True)

    def read(self) -> tf.Tensor:
        """The value, float32."""
        value = tf.raw_ops.ReadVariableOp(resource=self.resource_handle, dtype=tf.float32)
        return tf.ensure_shape(value, self._shape)


def int8_blocks(value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes int8 `[blocks, 64]` of the numbers in their order, and scales float32 `[blocks]`."""
    flat = np.pad(value.ravel(), (0, -value.size % BLOCK)).reshape(-1, BLOCK)
    scales = np.abs(flat).max(axis=1) / 127
    codes = np.rint(flat / np.where(scales > 0, scales, 1)[:, None])
    return codes.astype(np.int8), scales.astype(np.float32)


class _Reading(keras.StatelessScope):
    """Where variables of Keras are read, some stored weights are read in their place."""

    def __init__(self, weights: dict[int, StoredWeight]) -> None:
        super().__init__()
        self._weights = weights

    def get_current_value(self, variable: Any) -> Any:
        """The value of a variable; None is its own."""
        found = self._weights.get(id(variable))
        return found.read() if found else None

    def add_update(self, update: Any) -> None:
        """Leave variables as they are: a prediction changes none."""


def with_stored_weights(
    predictor: Predictor, model: keras.Model, storage: Storage
) -> tuple[tf.Module, dict[str, Signature]]:
    """Trace a predictor with quantized weights, as arguments of `tf.saved_model.save`.

    Args:
        predictor: a `tf.Module` whose signatures are `tf.function`s.
        model: that it holds.
        storage: "float16" or "int8".

    Returns:
        A module that tracks all resources of the functions, and the functions by name.

    Raises:
        InputError: the predictor is another kind of object.
    """
    functions: Mapping[str, Any] = predictor.signatures
    module: Any = predictor
    if not isinstance(module, tf.Module) or not all(
        hasattr(function, "python_function") for function in functions.values()
    ):
        raise InputError(
            f"--quantize: the predictor of kind '{predictor.kind}' is not a tf.Module whose "
            "signatures are tf.functions. Train without --quantize."
        )
    weights = {
        id(variable): StoredWeight(variable.numpy(), storage)
        for variable in model.variables
        if variable.dtype == "float32" and math.prod(variable.shape) >= LEAST
    }
    whole = tf.Module(name="predictor")
    whole.weights = [*weights.values()]
    whole.stored = [part for weight in weights.values() for part in weight.stored]
    whole.others = [v.value for v in model.variables if id(v) not in weights]
    whole.parts = [*module.submodules]  # tables of words among them
    with _Reading(weights) as reading, traced_with(reading):
        traced = {
            # Traced anew: what was traced before reads the variables.
            name: tf.function(
                function.python_function, input_signature=function.input_signature, autograph=False
            ).get_concrete_function()
            for name, function in functions.items()
        }
    return whole, traced
