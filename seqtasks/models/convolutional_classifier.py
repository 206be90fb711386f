"""ConvolutionalClassifier: ids -> logits of one label per text, by convolutions over words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from seqtasks.layers import SequencePooling, WordDropout
from seqtasks.models.word_embedding import word_embedding


@keras.saving.register_keras_serializable(package="seqtasks")
class ConvolutionalClassifier(keras.Model):
    """Convolutions of several widths over the words, max pooling over time, a linear layer.

        x = dropout(embed(word_dropout(ids)))
        c_w = max_t relu(W_w [x_t; ...; x_{t+w-1}] + b_w)        y = V dropout([c_w ...]) + b

    Windows extend beyond both ends of a text, over zeros.

    Args:
        vocabulary_size: number of ids; 0 is padding, 1 is UNK.
        labels: number of classes.
        embedding_size: size of a word's vector.
        filters: number of filters of each width.
        widths: filter widths in words.
        word_dropout: fraction of words replaced by UNK in training.
        embedding_dropout: dropout rate of embedding dimensions, the same ones at all steps of a
            text (spatial dropout).
        dropout: dropout rate before the linear layer.
        trained: number of words with a trained vector; None trains all.
        vector_size: size of pretrained word vectors (`embedding.vectors`); 0 for none.

    Call arguments:
        ids: integers [batch, time], padded with 0.
        training: whether to apply dropout.
        presence: float [batch, time], how much of each word is there, 0 to 1, to explain what was
            predicted; None for all of it. It scales the words' vectors.

    Returns:
        Logits [batch, labels].

    Reference:
        Kim, Convolutional neural networks for sentence classification, 2014 (CNN-rand).
    """

    def __init__(
        self,
        vocabulary_size: int,
        labels: int,
        *,
        embedding_size: int,
        filters: int,
        widths: Sequence[int],
        word_dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        dropout: float = 0.0,
        trained: int | None = None,
        vector_size: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._options = {
            "vocabulary_size": vocabulary_size,
            "labels": labels,
            "embedding_size": embedding_size,
            "filters": filters,
            "widths": tuple(widths),
            "word_dropout": word_dropout,
            "embedding_dropout": embedding_dropout,
            "dropout": dropout,
            "trained": trained,
            "vector_size": vector_size,
        }
        self.drop_words = WordDropout(word_dropout)
        self.embedding = word_embedding(vocabulary_size, embedding_size, trained, vector_size)
        self.drop_embedding = keras.layers.SpatialDropout1D(embedding_dropout)
        self.convolutions = [
            keras.layers.Conv1D(filters, width, activation="relu") for width in widths
        ]
        self.pool = SequencePooling("max")
        self.drop = keras.layers.Dropout(dropout)
        self.classify = keras.layers.Dense(labels)

    def build(self, ids_shape: tuple) -> None:
        self.embedding.build(ids_shape)
        shape = self.embedding.compute_output_shape(ids_shape)
        for convolution in self.convolutions:
            convolution.build(shape)
        self.classify.build((ids_shape[0], sum(c.filters for c in self.convolutions)))
        self.built = True

    @property
    def label_weights(self) -> list:
        """The weights that depend on the labels."""
        return self.classify.weights

    def call(self, ids: Any, training: bool | None = None, presence: Any = None) -> Any:
        mask = ops.not_equal(ids, 0)
        x = self.embedding(self.drop_words(ids, training=training))  # [batch, time, embedding]
        x = self.drop_embedding(x, training=training)
        there = ops.cast(mask, x.dtype) * (1 if presence is None else presence)
        x = x * ops.expand_dims(there, -1)
        pooled = [self._pooled(convolution, x, mask) for convolution in self.convolutions]
        return self.classify(self.drop(ops.concatenate(pooled, axis=-1), training=training))

    def _pooled(self, convolution: keras.layers.Layer, x: Any, mask: Any) -> Any:
        """The maximum over time of one convolution, [batch, filters]."""
        over = convolution.kernel_size[0] - 1  # steps by which a window may extend over either end
        windows = convolution(ops.pad(x, [[0, 0], [over, over], [0, 0]]))  # [batch, time+over, f]
        has_real = ops.pad(mask, [[0, 0], [over, 0]], constant_values=True)  # some real step in it
        return self.pool(windows, mask=has_real)

    def compute_output_shape(self, ids_shape: tuple) -> tuple:
        return (ids_shape[0], self.classify.units)

    def get_config(self) -> dict:
        return {**super().get_config(), **self._options}
