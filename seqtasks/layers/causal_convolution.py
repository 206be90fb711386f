"""CausalConvolution: gated convolutions of past steps, for tagging and language modelling."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_mask, check_rate, check_sequences, check_units


@keras.saving.register_keras_serializable(package="seqtasks")
class CausalConvolution(keras.layers.Layer):
    """Residual blocks of gated, dilated, causal convolutions.

        a, b = split(conv_{2^l}(x^l))             x^{l+1} = x^l + dropout(a ∘ σ(b))

    Block l sees (kernel_size - 1) * 2^l steps of the past. Inputs with another number of features
    than `units` are projected linearly to x^0.

    Args:
        units: number of output features.
        kernel_size: width of each convolution in steps.
        layers: number of blocks.
        dropout: dropout rate within the blocks, 0 <= rate < 1; 0 turns it off.
        seed: random seed of the dropout.

    Call arguments:
        inputs: [batch, time, features].
        mask: bool [batch, time], True on real steps, or None.
        training: True applies dropout.

    Returns:
        [batch, time, units]; step t depends on steps up to t only.

    Masking:
        Masked steps are read as zeros, and are zero in the output.

    Example:
        >>> y = CausalConvolution(8, kernel_size=3, layers=4)(keras.ops.ones((2, 5, 3)))

    Reference:
        van den Oord et al., arXiv:1609.03499; Dauphin et al., arXiv:1612.08083.
    """

    def __init__(
        self,
        units: int,
        kernel_size: int = 3,
        layers: int = 1,
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = check_units(units, "CausalConvolution")
        self.kernel_size = check_units(kernel_size, "CausalConvolution kernel_size")
        self.layers = check_units(layers, "CausalConvolution layers")
        self.dropout, self.seed = check_rate(dropout, "dropout", "CausalConvolution"), seed
        self.supports_masking = True
        options = {"dtype": self.dtype_policy}
        self.convolutions = [
            keras.layers.Conv1D(
                2 * units, kernel_size, padding="causal", dilation_rate=2**n, **options
            )
            for n in range(layers)
        ]
        self.project = keras.layers.Dense(units, use_bias=False, **options)
        self.drop = keras.layers.Dropout(dropout, seed=seed, **options)

    def build(self, input_shape: tuple) -> None:
        check_sequences(input_shape, None, f"CausalConvolution {self.name!r}")
        self._features = input_shape[-1]
        layers = list(self.convolutions)
        if self._features != self.units:
            self.project.build(input_shape)
        for layer in layers:
            layer.build((*input_shape[:2], self.units))

    def call(self, inputs: Any, mask: Any = None, training: bool | None = None) -> Any:
        owner = f"CausalConvolution {self.name!r}"
        check_sequences(inputs.shape, self._features, owner)
        real = None
        if mask is not None:
            mask = ops.convert_to_tensor(mask)
            check_mask(mask.shape, inputs.shape, owner)
            real = ops.expand_dims(ops.cast(mask, "bool"), -1)
        outputs = inputs if self._features == self.units else self.project(inputs)
        outputs = _zero_padding(outputs, real)
        for convolution in self.convolutions:
            a, b = ops.split(convolution(outputs), 2, axis=-1)
            gated = self.drop(a * ops.sigmoid(b), training=training)
            outputs = _zero_padding(outputs + gated, real)
        return outputs

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:2], self.units)

    def get_config(self) -> dict:
        names = ("units", "kernel_size", "layers", "dropout", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _zero_padding(inputs: Any, real: Any) -> Any:
    return inputs if real is None else ops.where(real, inputs, ops.zeros_like(inputs))
