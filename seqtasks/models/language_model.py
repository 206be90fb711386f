"""LanguageModel: the probability of each token given all those before it."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers import Dropout, RecurrentStack, WordDropout


@keras.saving.register_keras_serializable(package="seqtasks")
class LanguageModel(keras.Model):
    """Embedding, recurrence, and the logits of the next token.

        h_t, s_t = stack(E[x_t], s_{t-1})        logits_t = h_t W + b   or, tied,   (h_t P) E^T + b

    Three ways to run it share all weights: over windows whose states are carried from batch to
    batch (training), over sequences from given states (`read`), and token by token (`step`).

    Args:
        vocabulary_size: number of ids; 0 is padding.
        embedding_size: of a token's vector.
        units: of each recurrent layer.
        layers: how many.
        cell: "rnn", "lstm" or "gru".
        residual: add each layer's input to its output, from the second on.
        tie_output: use the embedding as the output's weights too.
        token_dropout: share of the tokens that go unread in training (`WordDropout`).
        embedding_dropout: share of the embedding's dimensions dropped, the same at all steps.
        dropout: share dropped between layers and before the output.
        variational: draw that dropout once for all steps of a window.
        weight_drop: share of the recurrent weights dropped, once a window.
        rows: of the batches whose states are carried; None carries none.

    Call arguments:
        inputs: ids [batch, time]; or `(ids, begins)` with bool `begins` [rows], to go on from the
            states of the batch before, in training and out of it each from its own, except in the
            rows that begin anew.
        training: whether to drop.

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
        embedding_size: int = 64,
        units: int = 384,
        layers: int = 1,
        cell: str = "lstm",
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
        # The usual ±0.05 starves the first layer's gates: on tiny-shakespeare, after 1.5 passes,
        # it costs 0.014 nats.
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
                "states. Give rows=<rows of a batch> to its constructor."
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
        """Reads on from `states`.

        Args:
            ids: [batch, time], 0 where there is nothing to read.
            states: each [batch, units].

        Returns:
            Logits of the token after each [batch, time, vocabulary_size], and the states after.
        """
        return self._logits(ids, states, training=False)

    def step(self, ids: Any, states: list) -> tuple[Any, list]:
        """Reads one token a row: what generation repeats.

        Args:
            ids: [batch].
            states: each [batch, units].

        Returns:
            Logits of the next token [batch, vocabulary_size], and the states after.
        """
        outputs, states = self.stack.step(self.embedding(ids), states)
        return self._projected(outputs), states

    def get_config(self) -> dict:
        return {**super().get_config(), **self._options}
