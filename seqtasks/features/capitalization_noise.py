"""CapitalizationNoise: training-time augmentation of capitalized words."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.features.columns import CHARACTERS, EXACT, FOLDED, SHAPE, WORD


@keras.saving.register_keras_serializable(package="seqtasks")
class CapitalizationNoise(keras.layers.Layer):
    """Replaces the spelling of some capitalized words, but not their capitalization, in training.

    A network that has seen "thu" as a verb a hundred times takes the name "Thu" for a verb too, as
    every name of the training data has a well-trained word vector of its own. With the word
    identity, affixes and characters of another word now and then, names must be recognised by
    shape and context.

    Args:
        rate: fraction of the affected words whose spelling is replaced; 0 turns the noise off.
            Affected are words that are not all lower-case letters ("Thu", "mp3"), except the first
            of a sentence.
        categories: number of categorical columns, the last ones, which stay with their word.

    Call arguments:
        features: integers [batch, time, columns] as `seqtasks.features.WordFeatures` makes them.
        training: whether to apply it.

    Returns:
        Features of the same shape. The shape and the first character of each word stay.
    """

    def __init__(self, rate: float, categories: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate, self.categories = rate, categories
        self.generator = keras.random.SeedGenerator()

    def call(self, features: Any, training: bool | None = None) -> Any:
        if not training or not self.rate:
            return features
        other = ops.flip(features, axis=0)  # batches are shuffled: any sentence of similar length
        draw = keras.random.uniform(ops.shape(features)[:2], seed=self.generator)
        chosen = (features[:, :, EXACT] != features[:, :, FOLDED]) & (other[:, :, WORD] != 0)
        chosen = chosen & (draw < self.rate)
        chosen = chosen & (ops.arange(ops.shape(features)[1]) > 0)
        exact = features[:, :, EXACT:FOLDED] // 2 + other[:, :, EXACT:FOLDED] // 2
        end = -self.categories or None
        mixed = [
            other[:, :, :SHAPE],
            features[:, :, SHAPE:EXACT],
            exact,
            other[:, :, FOLDED:CHARACTERS],
            features[:, :, CHARACTERS : CHARACTERS + 1],
            other[:, :, CHARACTERS + 1 : end],
            *([features[:, :, end:]] if end else []),
        ]
        return ops.where(chosen[:, :, None], ops.concatenate(mixed, axis=-1), features)

    def compute_output_shape(self, features_shape: tuple) -> tuple:
        return features_shape

    def get_config(self) -> dict:
        return {**super().get_config(), "rate": self.rate, "categories": self.categories}
