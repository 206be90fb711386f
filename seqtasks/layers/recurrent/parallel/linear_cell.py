"""LinearCell: what cells with a linear recurrence have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops
from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell  # how RNN knows whom to ask

from seqtasks.layers.argument_checks import check_rate, check_units
from seqtasks.layers.kernels import linear
from seqtasks.layers.recurrent.cells.initial_values import DrawnInFloat32
from seqtasks.layers.recurrent.cells.standard_cells import as_computed

States = list[Any]


@dataclass(frozen=True)
class Thinned:
    """Elements whose b_t is multiplied by dropout noise [batch, units]."""

    elements: linear.Elements

    def __call__(self, projected: Any, noise: Any, *parameters: Any) -> tuple:
        """See `kernels.linear.Elements`."""
        a, b = self.elements(projected, *parameters)
        return a, tuple(x * noise for x in b)


class LinearCell(DrawnInFloat32, DropoutRNNCell):
    """A cell whose state depends on the previous one by h_t = a_t ∘ h_{t-1} + b_t alone.

    A cell adds weights in `build`, and says how a_t and b_t follow from the inputs:
    `elements(projected, *parameters)`, the output from the state: `output(states, inputs)`. `call`
    computes one step with these, `scan` the whole sequence.

    Args:
        units: size of the output, a positive integer.
        use_bias: whether the products with the inputs have a bias.
        kernel_initializer, bias_initializer: of the weights.
        kernel_regularizer, bias_regularizer: losses on the weights.
        kernel_constraint, bias_constraint: projections of the weights after each update.
        dropout: dropout rate of the inputs, one mask for all steps of a sequence.
        recurrent_dropout: dropout rate of b_t, what enters the state, one mask for all steps.
        seed: random seed of dropout.
    """

    def __init__(
        self,
        units: int,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        owner = type(self).__name__
        self.units, self.use_bias, self.seed = check_units(units, owner), bool(use_bias), seed
        self.dropout = check_rate(dropout, "dropout", owner)
        self.recurrent_dropout = check_rate(recurrent_dropout, "recurrent_dropout", owner)
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.bias_constraint = keras.constraints.get(bias_constraint)
        self.state_size: list[int] = [self.units]
        self.output_size = self.units

    def add_part(self, part: str, shape: tuple, **options: Any) -> Any:
        """A weight with the initializer, regularizer and constraint of "kernel" or "bias"."""
        for kind in ("initializer", "regularizer", "constraint"):
            options.setdefault(kind, getattr(self, f"{part}_{kind}"))
        return self.add_weight(shape, **{"name": part, **options})

    def project(self, inputs: Any) -> Any:
        """[..., features] -> what `elements` takes, [..., width]."""
        raise NotImplementedError

    def elements(self) -> linear.Elements:
        """How a_t and b_t follow from the projected inputs: hashable, made of `keras.ops`."""
        raise NotImplementedError

    def parameters(self) -> tuple:
        """Further tensors that `elements` takes."""
        return ()

    def output(self, states: States, inputs: Any) -> Any:
        """The output [..., units] of a step with these new states and inputs."""
        return states[0]

    def call(self, inputs: Any, states: States, training: bool = False) -> tuple[Any, States]:
        """One step."""
        if training and self.dropout:
            inputs = inputs * self.get_dropout_mask(inputs)
        inputs = as_computed(self, inputs)
        elements, *of_step = self._recurrence(inputs, states[0], training)
        a, b = elements(*of_step)
        now = tuple(ops.cast(state, b[0].dtype) for state in states)
        after = self._computed(linear.plus(linear.times(a, now), b))
        return self.output(after, inputs), after

    def scan(self, inputs: Any, states: States, mask: Any, training: bool) -> Any:
        """The whole sequence [batch, time, features] at once, or None if it must be stepped."""
        if training and self.dropout:
            inputs = inputs * ops.expand_dims(self.get_dropout_mask(inputs[:, 0, :]), axis=1)
        inputs = as_computed(self, inputs)
        elements, projected, *parameters = self._recurrence(inputs, states[0], training)
        now = tuple(ops.cast(state, projected.dtype) for state in states)
        scanned = linear.scan(elements, projected, tuple(parameters), now, mask, bool(training))
        if scanned is None:
            return None
        history, last = map(self._computed, scanned)
        return self.output(history, inputs), last

    def _recurrence(self, inputs: Any, state: Any, training: bool) -> tuple:
        """The elements and their arguments, in float32 where the cell computes in less."""
        low = self.compute_dtype in ("float16", "bfloat16")
        dtype = "float32" if low else self.compute_dtype
        elements, parameters = self.elements(), self.parameters()
        if training and self.recurrent_dropout:
            elements = Thinned(elements)
            parameters = (self.get_recurrent_dropout_mask(state), *parameters)
        parameters = (ops.cast(p, dtype) for p in parameters)
        return elements, ops.cast(self.project(inputs), dtype), *parameters

    def _computed(self, states: Any) -> States:
        return [ops.cast(state, self.compute_dtype) for state in states]

    def get_initial_state(self, batch_size: Any = None) -> States:
        """The states before the first step: zeros, each [batch, size]."""
        return [ops.zeros((batch_size, n), dtype=self.compute_dtype) for n in self.state_size]

    def get_config(self) -> dict:
        kinds = {
            "initializer": keras.initializers,
            "regularizer": keras.regularizers,
            "constraint": keras.constraints,
        }
        saved = {
            f"{part}_{kind}": of_kind.serialize(getattr(self, f"{part}_{kind}"))
            for part in ("kernel", "bias")
            for kind, of_kind in kinds.items()
        }
        names = "units use_bias dropout recurrent_dropout seed".split()
        return {**super().get_config(), **{n: getattr(self, n) for n in names}, **saved}
