"""ZoneoutCell: dropout that keeps the previous state."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_rate
from seqtasks.layers.recurrent.cells.cell_wrappers import CellWrapper, States
from seqtasks.layers.recurrent.cells.residual_and_highway import HighwayCell, ResidualCell

PERIOD = 251  # the step number starts again here: bfloat16 has integers up to 256 only


@keras.saving.register_keras_serializable(package="seqtasks")
class ZoneoutCell(CellWrapper):
    """Zoneout: random units keep their previous state, drawn independently at each step.

        s_t = m_t ∘ s_{t-1} + (1 - m_t) ∘ s'_t,  m_t ~ Bernoulli(rate)      in training
        s_t = rate s_{t-1} + (1 - rate) s'_t                                otherwise

    where s' are the states that the cell computes. An additional last state counts the steps: the
    noise of a step is a hash of it and of uniform noise drawn once for the sequence, because no
    random numbers can be drawn inside Keras's loop on JAX.

    Args:
        cell: a cell whose output is its first state.
        rate: probability that a unit keeps its state, 0 <= rate < 1; or one rate for each state.
        seed: random seed; None takes one from Keras.

    Call arguments:
        inputs: [batch, features].
        states: those of the cell, then the step number [batch, 1].

    Returns:
        The first state [batch, units], and the states.

    Masking:
        None: a cell computes one step. `RNN` keeps the states where the mask is False.

    Example:
        >>> y = RNN(ZoneoutCell(LSTMCell(8), rate=[0.05, 0.5]))(keras.ops.ones((2, 5, 3)))

    Reference:
        Krueger et al., Zoneout, arXiv:1606.01305.
    """

    def __init__(self, cell: Any, rate: Any = 0.1, seed: int | None = None, **kwargs: Any) -> None:
        if isinstance(cell, (ResidualCell, HighwayCell)):
            name = type(cell).__name__
            raise ValueError(
                "ZoneoutCell: expected a cell whose output is its first state, received a "
                f"{name}. Write {name}(ZoneoutCell(cell)) instead."
            )
        super().__init__(cell, **kwargs)
        rates = list(rate) if isinstance(rate, (list, tuple)) else [rate] * len(self.inner_sizes)
        if len(rates) != len(self.inner_sizes):
            raise ValueError(
                f"ZoneoutCell: expected one rate, or one for each of the {len(self.inner_sizes)} "
                f"states of the cell; received {len(rates)}. Pass rate=0.1, for example."
            )
        self.rates = [check_rate(r, "rate", "ZoneoutCell") for r in rates]
        self.seed, self.seed_generator = seed, keras.random.SeedGenerator(seed)
        self.state_size = [*self.inner_sizes, 1]
        self._noise: Any = None

    def call(self, inputs: Any, states: States, training: bool = False) -> tuple[Any, States]:
        *before, step = states
        _, after = super().call(inputs, before, training=training)
        held = list(self.rates)
        if training:
            noise = self._noise if self._noise is not None else self._draw(before[0])
            held = [ops.cast(u < r, s.dtype) for u, r, s in self._hash(noise, step, before)]
        mixed = [h * b + (1 - h) * a for h, b, a in zip(held, before, after, strict=True)]
        step = ops.where(step + 1 < PERIOD, step + 1, ops.zeros_like(step))
        return mixed[0], [*mixed, step]

    def _hash(self, noise: Any, step: Any, states: States) -> list:
        """Uniform noise of this step for each state, with its rate."""
        waves = ops.sin((noise * 233.7 + ops.cast(step, "float32")) * 12.9898) * 43758.5453
        waves = waves - ops.floor(waves)
        ends = [sum(self.inner_sizes[: n + 1]) for n in range(len(self.inner_sizes) - 1)]
        parts = ops.split(waves, ends, axis=-1) if ends else [waves]
        return list(zip(parts, self.rates, states, strict=True))

    def _draw(self, state: Any) -> Any:
        shape = (ops.shape(state)[0], sum(self.inner_sizes))
        return keras.random.uniform(shape, dtype="float32", seed=self.seed_generator)

    def get_initial_state(self, batch_size: Any = None) -> States:
        states = super().get_initial_state(batch_size)
        return [*states, ops.zeros((batch_size, 1), dtype=self.compute_dtype)]

    def get_recurrent_dropout_mask(self, step_input: Any) -> Any:
        super().get_recurrent_dropout_mask(step_input)
        self._noise = self._draw(step_input) if self._noise is None else self._noise

    def reset_recurrent_dropout_mask(self) -> None:
        super().reset_recurrent_dropout_mask()
        self._noise = None

    def get_config(self) -> dict:
        return {**super().get_config(), "rate": self.rates, "seed": self.seed}
