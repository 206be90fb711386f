"""MinGRUCell and MinLSTMCell: gated cells whose gates do not see the state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import keras
from keras import ops

from seqtasks.layers.kernels import linear
from seqtasks.layers.recurrent.cells.standard_cells import as_computed
from seqtasks.layers.recurrent.parallel.linear_cell import LinearCell


@keras.saving.register_keras_serializable(package="seqtasks")
def positive(x: Any) -> Any:
    """g(x) = x + 1/2 where x >= 0, σ(x) elsewhere: positive, increasing and continuous."""
    return ops.where(x >= 0, x + 0.5, _sigmoid(x))


def _sigmoid(x: Any) -> Any:
    return 0.5 * ops.tanh(0.5 * x) + 0.5  # compilers vectorise tanh better than 1 / (1 + e)


# The bias is added here, within the loop: added to all steps before it, it would cost a pass over
# the whole sequence, and its gradient another.
@dataclass(frozen=True)
class MinGRUElements:
    """[z, candidate] -> 1 - σ(z), σ(z) ∘ g(candidate)."""

    activation: Any

    def __call__(self, projected: Any, *bias: Any) -> tuple[linear.Numbers, linear.Numbers]:
        """See `kernels.linear.Elements`."""
        z, candidate = ops.split(sum(bias, start=projected), 2, axis=-1)
        z = _sigmoid(z)
        return (1 - z,), (z * self.activation(candidate),)


@dataclass(frozen=True)
class MinLSTMElements:
    """[f, i, candidate] -> σ(f) / (σ(f) + σ(i)), the rest to 1 ∘ g(candidate)."""

    activation: Any

    def __call__(self, projected: Any, *bias: Any) -> tuple[linear.Numbers, linear.Numbers]:
        """See `kernels.linear.Elements`."""
        f, i, candidate = ops.split(sum(bias, start=projected), 3, axis=-1)
        # (1 + e^-i) / (2 + e^-f + e^-i), all divided by the largest: no 0 / 0, and no logarithms,
        # which compilers do not vectorise.
        most = ops.stop_gradient(ops.maximum(ops.maximum(-f, -i), 0))
        one, of_f, of_i = ops.exp(-most), ops.exp(-f - most), ops.exp(-i - most)
        f = (one + of_i) / (2 * one + of_f + of_i)
        return (f,), ((1 - f) * self.activation(candidate),)


class _MinCell(LinearCell):
    """A cell with gates and a candidate, all of them products with the inputs."""

    gates: ClassVar[int] = 2  # with the candidate

    def __init__(self, units: int, activation: Any = positive, **options: Any) -> None:
        super().__init__(units, **options)
        self.activation = keras.activations.get(activation)

    def build(self, input_shape: tuple) -> None:
        width = self.gates * self.units
        self.kernel = self.add_part("kernel", (input_shape[-1], width))
        self.bias = self.add_part("bias", (width,)) if self.use_bias else None

    def project(self, inputs: Any) -> Any:
        return ops.matmul(inputs, as_computed(self, self.kernel))

    def parameters(self) -> tuple:
        return () if self.bias is None else (as_computed(self, self.bias),)

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


@keras.saving.register_keras_serializable(package="seqtasks")
class MinLSTMCell(_MinCell):
    """One step of the minimal long short-term memory.

        f_t = σ(x_t W_f + b_f)        i_t = σ(x_t W_i + b_i)        ĥ_t = g(x_t W_h + b_h)
        f'_t = f_t / (f_t + i_t)      i'_t = i_t / (f_t + i_t)
        h_t = f'_t ∘ h_{t-1} + i'_t ∘ ĥ_t

    An LSTM whose gates do not see h_{t-1} and sum to one, without output gate: h is the memory. The
    gates lie in the order f, i, h along the kernel's last axis.

    Args:
        units: size of the state, a positive integer.
        activation: g; the paper's by default, x + 1/2 where x >= 0 and σ(x) elsewhere, or any of
            Keras's: "linear" is the paper's simple form, "tanh" keeps h in [-1, 1].
        **options: `use_bias`, `kernel_initializer`, `bias_initializer`, `kernel_regularizer`,
            `bias_regularizer`, `kernel_constraint`, `bias_constraint`; `dropout` of the inputs and
            `recurrent_dropout` of i' ∘ ĥ (the state forgets nothing by it), one mask for all
            steps; `seed`.

    Call arguments:
        inputs: [batch, features].
        states: [h], each [batch, units].

    Returns:
        h [batch, units] and [h].

    Masking:
        None: a cell computes one step. `RNN` keeps the state where the mask is False.

    Example:
        >>> y = RNN(MinLSTMCell(8))(keras.ops.ones((2, 5, 3)))

    Reference:
        Feng et al., Were RNNs all we needed?, arXiv:2410.01201. Dropout of what enters the state:
        Semeniuta et al., arXiv:1603.05118.
    """

    gates = 3

    def elements(self) -> linear.Elements:
        return MinLSTMElements(self.activation)
