"""LRUCell: a linear recurrence of complex numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from seqtasks.layers.argument_checks import check_units
from seqtasks.layers.kernels import linear
from seqtasks.layers.recurrent.cells.standard_cells import as_computed
from seqtasks.layers.recurrent.parallel.linear_cell import LinearCell


@dataclass(frozen=True)
class LRUElements:
    """[real, imaginary part of b], λ -> λ, b."""

    def __call__(
        self, projected: Any, real: Any, imaginary: Any
    ) -> tuple[linear.Numbers, linear.Numbers]:
        """See `kernels.linear.Elements`."""
        b = tuple(ops.split(projected, 2, axis=-1))
        return tuple(ops.broadcast_to(p, ops.shape(b[0])) for p in (real, imaginary)), b


@keras.saving.register_keras_serializable(package="seqtasks")
class LRUCell(LinearCell):
    """One step of the linear recurrent unit: a diagonal linear recurrence of complex numbers.

        λ = exp(-exp(ν) + i exp(θ))               |λ| < 1 for any ν
        s_t = λ ∘ s_{t-1} + exp(γ) ∘ (x_t B)      s, λ, B complex; ν, θ, γ real
        o_t = φ(Re(s_t C) + x_t D + b)            C complex, D real
        y_t = o_t,  or  o_t ∘ σ(o_t G + b_G)      with `use_gate`

    At first λ lies in a ring of the complex plane, and exp(γ) = sqrt(1 - |λ|²), so that s has the
    size of the inputs however slowly it forgets. Complex numbers are pairs of real tensors: the
    first half of the columns of B and of the rows of C are the real parts.

    Args:
        units: size of the output, a positive integer.
        state_units: size of s; None for `units`.
        activation: φ, None or "linear" for the paper's recurrence alone; its blocks have "gelu".
        use_gate: whether the output is multiplied by a gate of itself, as in the paper's blocks.
        r_min, r_max: radii of the ring, 0 <= r_min <= r_max <= 1: near 1 for long memory.
        max_phase: largest angle of λ at first, in radians; smaller for longer memory.
        **options: `use_bias` (b and b_G), `kernel_initializer` (of B), `bias_initializer`,
            `kernel_regularizer`, `bias_regularizer`, `kernel_constraint`, `bias_constraint`;
            `dropout` of the inputs and `recurrent_dropout` of what enters the state, one mask for
            all steps; `seed`.

    Call arguments:
        inputs: [batch, features].
        states: [real part of s, imaginary part], each [batch, state_units].

    Returns:
        y [batch, units] and the new states.

    Masking:
        None: a cell computes one step. `RNN` keeps the states where the mask is False.

    Example:
        >>> y = RNN(LRUCell(8, state_units=16, r_min=0.9))(keras.ops.ones((2, 5, 3)))

    Reference:
        Orvieto et al., Resurrecting recurrent neural networks for long sequences, arXiv:2303.06349.
    """

    def __init__(
        self,
        units: int,
        state_units: int | None = None,
        activation: Any = None,
        use_gate: bool = False,
        r_min: float = 0.0,
        r_max: float = 1.0,
        max_phase: float = 6.283,
        kernel_initializer: Any = None,
        **options: Any,
    ) -> None:
        if kernel_initializer is None:  # the real and the imaginary part share the variance
            kernel_initializer = keras.initializers.VarianceScaling(
                0.5, "fan_in", "untruncated_normal"
            )
        super().__init__(units, kernel_initializer=kernel_initializer, **options)
        self.activation = keras.activations.get(activation)
        if not 0 <= r_min <= r_max <= 1:
            raise ValueError(
                f"LRUCell: expected 0 <= r_min <= r_max <= 1, received r_min={r_min!r} and "
                f"r_max={r_max!r}. Pass the radii of a ring, for example r_min=0.9, r_max=0.999."
            )
        if not 0 < max_phase <= 2 * np.pi:
            raise ValueError(
                f"LRUCell: expected 0 < max_phase <= 2 pi, received max_phase={max_phase!r}. Pass "
                "the largest angle in radians, for example max_phase=0.314."
            )
        self.use_gate, self.r_min, self.r_max = bool(use_gate), float(r_min), float(r_max)
        self.max_phase = float(max_phase)
        self.state_units = check_units(
            units if state_units is None else state_units, "LRUCell state"
        )
        self.state_size = [self.state_units] * 2

    def build(self, input_shape: tuple) -> None:
        features, n = input_shape[-1], self.state_units
        # One draw for ν and γ: an initializer with a seed gives the same numbers each time.
        radius = keras.initializers.RandomUniform(0, 1)
        angle = keras.initializers.RandomUniform(0, 1)

        def squared(shape: Any) -> Any:
            low, high = self.r_min**2, self.r_max**2
            return ops.clip(radius(shape, "float32") * (high - low) + low, 1e-6, 1 - 1e-6)

        def nu(shape: Any, dtype: Any = None) -> Any:
            return ops.cast(ops.log(-0.5 * ops.log(squared(shape))), dtype)

        def theta(shape: Any, dtype: Any = None) -> Any:
            phase = ops.maximum(self.max_phase * angle(shape, "float32"), 1e-6)
            return ops.cast(ops.log(phase), dtype)

        def gamma(shape: Any, dtype: Any = None) -> Any:
            return ops.cast(0.5 * ops.log(1 - squared(shape)), dtype)

        self.nu = self.add_weight((n,), initializer=nu, name="nu")
        self.theta = self.add_weight((n,), initializer=theta, name="theta")
        self.gamma = self.add_weight((n,), initializer=gamma, name="gamma_log")
        self.kernel = self.add_part("kernel", (features, 2 * n))
        normal = keras.initializers.VarianceScaling(2.0, "fan_in", "untruncated_normal")
        size = (2 * n, self.units)
        self.output_kernel = self.add_part("kernel", size, name="output_kernel", initializer=normal)
        size = (features, self.units)
        self.skip_kernel = self.add_part(
            "kernel", size, name="skip_kernel", initializer="glorot_uniform"
        )
        self.bias = self.add_part("bias", (self.units,)) if self.use_bias else None
        self.gate_kernel = self.gate_bias = None
        if self.use_gate:
            size = (self.units, self.units)
            self.gate_kernel = self.add_part(
                "kernel", size, name="gate_kernel", initializer="glorot_uniform"
            )
            if self.use_bias:
                self.gate_bias = self.add_part("bias", (self.units,), name="gate_bias")

    def elements(self) -> linear.Elements:
        return LRUElements()

    def parameters(self) -> tuple:
        nu, theta = (ops.cast(w, "float32") for w in (self.nu, self.theta))
        radius, angle = ops.exp(-ops.exp(nu)), ops.exp(theta)
        return radius * ops.cos(angle), radius * ops.sin(angle)

    def project(self, inputs: Any) -> Any:
        scale = ops.tile(ops.exp(as_computed(self, self.gamma)), 2)
        return ops.matmul(inputs, as_computed(self, self.kernel) * scale)

    def output(self, states: list, inputs: Any) -> Any:
        real, imaginary = ops.split(as_computed(self, self.output_kernel), 2)
        y = ops.matmul(states[0], real) - ops.matmul(states[1], imaginary)
        y = y + ops.matmul(inputs, as_computed(self, self.skip_kernel))
        y = self.activation(y if self.bias is None else y + as_computed(self, self.bias))
        if self.gate_kernel is None:
            return y
        gate = ops.matmul(y, as_computed(self, self.gate_kernel))
        if self.gate_bias is not None:
            gate = gate + as_computed(self, self.gate_bias)
        return y * ops.sigmoid(gate)

    def scan(self, inputs: Any, states: list, mask: Any, training: bool) -> Any:
        """The whole sequence at once, or None if it must be stepped."""
        scanned = super().scan(inputs, states, mask, training)
        if scanned is None or mask is None:
            return scanned
        return _held(scanned[0], mask), scanned[1]

    def get_config(self) -> dict:
        names = "state_units use_gate r_min r_max max_phase".split()
        activation = keras.activations.serialize(self.activation)
        own = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **own, "activation": activation}


def _held(outputs: Any, mask: Any) -> Any:
    """The output of the last real step up to each: for cells that put out more than their state.

    Args:
        outputs: [batch, time, units].
        mask: bool [batch, time]; before the first real step the output of that step is returned.
    """
    batch, steps, units = ops.shape(outputs)
    time = ops.arange(steps, dtype="int32")
    order = ops.argsort(ops.where(mask, time, time + steps), axis=1)  # the real steps first
    count = ops.maximum(ops.cumsum(ops.cast(mask, "int32"), axis=1) - 1, 0)
    rows = ops.expand_dims(ops.arange(batch, dtype="int32") * steps, 1)
    last = ops.take(ops.reshape(ops.cast(order, "int32"), (-1,)), rows + count, axis=0)
    return ops.take(ops.reshape(outputs, (-1, units)), rows + last, axis=0)


@keras.saving.register_keras_serializable(package="seqtasks")
def lru_block(units: int, **options: Any) -> LRUCell:
    """An `LRUCell` with the nonlinearity of the paper's blocks: GELU, then a gate of itself."""
    return LRUCell(units, **{"activation": "gelu", "use_gate": True, **options})
