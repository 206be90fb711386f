"""RecurrentClassifier: ids -> the logits of one label a text, through a recurrent encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from seqtasks.layers import RecurrentStack, SequencePooling, WordDropout


@keras.saving.register_keras_serializable(package="seqtasks")
class RecurrentClassifier(keras.Model):
    """Word dropout, embedding, recurrent stack, pooling, a linear layer.

        x = dropout(embed(worddropout(ids)))    h = RecurrentStack(x)    y = W dropout(pool(h)) + b

    Args:
        vocabulary_size: number of ids; 0 is padding, 1 the unknown word.
        labels: number of classes.
        embedding_size: of each word.
        units: of each recurrent layer and direction.
        cell: "rnn", "lstm" or "gru".
        layers: recurrent layers on top of each other.
        bidirectional: read from both ends.
        residual: add each layer's input to its output, from the second on.
        pooling: one or several of "last", "mean", "max", "attention", side by side.
        word_dropout: share of words that go unread in training.
        embedding_dropout: share of embedding dimensions dropped, the same at all steps of a text.
        recurrent_dropout: share dropped of what a recurrent layer hands on.
        dropout: share dropped of what is pooled.

    Call arguments:
        ids: integers [batch, time], padded with 0.
        training: whether to drop.

    Returns:
        Logits [batch, labels].
    """

    def __init__(
        self,
        vocabulary_size: int,
        labels: int,
        *,
        embedding_size: int = 64,
        units: int = 48,
        cell: str = "lstm",
        layers: int = 1,
        bidirectional: bool = True,
        residual: bool = False,
        pooling: Sequence[str] = ("max", "mean"),
        word_dropout: float = 0.1,
        embedding_dropout: float = 0.4,
        recurrent_dropout: float = 0.2,
        dropout: float = 0.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._options = {
            "vocabulary_size": vocabulary_size,
            "labels": labels,
            "embedding_size": embedding_size,
            "units": units,
            "cell": cell,
            "layers": layers,
            "bidirectional": bidirectional,
            "residual": residual,
            "pooling": tuple(pooling),
            "word_dropout": word_dropout,
            "embedding_dropout": embedding_dropout,
            "recurrent_dropout": recurrent_dropout,
            "dropout": dropout,
        }
        self.drop_words = WordDropout(word_dropout)
        self.embedding = keras.layers.Embedding(
            vocabulary_size, embedding_size, keras.initializers.RandomUniform(-0.1, 0.1)
        )
        self.drop_embedding = keras.layers.SpatialDropout1D(embedding_dropout)
        self.encoder = RecurrentStack(
            units, cell, layers, bidirectional, residual, recurrent_dropout
        )
        self.drop_encoded = keras.layers.SpatialDropout1D(recurrent_dropout)
        self.pools = [SequencePooling(mode) for mode in pooling]
        self.drop = keras.layers.Dropout(dropout)
        self.classify = keras.layers.Dense(labels)

    def build(self, ids_shape: tuple) -> None:
        self.embedding.build(ids_shape)
        self.encoder.build((*ids_shape, self.embedding.output_dim))
        shape = self.encoder.compute_output_shape((*ids_shape, self.embedding.output_dim))
        for pool in self.pools:
            pool.build(shape)
        self.classify.build((ids_shape[0], shape[-1] * len(self.pools)))
        self.built = True

    def call(self, ids: Any, training: bool | None = None) -> Any:
        mask = ops.not_equal(ids, 0)
        x = self.embedding(self.drop_words(ids, training=training))  # [batch, time, embedding]
        x = self.drop_embedding(x, training=training)
        x = self.encoder(x, mask=mask, training=training)  # [batch, time, encoded]
        x = self.drop_encoded(x, training=training)
        x = ops.concatenate([pool(x, mask=mask) for pool in self.pools], axis=-1)
        return self.classify(self.drop(x, training=training))

    def compute_output_shape(self, ids_shape: tuple) -> tuple:
        return (ids_shape[0], self.classify.units)

    def get_config(self) -> dict:
        return {**super().get_config(), **self._options}
