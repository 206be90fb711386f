"""RecurrentTagger: features of words -> a score for each tag, through a recurrent encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from seqtasks.features.columns import AFFIXES, CHARACTERS, SHAPE, WORD
from seqtasks.layers import CharacterEncoder, RecurrentStack
from seqtasks.text.special_ids import UNK


@keras.saving.register_keras_serializable(package="seqtasks")
class RecurrentTagger(keras.Model):
    """Words by vector, affixes, shape and characters; a recurrent stack; a linear layer.

        x = dropout([word + Σ affixes, shape, characters])    y = W dropout(RecurrentStack(x)) + b

    Words go unread in training the more often, the rarer they are: a word seen n times with
    probability α / (α + n), so that what a word is made of and stands beside learns to speak for
    unknown ones.

    Args:
        vocabulary_size: number of word ids; 0 is padding, 1 the unknown word.
        characters: number of character ids.
        tags: number of tags.
        word_size: of the vector of a word, and of each affix.
        character_size: of the vector of a character.
        filters: of the character encoder.
        units: of each recurrent layer and direction.
        cell: "rnn", "lstm" or "gru".
        layers: recurrent layers on top of each other.
        word_dropout_alpha: α.
        spelling_dropout: share of words whose affixes and characters go unread in training, so that
            names are not learned by heart.
        embedding_dropout: share dropped of what the recurrent layers see.
        dropout: share dropped of what they say.
        affix_buckets: affixes are told apart up to this many.
        vector_size: of given vectors (`vectors`, which are not trained); 0 for none.

    Call arguments:
        features: integers [batch, time, columns] as `seqtasks.text.WordFeatures` makes them.
        training: whether to drop.

    Returns:
        Emissions [batch, time, tags].

    Reference:
        Ma and Hovy, arXiv:1603.01354; Kiperwasser and Goldberg, arXiv:1603.04351 (word dropout).
    """

    def __init__(
        self,
        vocabulary_size: int,
        characters: int,
        tags: int,
        *,
        word_size: int = 64,
        character_size: int = 24,
        filters: int = 50,
        units: int = 128,
        cell: str = "lstm",
        layers: int = 1,
        word_dropout_alpha: float = 0.5,
        spelling_dropout: float = 0.1,
        embedding_dropout: float = 0.4,
        dropout: float = 0.5,
        affix_buckets: int = 10_000,
        vector_size: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._options = {
            "vocabulary_size": vocabulary_size,
            "characters": characters,
            "tags": tags,
            "word_size": word_size,
            "character_size": character_size,
            "filters": filters,
            "units": units,
            "cell": cell,
            "layers": layers,
            "word_dropout_alpha": word_dropout_alpha,
            "spelling_dropout": spelling_dropout,
            "embedding_dropout": embedding_dropout,
            "dropout": dropout,
            "affix_buckets": affix_buckets,
            "vector_size": vector_size,
        }
        self.vocabulary_size, self.vector_size = vocabulary_size, vector_size
        self.tags, self.word_dropout_alpha, self.affix_buckets = (
            tags,
            word_dropout_alpha,
            affix_buckets,
        )
        small = keras.initializers.RandomUniform(-0.1, 0.1)
        self.word_embedding = keras.layers.Embedding(vocabulary_size, word_size, small)
        self.affix_embedding = keras.layers.Embedding(affix_buckets, word_size, small)
        self.shape_embedding = keras.layers.Embedding(1000, 16, small)
        self.spell = CharacterEncoder(characters, character_size, filters)
        self.drop_spelling = keras.layers.Dropout(spelling_dropout)
        self.drop_embedding = keras.layers.Dropout(embedding_dropout)
        self.encoder = RecurrentStack(units, cell, layers, bidirectional=True, dropout=dropout)
        self.drop = keras.layers.Dropout(dropout)
        self.emit = keras.layers.Dense(tags)
        self.generator = keras.random.SeedGenerator()

    def build(self, features_shape: tuple) -> None:
        batch, time, columns = features_shape
        for embedding in (self.word_embedding, self.affix_embedding, self.shape_embedding):
            embedding.build((batch, time))
        letters = (batch, time, columns - CHARACTERS)
        self.spell.build(letters)
        width = self.word_embedding.output_dim + self.shape_embedding.output_dim
        width += self.spell.compute_output_shape(letters)[-1] + self.vector_size
        self.encoder.build((batch, time, width))
        self.emit.build(self.encoder.compute_output_shape((batch, time, width)))
        self.drop_rates = self.add_weight(
            (self.word_embedding.input_dim,), "zeros", trainable=False, name="drop_rates"
        )
        if self.vector_size:
            shape = (self.word_embedding.input_dim, self.vector_size)
            self.vectors = self.add_weight(shape, "zeros", trainable=False, name="vectors")
        self.built = True

    def adapt(self, counts: Sequence[int]) -> None:
        """Set how often words go unread.

        Args:
            counts: how often each word occurs in training, by id. Words that do not occur (which
                have only a given vector) always go unread.
        """
        rates = self.word_dropout_alpha / (self.word_dropout_alpha + np.asarray(counts, "float32"))
        rates = np.where(np.asarray(counts) > 0, rates, 1.0)
        rates[: UNK + 1] = 0  # padding and the unknown word itself
        self.drop_rates.assign(rates)

    def call(self, features: Any, training: bool | None = None) -> Any:
        words = features[:, :, WORD]
        mask = words != 0
        given = [ops.take(self.vectors, words, axis=0)] if self.vector_size else []
        rates = ops.take(self.drop_rates, words)
        draw = keras.random.uniform(ops.shape(words), seed=self.generator) if training else 0.999
        words = ops.where(draw < rates, ops.full_like(words, UNK), words)
        apart = ops.arange(CHARACTERS - AFFIXES, dtype="int32") * 7919  # "in-" is not "-in"
        affixes = (features[:, :, AFFIXES:CHARACTERS] // 2 + apart) % self.affix_buckets
        spelled = self.drop_spelling(ops.ones_like(words, self.compute_dtype), training=training)
        spelled = ops.cast(spelled > 0, self.compute_dtype)[:, :, None]  # [batch, time, 1]
        x = self.word_embedding(words) + spelled * ops.sum(self.affix_embedding(affixes), axis=2)
        shapes = self.shape_embedding(features[:, :, SHAPE] % 1000)
        letters = spelled * self.spell(features[:, :, CHARACTERS:])
        x = self.drop_embedding(
            ops.concatenate([x, shapes, letters, *given], -1), training=training
        )
        x = self.encoder(x, mask=mask, training=training)  # [batch, time, encoded]
        return self.emit(self.drop(x, training=training))

    def compute_output_shape(self, features_shape: tuple) -> tuple:
        return (*features_shape[:2], self.tags)

    def get_config(self) -> dict:
        return {**super().get_config(), **self._options}
