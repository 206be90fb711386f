"""RecurrentStack: the encoder of the models, layers of recurrence on top of each other."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_rate, check_sequences, check_units
from seqtasks.layers.dropout import Dropout
from seqtasks.layers.recurrent.bidirectional import Bidirectional
from seqtasks.layers.recurrent.cell_wrappers import CellWrapper, WeightDropCell
from seqtasks.layers.recurrent.make_cell import make_cell, name_of_cell
from seqtasks.layers.recurrent.rnn import RNN


@keras.saving.register_keras_serializable(package="seqtasks")
class RecurrentStack(keras.layers.Layer):
    """Recurrent layers on top of each other, with dropout and residual connections in between.

        x^0 = inputs        y^l = RNN^l(dropout(x^{l-1}))        x^l = y^l (+ x^{l-1}, residual)

    The residual connection starts at the second layer, where the sizes agree; the dropout is
    between layers, neither on the inputs nor on the outputs.

    Args:
        units: size of each layer's state (of each direction, where there are two).
        cell: "rnn", "lstm" or "gru", or a registered class or function `units -> cell`.
        layers: how many.
        bidirectional: read in both directions, joined to 2 * units.
        residual: add each layer's input to its output, from the second on.
        dropout: between layers.
        recurrent_dropout: on the state, for the cells named by a string.
        weight_drop: on the recurrent weights (`WeightDropCell`), one draw a sequence for all rows.
        variational: draw the dropout between layers once for all steps of a sequence.
        return_state: return the last states of all layers too.
        stateful: start each batch where the last one ended.
        learn_initial_state: make the first states weights.
        seed: of the dropout.

    Call arguments:
        inputs: [batch, time, features].
        mask: bool [batch, time], True on real steps, or None.
        initial_state: the first states of all layers, in the order in which they are returned.
        training: whether to drop.

    Returns:
        [batch, time, units], or 2 * units; with `return_state` followed by the last states layer by
        layer (forward, then backward), each [batch, units].

    Masking:
        Any mask; states stay and outputs are zero at masked steps.

    Example:
        >>> y = RecurrentStack(8, "gru", layers=2, bidirectional=True)(keras.ops.ones((2, 5, 3)))

    Reference:
        Graves, Mohamed and Hinton, arXiv:1303.5778 (depth); Zaremba et al., arXiv:1409.2329
        (dropout); Gal and Ghahramani, arXiv:1512.05287 (variational); Merity et al.,
        arXiv:1708.02182 (weight drop); Wu et al., arXiv:1609.08144 (residual).
    """

    def __init__(
        self,
        units: int,
        cell: Any = "lstm",
        layers: int = 1,
        bidirectional: bool = False,
        residual: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        weight_drop: float = 0.0,
        variational: bool = False,
        return_state: bool = False,
        stateful: bool = False,
        learn_initial_state: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = check_units(units, "RecurrentStack")
        if not isinstance(layers, int) or layers < 1:
            raise ValueError(
                f"RecurrentStack: expected `layers` to be a positive integer, received "
                f"layers={layers!r}. Pass layers=1 for a single recurrent layer."
            )
        self.cell, self.layers, self.seed = cell, layers, seed
        self.bidirectional, self.residual = bool(bidirectional), bool(residual)
        self.dropout = check_rate(dropout, "dropout", "RecurrentStack")
        self.recurrent_dropout = check_rate(
            recurrent_dropout, "recurrent_dropout", "RecurrentStack"
        )
        self.weight_drop = check_rate(weight_drop, "weight_drop", "RecurrentStack")
        self.variational = bool(variational)
        self.return_state, self.stateful = bool(return_state), bool(stateful)
        self.learn_initial_state = bool(learn_initial_state)
        self.supports_masking = True
        self.recurrences = [self._recurrence(n) for n in range(layers)]
        noise = (None, 1, None) if variational else None
        self.drop = Dropout(dropout, noise, seed=seed, dtype=self.dtype_policy)

    def _recurrence(self, n: int) -> Any:
        options: dict[str, Any] = {"dtype": self.dtype_policy}
        seed = None if self.seed is None else self.seed + n
        cell = make_cell(
            self.cell,
            self.units,
            "RecurrentStack",
            recurrent_dropout=self.recurrent_dropout,
            seed=seed,
            **options,
        )
        sizes = cell.state_size
        if self.weight_drop:
            cell = WeightDropCell(cell, self.weight_drop, seed=seed)
        elif isinstance(sizes, (list, tuple)) and any(map(keras.tree.is_nested, sizes)):
            cell = CellWrapper(cell)  # as WeightDropCell does, it makes one flat list of the states
        layer = RNN(
            cell,
            return_sequences=True,
            return_state=True,
            stateful=self.stateful,
            learn_initial_state=self.learn_initial_state,
            zero_output_for_mask=True,
            name=f"recurrence_{n}",
            **options,
        )
        return (
            Bidirectional(layer, name=f"bidirectional_{n}", **options)
            if self.bidirectional
            else layer
        )

    def build(self, input_shape: tuple) -> None:
        check_sequences(input_shape, None, f"RecurrentStack {self.name!r}")
        for recurrence in self.recurrences:
            if not recurrence.built:
                recurrence.build(input_shape)
            input_shape = recurrence.compute_output_shape(input_shape)[0]

    def call(
        self, inputs: Any, mask: Any = None, initial_state: Any = None, training: bool | None = None
    ) -> Any:
        check_sequences(inputs.shape, None, f"RecurrentStack {self.name!r}")
        given = self._states_of_layers(initial_state)
        states, outputs = [], inputs
        for n, recurrence in enumerate(self.recurrences):
            below = outputs
            dropped = self.drop(below, training=training) if n else below
            outputs, *last = recurrence(
                dropped, initial_state=given[n], mask=mask, training=training
            )
            outputs = outputs + ops.cast(below, outputs.dtype) if self.residual and n else outputs
            states += last
        if self.residual and mask is not None:
            real = ops.expand_dims(ops.cast(mask, "bool"), -1)
            outputs = ops.where(real, outputs, ops.zeros_like(outputs))
        return (outputs, *states) if self.return_state else outputs

    def step(self, inputs: Any, states: Any) -> tuple[Any, list]:
        """One time step of a built stack that reads forward only, as generation takes it.

        Args:
            inputs: [batch, features].
            states: those of all layers, each [batch, units], as `return_state` returns them.

        Returns:
            The outputs [batch, units] and the states after.
        """
        if self.bidirectional:
            raise ValueError(
                f"RecurrentStack {self.name!r}: expected a stack that reads forward only, this one "
                "is bidirectional: it cannot go step by step. Build it without bidirectional=True."
            )
        given, after, outputs = self._states_of_layers(states), [], inputs
        for n, recurrence in enumerate(self.recurrences):
            below = outputs
            outputs, new = recurrence.cell(below, given[n], training=False)
            outputs = outputs + ops.cast(below, outputs.dtype) if self.residual and n else outputs
            after += keras.tree.flatten(new)
        return outputs, after

    def get_initial_state(self, batch_size: Any) -> list:
        """The states of all layers before the first step, each [batch, units]."""
        states = []
        for recurrence in self.recurrences:
            states += keras.tree.flatten(recurrence.get_initial_state(batch_size))
        return states

    def _states_of_layers(self, states: Any) -> list:
        if states is None:
            return [None] * self.layers
        states = keras.tree.flatten(states)
        each, rest = divmod(len(states), self.layers)
        if rest or not each:
            raise ValueError(
                f"RecurrentStack {self.name!r}: expected the same number of initial states for "
                f"each of its {self.layers} layers, received {len(states)} in all. Pass them in "
                "the order in which return_state=True returns them."
            )
        return [states[n * each : (n + 1) * each] for n in range(self.layers)]

    def compute_output_shape(self, input_shape: tuple, *_: Any) -> Any:
        outputs: Any = None
        states: list = []
        for recurrence in self.recurrences:
            outputs, *last = recurrence.compute_output_shape(input_shape)
            states += last
        return (outputs, *states) if self.return_state else outputs

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if not self.return_state:
            return mask
        states = len(self.compute_output_shape((None, None, 1))) - 1
        return [mask] + [None] * states

    def reset_state(self) -> None:
        """Forgets the states kept from the last batch of a stateful stack."""
        for recurrence in self.recurrences:
            recurrence.reset_state()

    def get_config(self) -> dict:
        names = (
            "units layers bidirectional residual dropout recurrent_dropout weight_drop variational "
            "return_state stateful learn_initial_state seed"
        ).split()
        config = {**super().get_config(), **{name: getattr(self, name) for name in names}}
        return {**config, "cell": name_of_cell(self.cell)}
