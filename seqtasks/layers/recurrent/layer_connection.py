"""Normalisation and residual or highway connection between two layers of a stack."""

from __future__ import annotations

from typing import Any, Literal

import keras
from keras import ops

from seqtasks.layers.recurrent.cells.residual_and_highway import HighwayGate

Norm = Literal["layer", "rms"] | None
NORMS = {"layer": keras.layers.LayerNormalization, "rms": keras.layers.RMSNormalization}


def check_connection(residual: bool, highway: bool, norm: Norm) -> None:
    """Refuses both connections at once, and other norms, with a ValueError."""
    if residual and highway:
        raise ValueError(
            "RecurrentStack: expected one connection around each layer, received residual=True "
            "and highway=True. Leave one of them out."
        )
    if norm is not None and norm not in NORMS:
        raise ValueError(
            f"RecurrentStack: expected `norm` to be 'layer', 'rms' or None, received "
            f"norm={norm!r}. Leave it out for none."
        )


@keras.saving.register_keras_serializable(package="seqtasks")
class LayerConnection(keras.layers.Layer):
    """Norm of a layer's input, and a residual or highway connection around the layer.

    Args:
        residual: add the input to the output.
        highway: let a gate choose between them.
        norm: "layer", "rms" or None.
    """

    def __init__(self, residual: bool, highway: bool, norm: Norm, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.residual, self.highway = residual, highway
        self.norm = NORMS[norm](name="norm", dtype=self.dtype_policy) if norm else None
        if self.norm is not None:
            self.norm.supports_masking = True  # each step alone: Keras's RMS norm would warn
        self.gate: Any = None

    def build(self, input_shape: tuple) -> None:
        if self.norm is not None:
            self.norm.build(input_shape)
        if self.highway:
            self.gate = HighwayGate(input_shape[-1], name="gate", dtype=self.dtype_policy)
            self.gate.build(input_shape)

    def before(self, below: Any) -> Any:
        """Normalise the input of the layer, [..., features]."""
        return below if self.norm is None else self.norm(below)

    def after(self, below: Any, outputs: Any) -> Any:
        """Join the input and the output of the layer, both [..., features]."""
        if self.gate is not None:
            return self.gate(below, outputs)
        return outputs + ops.cast(below, outputs.dtype) if self.residual else outputs
