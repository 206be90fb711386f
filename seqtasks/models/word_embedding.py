"""Embeddings of words: trained vectors, and pretrained ones beside them."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.text.special_ids import UNK


@keras.saving.register_keras_serializable(package="seqtasks")
class PretrainedEmbedding(keras.layers.Embedding):
    """Trained vectors with pretrained ones beside them, which stay as they are.

    Args:
        trained: number of words with a vector that is trained; ids from there on have a pretrained
            one only, and share the trained one of UNK.
        output_dim: size of the trained vectors.
        words: number of ids, those included that are not trained.
        vector_size: size of the pretrained vectors.
        **kwargs: those of `keras.layers.Embedding`.

    Call arguments:
        ids: integers [batch, time].

    Returns:
        float [batch, time, output_dim + vector_size].

    Attributes:
        vectors: the pretrained vectors, a weight [words, vector_size]: zeros until it is set.
    """

    def __init__(
        self, trained: int, output_dim: int, *, words: int, vector_size: int, **kwargs: Any
    ) -> None:
        super().__init__(trained, output_dim, **kwargs)
        self.words, self.vector_size = words, vector_size

    def build(self, input_shape: Any = None) -> None:
        super().build(input_shape)
        shape = (self.words, self.vector_size)
        self.vectors = self.add_weight(shape, "zeros", trainable=False, name="vectors")

    def call(self, ids: Any) -> Any:
        trained = super().call(ops.where(ids < self.input_dim, ids, ops.full_like(ids, UNK)))
        return ops.concatenate([trained, ops.take(self.vectors, ids, axis=0)], axis=-1)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape, self.output_dim + self.vector_size)

    def get_config(self) -> dict:
        config = {**super().get_config(), "words": self.words, "vector_size": self.vector_size}
        config["trained"] = config.pop("input_dim")
        return config


def word_embedding(
    words: int, size: int, trained: int | None = None, vector_size: int = 0
) -> keras.layers.Embedding:
    """An embedding of words, with pretrained vectors beside the trained ones if they have a size.

    Args:
        words: number of ids.
        size: of the trained vectors.
        trained: number of ids that are trained; None trains all.
        vector_size: of the pretrained vectors; 0 for none.
    """
    start = keras.initializers.RandomUniform(-0.1, 0.1)
    if not vector_size:
        return keras.layers.Embedding(words, size, start)
    return PretrainedEmbedding(
        trained or words,
        size,
        words=words,
        vector_size=vector_size,
        embeddings_initializer=start,
    )
