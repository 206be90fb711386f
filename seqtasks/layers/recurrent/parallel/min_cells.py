"""MinGRUCell: a gated cell whose gates do not see the state."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import ops

from seqtasks.layers.kernels import linear
from seqtasks.layers.recurrent.cells import as_computed
from seqtasks.layers.recurrent.parallel.linear_cell import LinearCell


@keras.saving.register_keras_serializable(package="seqtasks")
def positive(x: Any) -> Any:
    """g(x) = x + 1/2 where x >= 0, σ(x) elsewhere: positive, increasing and continuous."""
    return ops.where(x >= 0, x + 0.5, _sigmoid(x))


def _sigmoid(x: Any) -> Any:
    return 0.5 * ops.tanh(0.5 * x) + 0.5  # compilers vectorise tanh better than 1 / (1 + e)


class MinGRUElements(NamedTuple):
    """[z, candidate] -> 1 - σ(z), σ(z) ∘ g(candidate)."""

    activation: Any

    def __call__(self, projected: Any) -> tuple[linear.Numbers, linear.Numbers]:
        """See `kernels.linear.Elements`."""
        z, candidate = ops.split(projected, 2, axis=-1)
        z = _sigmoid(z)
        return (1 - z,), (z * self.activation(candidate),)


class _MinCell(LinearCell):
    """A cell with gates and a candidate, all of them products with the inputs."""

    gates = 2  # with the candidate

    def __init__(self, units: int, activation: Any = positive, **options: Any) -> None:
        super().__init__(units, **options)
        self.activation = keras.activations.get(activation)

    def build(self, input_shape: tuple) -> None:
        width = self.gates * self.units
        self.kernel = self.add_part("kernel", (input_shape[-1], width))
        self.bias = self.add_part("bias", (width,)) if self.use_bias else None

    def project(self, inputs: Any) -> Any:
        projected = ops.matmul(inputs, as_computed(self, self.kernel))
        return projected if self.bias is None else projected + as_computed(self, self.bias)

    def scan(self, inputs: Any, states: list, mask: Any, training: bool) -> Any:
        """The whole sequence at once, or None if it must be stepped: g may have weights."""
        if isinstance(self.activation, keras.layers.Layer):
            return None
        return super().scan(inputs, states, mask, training)

    def get_config(self) -> dict:
        activation = keras.activations.serialize(self.activation)
        return {**super().get_config(), "activation": activation}


@keras.saving.register_keras_serializable(package="seqtasks")
class MinGRUCell(_MinCell):
    """One step of the minimal gated recurrent unit.

        z_t = σ(x_t W_z + b_z)        ĥ_t = g(x_t W_h + b_h)
        h_t = (1 - z_t) ∘ h_{t-1} + z_t ∘ ĥ_t

    A GRU whose gate and candidate do not see h_{t-1}: h_t is linear in h_{t-1}, so that whole
    sequences need no product a step. The gates lie in the order z, h along the kernel's last axis.

    Args:
        units: size of the state, a positive integer.
        activation: g; the paper's by default, x + 1/2 where x >= 0 and σ(x) elsewhere, or any of
            Keras's: "linear" is the paper's simple form, "tanh" keeps h in [-1, 1].
        **options: `use_bias`, `kernel_initializer`, `bias_initializer`, `kernel_regularizer`,
            `bias_regularizer`, `kernel_constraint`, `bias_constraint`; `dropout` of the inputs and
            `recurrent_dropout` of z ∘ ĥ (the state forgets nothing by it), one mask for all steps;
            `seed`.

    Call arguments:
        inputs: [batch, features].
        states: [h], each [batch, units].

    Returns:
        h [batch, units] and [h].

    Masking:
        None: a cell computes one step. `RNN` keeps the state where the mask is False.

    Example:
        >>> y = RNN(MinGRUCell(8, activation="tanh"))(keras.ops.ones((2, 5, 3)))

    Reference:
        Feng et al., Were RNNs all we needed?, arXiv:2410.01201. Dropout of what enters the state:
        Semeniuta et al., arXiv:1603.05118.
    """

    def elements(self) -> linear.Elements:
        return MinGRUElements(self.activation)
