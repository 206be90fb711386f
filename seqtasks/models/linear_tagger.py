"""LinearTagger: features of words -> emissions, a linear model of a window of five words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from seqtasks.features.columns import (
    AFFIXES,
    CHARACTERS,
    EXACT,
    FOLDED,
    SHAPE,
    SUFFIX_2,
    SUFFIX_3,
)

# Two numbers are hashed as (first % P) * P + second % P, which stays within 32-bit integers.
P = 46_337
Q = 32_749

# Feature templates: (column, offset from the word), and conjunctions of two of these.
SINGLE = (
    *((FOLDED, place) for place in (-2, -1, 0, 1, 2)),
    *((SHAPE, place) for place in (-1, 0, 1)),
    *((column, 0) for column in (EXACT, *range(AFFIXES, CHARACTERS))),
    *((SUFFIX_3, place) for place in (-1, 1)),
)
PAIRS = (
    ((FOLDED, -1), (FOLDED, 0)),
    ((FOLDED, 0), (FOLDED, 1)),
    ((FOLDED, -1), (FOLDED, 1)),
    ((SHAPE, -1), (SHAPE, 0)),
    ((SHAPE, 0), (SHAPE, 1)),
    ((FOLDED, -1), (SHAPE, 0)),
    ((SUFFIX_2, -1), (SUFFIX_3, 0)),
    ((SUFFIX_3, 0), (SUFFIX_2, 1)),
    ((FOLDED, -1), (SUFFIX_3, 0)),
    ((SUFFIX_3, 0), (FOLDED, 1)),
)


def templates(categories: int) -> tuple[Sequence, Sequence]:
    """Single templates and conjunctions, with those of so many columns after `CHARACTERS - 1`.

    Of a categorical column its values in a window of five, and conjunctions of neighbouring values
    and of value and word.
    """
    added = [CHARACTERS + n for n in range(categories)]
    singles = [(column, place) for column in added for place in (-2, -1, 0, 1, 2)]
    pairs = [
        pair
        for column in added
        for pair in (
            ((column, -1), (column, 0)),
            ((column, 0), (column, 1)),
            ((column, 0), (FOLDED, 0)),
        )
    ]
    return (*SINGLE, *singles), (*PAIRS, *pairs)


@keras.saving.register_keras_serializable(package="seqtasks")
class LinearTagger(keras.Model):
    """A sum of weights over words, shapes and affixes in a window: a CRF's classical features.

        y_t = b + γ Σ_f W[hash(f, t)]

    Args:
        tags: number of tags.
        buckets: number of hash buckets; two features in one bucket share their weights.
        dropout: dropout rate of features in training.
        weight_scale: γ, scale of the trained weights, which acts as a learning-rate multiplier
            relative to the other members of an ensemble.
        categories: number of categorical columns, the last columns of the features.

    Call arguments:
        features: integers [batch, time, columns] as `seqtasks.features.WordFeatures` makes them.
        training: whether to apply dropout.
        presence: float [batch, time], how much of each word is there, 0 to 1, to explain what was
            predicted; None for all of it. It scales features, by the product of
            theirs where they are of two words.

    Returns:
        Emissions [batch, time, tags].

    Reference:
        Lafferty, McCallum and Pereira, Conditional random fields, 2001; Weinberger et al.,
        arXiv:0902.2206 (hashing).
    """

    def __init__(
        self,
        tags: int,
        *,
        buckets: int = 2**18,
        dropout: float = 0.0,
        weight_scale: float = 5.0,
        categories: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._options = {
            "tags": tags,
            "buckets": buckets,
            "dropout": dropout,
            "weight_scale": weight_scale,
            "categories": categories,
        }
        self.tags, self.buckets, self.weight_scale = tags, buckets, weight_scale
        self.drop = keras.layers.Dropout(dropout)
        self.categories = categories

    def build(self, features_shape: tuple) -> None:
        self.table = self.add_weight((self.buckets, self.tags), "zeros", name="weights")
        self.bias = self.add_weight((self.tags,), "zeros", name="bias")
        self.built = True

    @property
    def label_weights(self) -> list:
        """The weights that depend on the tags: all."""
        return self.weights

    def places(self, features: Any) -> Any:
        """Features [batch, time, columns] -> rows of the table [batch, time, templates]."""
        steps = ops.shape(features)[1]
        columns = features[:, :, :CHARACTERS]
        if self.categories:
            columns = ops.concatenate([columns, features[:, :, -self.categories :]], axis=-1)
        wide = ops.pad(columns, [[0, 0], [2, 2], [0, 0]])

        # All columns of the five places beside each other, of which templates are picked.
        near = [wide[:, place : place + steps] for place in range(5)]
        near = ops.concatenate(near, axis=-1)  # [batch, time, 5 * columns]

        def read(chosen: Sequence[tuple[int, int]]) -> Any:
            at = [(2 + place) * (CHARACTERS + self.categories) + column for column, place in chosen]
            return ops.take(near, np.array(at, np.int32), axis=-1)

        singles, pairs = templates(self.categories)
        number = np.arange(1, len(singles) + len(pairs) + 1, dtype=np.int32) * 7919
        first, second = zip(*pairs, strict=True)
        mixed = (read(first) % P) * P + read(second) % P
        values = read(singles)
        of_singles = (values % Q) * P + (values // Q + number[: len(singles)]) % P
        of_pairs = (mixed % Q) * P + (mixed // Q + number[len(singles) :]) % P
        return ops.concatenate([of_singles, of_pairs], axis=-1) % self.buckets

    def call(self, features: Any, training: bool | None = None, presence: Any = None) -> Any:
        places = self.places(features)
        rows = ops.take(self.table, places, axis=0)  # [batch, time, templates, tags]
        read = self.drop(ops.ones_like(places, self.compute_dtype), training=training)
        if presence is not None:
            read = read * self._presence(presence)
        return self.bias + self.weight_scale * ops.einsum("btf,btfc->btc", read, rows)

    def _presence(self, presence: Any) -> Any:
        """How much of each template's words is there: [batch, time] -> [batch, time, templates]."""
        steps = ops.shape(presence)[1]
        wide = ops.pad(presence, [[0, 0], [2, 2]], constant_values=1.0)  # the ends are there
        near = {place: wide[:, 2 + place : 2 + place + steps] for place in range(-2, 3)}
        singles, pairs = templates(self.categories)
        of_pairs = [near[first] * near[second] for (_, first), (_, second) in pairs]
        return ops.stack([*(near[place] for _, place in singles), *of_pairs], axis=-1)

    def compute_output_shape(self, features_shape: tuple) -> tuple:
        return (*features_shape[:2], self.tags)

    def get_config(self) -> dict:
        return {**super().get_config(), **self._options}
