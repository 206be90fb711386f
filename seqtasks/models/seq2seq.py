"""Seq2Seq: source and target ids -> logits of the next target id, with attention."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers import Dropout, SequencePooling, WordDropout
from seqtasks.layers.recurrent.cells.make_cell import name_of_cell
from seqtasks.models.decoders import AttentionDecoder, InputFeedingDecoder
from seqtasks.models.encoders import make_encoder
from seqtasks.text.special_ids import PAD, START


@keras.saving.register_keras_serializable(package="seqtasks")
class Seq2Seq(keras.Model):
    """An encoder, attention and a recurrent decoder: p(y_t | y_<t, x) of each step of a target.

        memory, s_0 = encode(x)      y, s_t = decoder(embed(y_{t-1}), s_{t-1}, memory)
        logits = y E^T + b           E the target's embedding (tied)

    Args:
        source_size: number of source ids; 0 is padding, 1 is UNK.
        target_size: number of target ids; 0 is padding, 1 is UNK, 2 is START.
        embedding_size: size of the vectors of ids.
        units: features of the encoder's outputs and units of each layer of the decoder.
        shared: source and target share their vocabulary and its embedding.
        encoder: "rnn", "transformer" or "conv".
        encoder_layers: number of layers of the encoder.
        bidirectional: whether "rnn" reads sources in both directions, with `units / 2` each; else
            from left to right alone, with `units`.
        cell: the cell of recurrent encoder and decoder, as `RecurrentStack` takes it: a name or a
            class.
        decoder_layers: number of layers of the decoder; 1 with `input_feeding`.
        residual: add each recurrent layer's input to its output, from the second layer on.
        attention: a name in `seqtasks.layers.ATTENTIONS`, not "coverage".
        input_feeding: feed each step of the decoder the attentional output of the last one; else
            attention follows the decoder's first layer, and a whole target is computed at once.
        dropout: dropout rate of embeddings, of encoder outputs, between layers and before the
            output.
        word_dropout: fraction of ids replaced by UNK in training, of source and target.
        scheduled_sampling: fraction of target ids replaced by the model's own most probable ids in
            training; rises from 0 over the first `sampling_updates` updates. 0 is teacher forcing.
        sampling_updates: see `scheduled_sampling`.
        seed: of dropout and sampling.

    Call arguments:
        inputs: (source ids [batch, source], target ids [batch, target], beginning with START),
            padded with 0 at the right.
        training: whether to apply dropout and scheduled sampling.

    Returns:
        Logits of the next target id at each step, float32 [batch, target, target_size].

    Reference:
        Luong et al., arXiv:1508.04025; Press and Wolf, arXiv:1608.05859 (tied embeddings); Bengio
        et al., arXiv:1506.03099 and Mihaylova and Martins, arXiv:1906.07651 (scheduled sampling, in
        two passes).
    """

    def __init__(
        self,
        source_size: int,
        target_size: int,
        *,
        embedding_size: int,
        units: int,
        shared: bool = False,
        encoder: str = "rnn",
        encoder_layers: int = 1,
        bidirectional: bool = True,
        cell: Any = "lstm",
        decoder_layers: int = 1,
        residual: bool = False,
        attention: str = "bilinear",
        input_feeding: bool = False,
        dropout: float = 0.0,
        word_dropout: float = 0.0,
        scheduled_sampling: float = 0.0,
        sampling_updates: int = 1,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if shared and source_size != target_size:
            raise ValueError(
                "Seq2Seq: expected as many source ids as target ids where they are shared, "
                f"received {source_size} and {target_size}. Pass shared=False."
            )
        if input_feeding and decoder_layers != 1:
            raise ValueError(
                "Seq2Seq: expected one decoder layer with input feeding, received decoder_layers="
                f"{decoder_layers!r}. Pass input_feeding=False."
            )
        self._options = {
            "source_size": source_size,
            "target_size": target_size,
            "embedding_size": embedding_size,
            "units": units,
            "shared": shared,
            "encoder": encoder,
            "encoder_layers": encoder_layers,
            "bidirectional": bidirectional,
            "cell": cell,
            "decoder_layers": decoder_layers,
            "residual": residual,
            "attention": attention,
            "input_feeding": input_feeding,
            "dropout": dropout,
            "word_dropout": word_dropout,
            "scheduled_sampling": scheduled_sampling,
            "sampling_updates": sampling_updates,
            "seed": seed,
        }
        self.rate, self.sampling_updates = scheduled_sampling, sampling_updates
        scale = keras.initializers.RandomNormal(stddev=embedding_size**-0.5, seed=seed)
        self.target_embedding = keras.layers.Embedding(target_size, embedding_size, scale)
        self.source_embedding = (
            self.target_embedding
            if shared
            else keras.layers.Embedding(source_size, embedding_size, scale)
        )
        self.drop_words = WordDropout(word_dropout)
        self.drop = Dropout(dropout, seed=seed)
        self.encoder = make_encoder(
            encoder, units, encoder_layers, cell, bidirectional, residual, dropout
        )
        self.summarise = SequencePooling("mean")
        self.decoder = (
            InputFeedingDecoder(units, embedding_size, cell=cell, attention=attention)
            if input_feeding
            else AttentionDecoder(
                units,
                embedding_size,
                cell=cell,
                layers=decoder_layers,
                attention=attention,
                residual=residual,
                dropout=dropout,
            )
        )
        self.random = keras.random.SeedGenerator(seed)

    def build(self, input_shape: Any = None) -> None:
        embedding, units = self._options["embedding_size"], self._options["units"]
        self.source_embedding.build()
        if not self.target_embedding.built:
            self.target_embedding.build()
        self.encoder.build((None, None, embedding))
        self.summarise.build((None, None, units))
        self.decoder.build(embedding, units)
        self.bias = self.add_weight((self._options["target_size"],), "zeros", name="bias")
        if self.rate:
            self.updates = self.add_weight(
                (), "zeros", dtype="float32", trainable=False, name="updates"
            )
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        source, target = inputs
        memory, states = self.encode(source, training)
        if training and self.rate:
            target = self._sampled(target, memory, states)
        return self.decode(target, memory, states, training)[0]

    def encode(self, source: Any, training: bool = False) -> tuple[Any, list]:
        """Source ids [batch, source] -> the memory and the decoder's first states."""
        mask = ops.not_equal(source, PAD)
        x = self.source_embedding(self.drop_words(source, training=training))
        x = self.encoder(self.drop(x, training=training), mask=mask, training=training)
        x = self.drop(x, training=training)
        return self.decoder.start(x, mask, self.summarise(x, mask=mask))

    def decode(
        self, target: Any, memory: Any, states: list, training: bool = False
    ) -> tuple[Any, Any]:
        """All steps of a target [batch, target] at once.

        Returns:
            Logits [batch, target, target_size], and the attention weights
            [batch, target, source], None with input feeding.
        """
        x = self.target_embedding(self.drop_words(target, training=training))
        x = self.drop(x, training=training)
        y, weights = self.decoder.run(x, memory, states, training)
        return self._logits(self.drop(y, training=training)), weights

    def step(self, ids: Any, states: list, memory: Any) -> tuple[Any, list, Any]:
        """One step of all rows.

        Args:
            ids: [rows].
            states: from `encode`, or those returned by the last step.
            memory: from `encode`, [batch, ...]. Each row of it may belong to several consecutive
                rows of `ids` (the beams of a search).

        Returns:
            Logits [rows, target_size], the new states, and the attention weights [rows, source].
        """
        y, states, weights = self.decoder.step(self.target_embedding(ids), memory, states)
        return self._logits(y), states, weights

    def _logits(self, y: Any) -> Any:
        table = ops.cast(self.target_embedding.embeddings, y.dtype)
        return ops.cast(ops.matmul(y, ops.transpose(table)), "float32") + self.bias

    def _sampled(self, target: Any, memory: Any, states: list) -> Any:
        """The target with some ids replaced by the model's most probable ones."""
        self.updates.assign_add(1.0)
        rate = self.rate * ops.minimum(self.updates / self.sampling_updates, 1.0)
        predicted = ops.argmax(self.decode(target, memory, states)[0][:, :-1], axis=-1)
        predicted = ops.concatenate([target[:, :1], ops.cast(predicted, target.dtype)], axis=1)
        drawn = keras.random.uniform(ops.shape(target), seed=self.random) < rate
        replaced = ops.logical_and(drawn, target > START)  # neither padding nor the start
        return ops.stop_gradient(ops.where(replaced, predicted, target))

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (*input_shape[1], self._options["target_size"])

    def get_config(self) -> dict:
        cell = name_of_cell(self._options["cell"])
        return {**super().get_config(), **self._options, "cell": cell}
