"""PyramidalRNN: recurrent layers that subsample time."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_mask, check_sequences, check_units
from seqtasks.layers.recurrent.cells.make_cell import name_of_cell
from seqtasks.layers.recurrent.recurrent_stack import RecurrentStack


@keras.saving.register_keras_serializable(package="seqtasks")
class PyramidalRNN(keras.layers.Layer):
    """A stack of recurrent layers, each over the concatenated steps of the one below.

        x^0 = inputs        x^{l+1}_t = RNN^l([x^l_{st}; ...; x^l_{st+s-1}]),  s the stride

    Args:
        units: size of each layer's state (of each direction, where there are two).
        cell: as in `RecurrentStack`.
        layers: number of layers; the sequence becomes shorter by stride ** layers.
        stride: number of steps that are concatenated to one.
        bidirectional: run in both directions, with outputs of 2 * units.

    Call arguments:
        inputs: [batch, time, features].
        mask: bool [batch, time], True on real steps, or None.
        training: passed to the layers.

    Returns:
        [batch, ceil(time / stride ** layers), units], or 2 * units.

    Masking:
        Masked steps are read as zeros; a concatenated step is real if any of its parts is. The mask
        of the outputs is `layer.compute_mask(inputs, mask)`.

    Example:
        >>> y = PyramidalRNN(8, layers=2)(keras.ops.ones((2, 8, 3)))

    Reference:
        Chan et al., Listen, attend and spell, arXiv:1508.01211.
    """

    def __init__(
        self,
        units: int,
        cell: Any = "lstm",
        layers: int = 1,
        stride: int = 2,
        bidirectional: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = check_units(units, "PyramidalRNN")
        self.layers = check_units(layers, "PyramidalRNN layers")
        self.stride = check_units(stride, "PyramidalRNN stride")
        self.cell, self.bidirectional = cell, bool(bidirectional)
        self.supports_masking = True
        self.stacks = [
            RecurrentStack(units, cell, bidirectional=bidirectional, dtype=self.dtype_policy)
            for _ in range(layers)
        ]

    def build(self, input_shape: tuple) -> None:
        check_sequences(input_shape, None, f"PyramidalRNN {self.name!r}")
        self._features = input_shape[-1]
        for stack in self.stacks:
            shape = (input_shape[0], None, input_shape[-1] * self.stride)
            if not stack.built:
                stack.build(shape)
            input_shape = stack.compute_output_shape(shape)

    def call(self, inputs: Any, mask: Any = None, training: bool | None = None) -> Any:
        owner = f"PyramidalRNN {self.name!r}"
        check_sequences(inputs.shape, self._features, owner)
        if mask is not None:
            mask = ops.cast(ops.convert_to_tensor(mask), "bool")
            check_mask(mask.shape, inputs.shape, owner)
            real = ops.expand_dims(mask, -1)
            inputs = ops.where(real, inputs, ops.zeros_like(inputs))
        for stack in self.stacks:
            inputs, mask = self._join(inputs), self._join_mask(mask)
            inputs = stack(inputs, mask=mask, training=training)
        return inputs

    def _join(self, inputs: Any) -> Any:
        """[batch, time, features] -> [batch, ceil(time / stride), stride * features]."""
        parts = [
            ops.pad(inputs, [[0, 0], [0, k], [0, 0]])[
                :, k :: self.stride
            ]  # each as long as the first
            for k in range(self.stride)
        ]
        return ops.concatenate(parts, axis=-1)

    def _join_mask(self, mask: Any) -> Any:
        if mask is None:
            return None
        joined = self._join(ops.expand_dims(ops.cast(mask, "int32"), -1))
        return ops.any(joined > 0, axis=-1)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        for _ in self.stacks:
            mask = self._join_mask(mask)
        return mask

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, time, features = input_shape
        for stack in self.stacks:
            time = None if time is None else -(-time // self.stride)
            batch, time, features = stack.compute_output_shape(
                (batch, time, features * self.stride)
            )
        return (batch, time, features)

    def get_config(self) -> dict:
        names = ("units", "layers", "stride", "bidirectional")
        config = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **config, "cell": name_of_cell(self.stacks[0].cell)}
