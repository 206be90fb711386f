"""RecurrentStack: several recurrent layers, the encoder of the models."""

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
    """A stack of recurrent layers with dropout and residual connections between them.

        x^0 = inputs        y^l = RNN^l(dropout(x^{l-1}))        x^l = y^l (+ x^{l-1}, residual)

    Residual connections start at the second layer, where the sizes agree. Dropout is applied
    between layers, neither to the inputs nor to the outputs.

    Args:
        units: size of each layer's output (of each direction, if bidirectional).
        cell: a name in `CELLS` ("rnn", "lstm", "gru", "layer_norm_lstm", "layer_norm_gru",
            "peephole_lstm", "coupled_lstm", "projected_lstm", "mingru", "minlstm", "lru"); the
            name under which a cell of your own is registered with Keras, "package>Name"; or its
            class, or a function `units -> cell`. See `make_cell`.
        layers: number of layers.
        bidirectional: run each layer in both directions, with outputs of 2 * units.
        residual: add each layer's input to its output, from the second layer on.
        dropout: dropout rate between layers; 0 turns it off.
        recurrent_dropout: dropout rate of the state, one mask for all steps of a sequence; for
            cells whose constructor has this argument. 0 turns it off.
        weight_drop: dropout rate of the recurrent weights (`WeightDropCell`); 0 turns it off.
        variational: use one dropout mask between layers for all steps of a sequence.
        return_state: also return the final states of all layers.
        stateful: start each batch from the final states of the last one.
        learn_initial_state: make the initial states trainable weights.
        seed: random seed of all dropout; None takes one from Keras.

    Call arguments:
        inputs: [batch, time, features].
        mask: bool [batch, time], True on real steps, or None.
        initial_state: initial states of all layers, in the order in which they are returned.
        training: True applies dropout.

    Returns:
        [batch, time, units], or 2 * units; with `return_state` followed by the final states layer
        by layer (forward, then backward), each [batch, size], nested ones flattened.

    Masking:
        Any mask; at masked steps the states are kept and the outputs are zero.

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
        """One time step of a built stack, without dropout, for generation.

        Args:
            inputs: [batch, features].
            states: states of all layers, each [batch, size], as `return_state` returns them.

        Returns:
            The outputs [batch, units] and the new states.
        """
        if self.bidirectional:
            raise ValueError(
                f"RecurrentStack {self.name!r}: expected a stack that reads forward only, received "
                "a step for a bidirectional one. Make the stack without bidirectional=True."
            )
        given, after, outputs = self._states_of_layers(states), [], inputs
        for n, recurrence in enumerate(self.recurrences):
            below = outputs
            outputs, new = recurrence.cell(below, given[n], training=False)
            outputs = outputs + ops.cast(below, outputs.dtype) if self.residual and n else outputs
            after += keras.tree.flatten(new)
        return outputs, after

    def get_initial_state(self, batch_size: Any) -> list:
        """The states of all layers before the first step, each [batch, size]."""
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
        """Sets the states that a stateful stack keeps between batches to zero."""
        for recurrence in self.recurrences:
            recurrence.reset_state()

    def get_config(self) -> dict:
        names = (
            "units layers bidirectional residual dropout recurrent_dropout weight_drop variational "
            "return_state stateful learn_initial_state seed"
        ).split()
        config = {**super().get_config(), **{name: getattr(self, name) for name in names}}
        return {**config, "cell": name_of_cell(self.cell)}
