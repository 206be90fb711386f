"""TextClassifier: ids -> the logits of one label a text."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers import RecurrentStack, SequencePooling


@keras.saving.register_keras_serializable(package="seqtasks")
class TextClassifier(keras.Model):
    """x."""

    def __init__(
        self,
        vocabulary_size: int,
        labels: int,
        *,
        embedding_size=128,
        units=64,
        cell="lstm",
        layers=1,
        bidirectional=True,
        residual=False,
        pooling="max",
        dropout=0.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.embedding = keras.layers.Embedding(vocabulary_size, embedding_size)
        self.drop_in = keras.layers.SpatialDropout1D(dropout)
        self.encoder = RecurrentStack(units, cell, layers, bidirectional, residual, dropout)
        self.pooling = SequencePooling(pooling)
        self.drop_out = keras.layers.Dropout(dropout)
        self.classify = keras.layers.Dense(labels)

    def build(self, ids_shape) -> None:
        self.embedding.build(ids_shape)
        shape = (*ids_shape, self.embedding.output_dim)
        self.encoder.build(shape)
        shape = self.encoder.compute_output_shape(shape)
        self.pooling.build(shape)
        self.classify.build((shape[0],shape[-1]))

    def call(self, ids: Any, training: bool | None = None) -> Any:
        mask = ops.not_equal(ids, 0)
        x = self.drop_in(self.embedding(ids), training=training)
        x = self.encoder(x, mask=mask, training=training)
        x = self.pooling(x, mask=mask)
        return self.classify(self.drop_out(x, training=training))
