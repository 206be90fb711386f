"""Seq2Seq: source ids -> target ids, an encoder, attention and a recurrent decoder."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers import Dropout, SequencePooling, WordDropout
from seqtasks.models.decoders import AttentionDecoder, InputFeedingDecoder
from seqtasks.models.encoders import make_encoder
from seqtasks.text.special_ids import PAD, START


@keras.saving.register_keras_serializable(package="seqtasks")
class Seq2Seq(keras.Model):
    """Translates: p(y_t | y_<t, x) for each step of a target, or step by step.

        memory, s_0 = encode(x)      y, s_t = decoder(embed(y_{t-1}), s_{t-1}, memory)
        logits = y E^T + b           E the target's embedding (tied)

    Args:
        source_size: number of source ids; 0 is padding, 1 the unknown one.
        target_size: number of target ids; 0 is padding, 2 the start.
        shared: source and target share their vocabulary and so its embedding.
        embedding_size: of each id.
        encoder: "rnn" (bidirectional LSTM), "transformer" or "conv".
        encoder_layers: how many.
        units: of the encoder's result and of each layer of the decoder.
        decoder_layers: how many; None is two, or one with `input_feeding`, which has no more.
        attention: "additive", "bilinear" or "dot".
        input_feeding: each step of the decoder hears what the one before it read; else attention
            comes after the decoder's first layer, and all its steps read at once.
        dropout: on embeddings, between layers, on what is encoded and on what is read out.
        word_dropout: share of ids that go unread in training, on both sides.
        scheduled_sampling: share of target ids that in training are replaced by the model's own
            best guesses once `sampling_updates` updates are over, less before; None for none.
        sampling_updates: see `scheduled_sampling`.
        seed: of dropout and sampling.

    Call arguments:
        inputs: (source ids [batch, source], target ids [batch, target], from the start on), padded
            with 0 at the right.
        training: whether to drop and to sample.

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
        shared: bool = False,
        embedding_size: int = 256,
        encoder: str = "rnn",
        encoder_layers: int = 1,
        units: int = 512,
        decoder_layers: int | None = None,
        attention: str = "bilinear",
        input_feeding: bool = False,
        dropout: float = 0.3,
        word_dropout: float = 0.0,
        scheduled_sampling: float | None = None,
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
        if input_feeding and decoder_layers not in (None, 1):
            raise ValueError(
                "Seq2Seq: expected one decoder layer with input feeding, received decoder_layers="
                f"{decoder_layers!r}. Pass input_feeding=False."
            )
        names = (
            "source_size target_size shared embedding_size encoder encoder_layers units "
            "decoder_layers attention input_feeding dropout word_dropout scheduled_sampling "
            "sampling_updates seed"
        ).split()
        given = locals()
        self._options = {name: given[name] for name in names}
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
        self.encoder = make_encoder(encoder, units, encoder_layers, dropout)
        self.summarise = SequencePooling("mean")
        self.decoder = (
            InputFeedingDecoder(units, embedding_size, attention)
            if input_feeding
            else AttentionDecoder(units, embedding_size, decoder_layers or 2, attention, dropout)
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
            target = self._partly_guessed(target, memory, states)
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
            Logits [batch, target, target_size], and the attention's weights [batch, target,
            source]; None with input feeding.
        """
        x = self.target_embedding(self.drop_words(target, training=training))
        x = self.drop(x, training=training)
        y, weights = self.decoder.run(x, memory, states, training)
        return self._logits(self.drop(y, training=training)), weights

    def step(self, ids: Any, states: list, memory: Any) -> tuple[Any, list, Any]:
        """One step of all rows, which may be several to a row of the memory.

        Args:
            ids: [rows].
            states: from `encode`, or as returned by the step before.
            memory: from `encode`, [batch, ...].

        Returns:
            Logits [rows, target_size], states, and the attention's weights [rows, source].
        """
        y, states, weights = self.decoder.step(self.target_embedding(ids), memory, states)
        return self._logits(y), states, weights

    def _logits(self, y: Any) -> Any:
        table = ops.cast(self.target_embedding.embeddings, y.dtype)
        return ops.cast(ops.matmul(y, ops.transpose(table)), "float32") + self.bias

    def _partly_guessed(self, target: Any, memory: Any, states: list) -> Any:
        """The target with some ids replaced by what the model expects there."""
        self.updates.assign_add(1.0)
        rate = self.rate * ops.minimum(self.updates / self.sampling_updates, 1.0)
        guesses = ops.argmax(self.decode(target, memory, states)[0][:, :-1], axis=-1)
        guesses = ops.concatenate([target[:, :1], ops.cast(guesses, target.dtype)], axis=1)
        drawn = keras.random.uniform(ops.shape(target), seed=self.random) < rate
        replaced = ops.logical_and(drawn, target > START)  # neither padding nor the start
        return ops.stop_gradient(ops.where(replaced, guesses, target))

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (*input_shape[1], self._options["target_size"])

    def get_config(self) -> dict:
        return {**super().get_config(), **self._options}
