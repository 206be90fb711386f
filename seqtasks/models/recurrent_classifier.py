"""RecurrentClassifier: ids -> logits of one label per text, by a recurrent encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from seqtasks.layers import RecurrentStack, SequencePooling, WordDropout
from seqtasks.layers.recurrent.cells.make_cell import name_of_cell
from seqtasks.models.word_embedding import word_embedding


@keras.saving.register_keras_serializable(package="seqtasks")
class RecurrentClassifier(keras.Model):
    """Word dropout, embedding, recurrent stack, pooling, a linear layer.

        x = dropout(embed(word_dropout(ids)))    h = RecurrentStack(x)    y = W dropout(pool(h)) + b

    Args:
        vocabulary_size: number of ids; 0 is padding, 1 is UNK.
        labels: number of classes.
        embedding_size: size of a word's vector.
        units: of each recurrent layer and direction.
        pooling: one or several of "last", "mean", "max", "attention", whose results are
            concatenated.
        cell: the recurrent cell, as `RecurrentStack` takes it: a name or a class.
        layers: number of recurrent layers.
        bidirectional: add a second direction to each layer.
        residual: add each layer's input to its output, from the second layer on.
        word_dropout: fraction of words replaced by UNK in training.
        embedding_dropout: dropout rate of embedding dimensions, the same ones at all steps of a
            text (spatial dropout).
        recurrent_dropout: dropout rate of the outputs of the recurrent layers: between layers, and
            of features before pooling.
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
    """

    def __init__(
        self,
        vocabulary_size: int,
        labels: int,
        *,
        embedding_size: int,
        units: int,
        pooling: Sequence[str],
        cell: Any = "lstm",
        layers: int = 1,
        bidirectional: bool = False,
        residual: bool = False,
        word_dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
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
            "units": units,
            "pooling": tuple(pooling),
            "cell": cell,
            "layers": layers,
            "bidirectional": bidirectional,
            "residual": residual,
            "word_dropout": word_dropout,
            "embedding_dropout": embedding_dropout,
            "recurrent_dropout": recurrent_dropout,
            "dropout": dropout,
            "trained": trained,
            "vector_size": vector_size,
        }
        self.drop_words = WordDropout(word_dropout)
        self.embedding = word_embedding(vocabulary_size, embedding_size, trained, vector_size)
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
        embedded = self.embedding.compute_output_shape(ids_shape)
        self.encoder.build(embedded)
        shape = self.encoder.compute_output_shape(embedded)
        for pool in self.pools:
            pool.build(shape)
        self.classify.build((ids_shape[0], shape[-1] * len(self.pools)))
        self.built = True

    @property
    def label_weights(self) -> list:
        """The weights that depend on the labels."""
        return self.classify.weights

    def call(self, ids: Any, training: bool | None = None, presence: Any = None) -> Any:
        mask = ops.not_equal(ids, 0)
        x = self._encoded(ids, mask, training, presence)  # [batch, time, encoded]
        x = self.drop_encoded(x, training=training)
        x = ops.concatenate([pool(x, mask=mask) for pool in self.pools], axis=-1)
        return self.classify(self.drop(x, training=training))

    def _encoded(self, ids: Any, mask: Any, training: bool | None, presence: Any = None) -> Any:
        x = self.embedding(self.drop_words(ids, training=training))  # [batch, time, embedding]
        if presence is not None:
            x = x * ops.expand_dims(ops.cast(presence, x.dtype), -1)
        x = self.drop_embedding(x, training=training)
        return self.encoder(x, mask=mask, training=training)

    @property
    def pools_by_attention(self) -> bool:
        """Whether `attention` has weights to give."""
        return any(pool.mode == "attention" for pool in self.pools)

    def attention(self, ids: Any) -> Any:
        """The weight of each word in pooling by attention, float32 [batch, time]; rows sum to 1."""
        mask = ops.not_equal(ids, 0)
        x = self._encoded(ids, mask, False)
        pool = next(pool for pool in self.pools if pool.mode == "attention")
        return pool.step_weights(x, mask)

    def compute_output_shape(self, ids_shape: tuple) -> tuple:
        return (ids_shape[0], self.classify.units)

    def get_config(self) -> dict:
        cell = name_of_cell(self._options["cell"])
        return {**super().get_config(), **self._options, "cell": cell}
