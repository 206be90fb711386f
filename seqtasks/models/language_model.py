"""LanguageModel: ids -> logits of the next token, by a recurrent stack."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers import Dropout, RecurrentStack, WordDropout
from seqtasks.layers.recurrent.cells.make_cell import name_of_cell


@keras.saving.register_keras_serializable(package="seqtasks")
class LanguageModel(keras.Model):
    """Embedding, recurrence, and the logits of the next token.

        h_t, s_t = stack(E[x_t], s_{t-1})        logits_t = h_t W + b   or, tied,   (h_t P) E^T + b

    Three ways to run it share all weights: over windows whose states are carried from batch to
    batch (training), over sequences from given states (`read`), and token by token (`step`).

    Args:
        vocabulary_size: number of ids; 0 is padding, 1 is UNK.
        embedding_size: size of a token's vector.
        units: of each recurrent layer.
        layers: number of recurrent layers.
        cell: the recurrent cell, as `RecurrentStack` takes it: a name or a class.
        residual: add each layer's input to its output, from the second layer on.
        tie_output: share the weights of the embedding and of the output.
        token_dropout: fraction of tokens replaced by UNK in training (`WordDropout`).
        embedding_dropout: dropout rate of embedding dimensions, the same ones at all steps.
        dropout: dropout rate between layers and before the output.
        variational: use one dropout mask for all steps of a window.
        weight_drop: dropout rate of the recurrent weights, one mask a window (DropConnect).
        rows: batch size of the batches whose states are carried; None carries no states.

    Call arguments:
        inputs: ids [batch, time]; or `(ids, begins)` with bool `begins` [rows], to continue from
            the states of the previous batch, except in the rows where `begins` is True. Training
            and evaluation carry separate states.
        training: whether to apply dropout.

    Returns:
        Logits [batch, time, vocabulary_size].

    Masking:
        Id 0 is skipped: states stay as they are.

    Reference:
        Mikolov et al., Recurrent neural network based language model, 2010; tied weights: Press and
        Wolf, arXiv:1608.05859; the dropouts: Merity et al., arXiv:1708.02182.
    """

    def __init__(
        self,
        vocabulary_size: int,
        *,
        embedding_size: int,
        units: int,
        layers: int = 1,
        cell: Any = "lstm",
        residual: bool = False,
        tie_output: bool = False,
        token_dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        dropout: float = 0.0,
        variational: bool = False,
        weight_drop: float = 0.0,
        rows: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._options = {
            "vocabulary_size": vocabulary_size,
            "embedding_size": embedding_size,
            "units": units,
            "layers": layers,
            "cell": cell,
            "residual": residual,
            "tie_output": tie_output,
            "token_dropout": token_dropout,
            "embedding_dropout": embedding_dropout,
            "dropout": dropout,
            "variational": variational,
            "weight_drop": weight_drop,
            "rows": rows,
        }
        self.token_dropout = WordDropout(token_dropout)
        # Keras's ±0.05 makes the inputs of the first layer's gates too small: on tiny-shakespeare,
        # after 1.5 epochs, it costs 0.014 nats.
        self.embedding = keras.layers.Embedding(
            vocabulary_size, embedding_size, keras.initializers.RandomNormal(stddev=1.0)
        )
        self.embedding_dropout = Dropout(embedding_dropout, (None, 1, None))
        self.stack = RecurrentStack(
            units,
            cell,
            layers=layers,
            residual=residual,
            dropout=dropout,
            variational=variational,
            weight_drop=weight_drop,
            return_state=True,
        )
        self.output_dropout = Dropout(dropout, (None, 1, None) if variational else None)
        if tie_output:
            self.projection = keras.layers.Dense(embedding_size, use_bias=False)
        else:
            self.projection = keras.layers.Dense(vocabulary_size)
        self.tie_output, self.rows = tie_output, rows

    def build(self, input_shape: Any = None) -> None:
        """Builds all layers; the ids have any shape [batch, time]."""
        options = self._options
        self.embedding.build((None, None))
        self.stack.build((None, None, options["embedding_size"]))
        self.projection.build((None, None, options["units"]))
        if self.tie_output:
            self.output_bias = self.add_weight(
                (options["vocabulary_size"],), "zeros", name="output_bias"
            )
        if self.rows is not None:
            sizes = [state.shape[-1] for state in self.stack.get_initial_state(1)]
            self.carried, self.carried_in_validation = (
                [
                    self.add_weight((self.rows, n), "zeros", trainable=False, name=f"{name}_{i}")
                    for i, n in enumerate(sizes)
                ]
                for name in ("carried", "carried_in_validation")
            )
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        if not isinstance(inputs, (tuple, list)):
            return self._logits(inputs, None, training)[0]
        ids, begins = inputs
        if self.rows is None:
            raise ValueError(
                "LanguageModel: expected ids alone, received (ids, begins): this model carries no "
                "states. Pass rows=<batch size> to its constructor."
            )
        carried = self.carried if training else self.carried_in_validation
        keep = ops.cast(ops.logical_not(begins), self.compute_dtype)[:, None]
        logits, states = self._logits(
            ids, [ops.cast(state, self.compute_dtype) * keep for state in carried], training
        )
        for variable, state in zip(carried, states, strict=True):
            variable.assign(ops.cast(ops.stop_gradient(state), variable.dtype))
        return logits

    def _logits(self, ids: Any, states: Any, training: bool | None) -> tuple[Any, list]:
        mask = ops.not_equal(ids, 0)
        embedded = self.embedding(self.token_dropout(ids, training=training))
        embedded = self.embedding_dropout(embedded, training=training)
        outputs, *states = self.stack(embedded, mask=mask, initial_state=states, training=training)
        return self._projected(self.output_dropout(outputs, training=training)), states

    def _projected(self, outputs: Any) -> Any:
        outputs = self.projection(outputs)
        if not self.tie_output:
            return outputs
        embeddings = ops.cast(self.embedding.embeddings, outputs.dtype)
        return ops.matmul(outputs, ops.transpose(embeddings)) + ops.cast(
            self.output_bias, outputs.dtype
        )

    def get_initial_state(self, batch_size: Any) -> list:
        """The states before the first token, each [batch, units]."""
        return self.stack.get_initial_state(batch_size)

    def read(self, ids: Any, states: list) -> tuple[Any, list]:
        """Runs over sequences from given states, without dropout.

        Args:
            ids: [batch, time], padded with 0.
            states: each [batch, units].

        Returns:
            Logits of the next token at each step [batch, time, vocabulary_size], and the last
            states.
        """
        return self._logits(ids, states, training=False)

    def step(self, ids: Any, states: list) -> tuple[Any, list]:
        """Runs over one token a row: the step of generation.

        Args:
            ids: [batch].
            states: each [batch, units].

        Returns:
            Logits of the next token [batch, vocabulary_size], and the new states.
        """
        outputs, states = self.stack.step(self.embedding(ids), states)
        return self._projected(outputs), states

    def compute_output_shape(self, input_shape: Any) -> tuple:
        nested = isinstance(input_shape[0], (tuple, list))  # shapes of (ids, begins)
        ids_shape = input_shape[0] if nested else input_shape
        return (*ids_shape, self._options["vocabulary_size"])

    def get_config(self) -> dict:
        cell = name_of_cell(self._options["cell"])
        return {**super().get_config(), **self._options, "cell": cell}
