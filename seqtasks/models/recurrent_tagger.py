"""RecurrentTagger: features of words -> emissions, by a recurrent encoder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from seqtasks.features.columns import AFFIXES, CHARACTERS, PARTS, SHAPE, WORD
from seqtasks.layers import CharacterEncoder, RecurrentStack
from seqtasks.layers.recurrent.cells.make_cell import name_of_cell
from seqtasks.text.special_ids import UNK


@keras.saving.register_keras_serializable(package="seqtasks")
class RecurrentTagger(keras.Model):
    """Embeddings of words, affixes, shapes and characters; a recurrent stack; a linear layer.

        x = dropout([word + Σ affixes, shape, characters (, vector, categories)])
        y = W dropout(RecurrentStack(x)) + b

    Rare words are replaced by UNK more often: in training a word that occurs n times is replaced
    with probability α / (α + n), so that affixes, characters and context learn to represent
    unknown words.

    Args:
        vocabulary_size: number of word ids; 0 is padding, 1 is UNK.
        characters: number of character ids.
        tags: number of tags.
        word_size: size of the vectors of words and of affixes.
        filters: number of filters of the character encoder.
        units: of each recurrent layer and direction.
        character_size: size of the vectors of characters.
        cell: the recurrent cell, as `RecurrentStack` takes it: a name or a class.
        layers: number of recurrent layers.
        bidirectional: read sentences in both directions; else from left to right alone.
        residual: add each layer's input to its output, from the second layer on.
        word_dropout_alpha: α; 0 replaces only words that do not occur in training.
        spelling_dropout: fraction of words whose affixes and characters are zeroed in training, so
            that names are not memorised by their spelling.
        embedding_dropout: dropout rate of the recurrent layers' inputs.
        dropout: dropout rate of the recurrent layers' outputs: between layers, and before the
            linear layer.
        affix_buckets: number of hash buckets for affixes.
        word_parts: whether the parts of words joined by `_` or `-` count as affixes, as syllables
            are in Vietnamese. (Of other words that is the whole word.)
        vector_size: size of pretrained word vectors (`vectors`, which are not trained); 0 for none.
        categories: number of ids of each categorical column, the last columns of the features.
        category_size: size of the vectors of their values.

    Call arguments:
        features: integers [batch, time, columns] as `seqtasks.features.WordFeatures` makes them.
        training: whether to apply dropout.
        presence: float [batch, time], how much of each word is there, 0 to 1, to explain what was
            predicted; None for all of it. It scales what the recurrent layers read.

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
        word_size: int,
        filters: int,
        units: int,
        character_size: int = 24,
        cell: Any = "lstm",
        layers: int = 1,
        bidirectional: bool = True,
        residual: bool = False,
        word_dropout_alpha: float = 0.0,
        spelling_dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        dropout: float = 0.0,
        affix_buckets: int = 10_000,
        word_parts: bool = True,
        vector_size: int = 0,
        categories: Sequence[int] = (),
        category_size: int = 32,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._options = {
            "vocabulary_size": vocabulary_size,
            "characters": characters,
            "tags": tags,
            "word_size": word_size,
            "filters": filters,
            "units": units,
            "character_size": character_size,
            "cell": cell,
            "layers": layers,
            "bidirectional": bidirectional,
            "residual": residual,
            "word_dropout_alpha": word_dropout_alpha,
            "spelling_dropout": spelling_dropout,
            "embedding_dropout": embedding_dropout,
            "dropout": dropout,
            "affix_buckets": affix_buckets,
            "word_parts": word_parts,
            "vector_size": vector_size,
            "categories": list(categories),
            "category_size": category_size,
        }
        self.vocabulary_size, self.vector_size = vocabulary_size, vector_size
        self.tags, self.affix_buckets = tags, affix_buckets
        self.affix_end = CHARACTERS if word_parts else CHARACTERS - PARTS  # the parts stand last
        self.word_dropout_alpha = word_dropout_alpha
        small = keras.initializers.RandomUniform(-0.1, 0.1)
        self.word_embedding = keras.layers.Embedding(vocabulary_size, word_size, small)
        self.affix_embedding = keras.layers.Embedding(affix_buckets, word_size, small)
        self.shape_embedding = keras.layers.Embedding(1000, 16, small)
        self.spell = CharacterEncoder(characters, character_size, filters)
        self.drop_spelling = keras.layers.Dropout(spelling_dropout)
        self.drop_embedding = keras.layers.Dropout(embedding_dropout)
        self.encoder = RecurrentStack(units, cell, layers, bidirectional, residual, dropout=dropout)
        self.drop = keras.layers.Dropout(dropout)
        self.emit = keras.layers.Dense(tags)
        self.generator = keras.random.SeedGenerator()
        self.category_embeddings = [
            keras.layers.Embedding(count, category_size, small) for count in categories
        ]

    def build(self, features_shape: tuple) -> None:
        batch, time, columns = features_shape
        words = self.word_embedding, self.affix_embedding, self.shape_embedding
        for embedding in (*words, *self.category_embeddings):
            embedding.build((batch, time))
        letters = (batch, time, columns - CHARACTERS - len(self.category_embeddings))
        self.spell.build(letters)
        width = self.word_embedding.output_dim + self.shape_embedding.output_dim
        width += self.spell.compute_output_shape(letters)[-1] + self.vector_size
        width += sum(embedding.output_dim for embedding in self.category_embeddings)
        self.encoder.build((batch, time, width))
        self.emit.build(self.encoder.compute_output_shape((batch, time, width)))
        self.drop_rates = self.add_weight(
            (self.word_embedding.input_dim,), "zeros", trainable=False, name="drop_rates"
        )
        if self.vector_size:
            shape = (self.word_embedding.input_dim, self.vector_size)
            self.vectors = self.add_weight(shape, "zeros", trainable=False, name="vectors")
        self.built = True

    @property
    def label_weights(self) -> list:
        """The weights that depend on the tags."""
        return self.emit.weights

    @property
    def kept_weights(self) -> list:
        """What a run that begins from this one keeps."""
        return [*self.trainable_weights, self.drop_rates]

    def adapt(self, batches: Iterable[tuple[Any, Any]]) -> None:
        """Count the words, and set the rate of word dropout of each.

        Words that do not occur keep the rate of a run that they come from; those that have only a
        pretrained vector are always replaced by UNK.

        Args:
            batches: features [batch, time, columns] and tags of all training sentences.
        """
        counts = np.zeros(self.vocabulary_size, int)
        for features, *_ in batches:
            words = ops.convert_to_numpy(features[:, :, WORD]).ravel()
            counts += np.bincount(words, minlength=len(counts))
        seen = np.maximum(counts, 1).astype("float32")
        rates = self.word_dropout_alpha / (self.word_dropout_alpha + seen)
        before = ops.convert_to_numpy(self.drop_rates)  # 0: not known before
        rates = np.where(counts > 0, rates, np.where(before > 0, before, 1.0))
        rates[: UNK + 1] = 0  # padding and UNK itself
        self.drop_rates.assign(rates)

    def call(self, features: Any, training: bool | None = None, presence: Any = None) -> Any:
        first = -len(self.category_embeddings)  # of the categorical columns, from the end
        words = features[:, :, WORD]
        mask = words != 0
        pretrained = [ops.take(self.vectors, words, axis=0)] if self.vector_size else []
        rates = ops.take(self.drop_rates, words)
        draw = keras.random.uniform(ops.shape(words), seed=self.generator) if training else 0.999
        words = ops.where(draw < rates, ops.full_like(words, UNK), words)
        offsets = ops.arange(self.affix_end - AFFIXES, dtype="int32") * 7919  # "in-" is not "-in"
        affixes = (features[:, :, AFFIXES : self.affix_end] // 2 + offsets) % self.affix_buckets
        spelled = self.drop_spelling(ops.ones_like(words, self.compute_dtype), training=training)
        spelled = ops.cast(spelled > 0, self.compute_dtype)[:, :, None]  # [batch, time, 1]
        x = self.word_embedding(words) + spelled * ops.sum(self.affix_embedding(affixes), axis=2)
        shapes = self.shape_embedding(features[:, :, SHAPE] % 1000)
        letters = spelled * self.spell(features[:, :, CHARACTERS : first or None])
        categories = [
            embedding(features[:, :, column])
            for column, embedding in enumerate(self.category_embeddings, start=first)
        ]
        x = self.drop_embedding(
            ops.concatenate([x, shapes, letters, *pretrained, *categories], -1), training=training
        )
        if presence is not None:
            x = x * ops.expand_dims(ops.cast(presence, x.dtype), -1)
        x = self.encoder(x, mask=mask, training=training)  # [batch, time, encoded]
        return self.emit(self.drop(x, training=training))

    def compute_output_shape(self, features_shape: tuple) -> tuple:
        return (*features_shape[:2], self.tags)

    def get_config(self) -> dict:
        cell = name_of_cell(self._options["cell"])
        return {**super().get_config(), **self._options, "cell": cell}
