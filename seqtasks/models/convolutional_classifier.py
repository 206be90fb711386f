"""ConvolutionalClassifier: ids -> the logits of one label a text, through n-gram detectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from seqtasks.layers import SequencePooling, WordDropout


@keras.saving.register_keras_serializable(package="seqtasks")
class ConvolutionalClassifier(keras.Model):
    """Convolutions of several widths over the words, the strongest answer of each, a linear layer.

        x = dropout(embed(worddropout(ids)))
        c_w = max_t relu(W_w [x_t; ...; x_{t+w-1}] + b_w)        y = V dropout([c_w ...]) + b

    Windows reach over both ends of a text, where they see zeros.

    Args:
        vocabulary_size: number of ids; 0 is padding, 1 the unknown word.
        labels: number of classes.
        embedding_size: of each word.
        filters: detectors of each width.
        widths: lengths of the n-grams in words.
        word_dropout: share of words that go unread in training.
        embedding_dropout: share of embedding dimensions dropped, the same at all steps of a text.
        dropout: share dropped of what the detectors found.

    Call arguments:
        ids: integers [batch, time], padded with 0.
        training: whether to drop.

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
        embedding_size: int = 128,
        filters: int = 100,
        widths: Sequence[int] = (2, 3, 4),
        word_dropout: float = 0.1,
        embedding_dropout: float = 0.0,
        dropout: float = 0.5,
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
        }
        self.drop_words = WordDropout(word_dropout)
        self.embedding = keras.layers.Embedding(
            vocabulary_size, embedding_size, keras.initializers.RandomUniform(-0.1, 0.1)
        )
        self.drop_embedding = keras.layers.SpatialDropout1D(embedding_dropout)
        self.convolutions = [
            keras.layers.Conv1D(filters, width, activation="relu") for width in widths
        ]
        self.pool = SequencePooling("max")
        self.drop = keras.layers.Dropout(dropout)
        self.classify = keras.layers.Dense(labels)

    def build(self, ids_shape: tuple) -> None:
        self.embedding.build(ids_shape)
        shape = (*ids_shape, self.embedding.output_dim)
        for convolution in self.convolutions:
            convolution.build(shape)
        self.classify.build((ids_shape[0], sum(c.filters for c in self.convolutions)))
        self.built = True

    def call(self, ids: Any, training: bool | None = None) -> Any:
        mask = ops.not_equal(ids, 0)
        x = self.embedding(self.drop_words(ids, training=training))  # [batch, time, embedding]
        x = self.drop_embedding(x, training=training)
        x = x * ops.cast(ops.expand_dims(mask, -1), x.dtype)
        found = [self._detect(convolution, x, mask) for convolution in self.convolutions]
        return self.classify(self.drop(ops.concatenate(found, axis=-1), training=training))

    def _detect(self, convolution: keras.layers.Layer, x: Any, mask: Any) -> Any:
        over = convolution.kernel_size[0] - 1  # steps that a window may reach over either end
        windows = convolution(ops.pad(x, [[0, 0], [over, over], [0, 0]]))  # [batch, time+over, f]
        touched = ops.pad(mask, [[0, 0], [over, 0]], constant_values=True)  # some real step in it
        return self.pool(windows, mask=touched)

    def compute_output_shape(self, ids_shape: tuple) -> tuple:
        return (ids_shape[0], self.classify.units)

    def get_config(self) -> dict:
        return {**super().get_config(), **self._options}
