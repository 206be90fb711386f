"""Respelling: some capitalized words of a sentence are read as others with that capital."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.features.columns import CHARACTERS, EXACT, FOLDED, SHAPE, WORD


@keras.saving.register_keras_serializable(package="seqtasks")
class Respelling(keras.layers.Layer):
    """In training, gives some words inside sentences the spelling of others, but not their case.

    A network that has seen "thu" as a verb a hundred times takes the name "Thu" for a verb, too, as
    every name in training has a word vector of its own to speak for it. Read as any other word with
    a capital (or digits, as "mp3" for "a7") now and then, a name is known by its shape and place.

    Args:
        share: of the words that are not all lower-case letters, first words left out.

    Call arguments:
        features: integers [batch, time, columns] as `seqtasks.text.WordFeatures` makes them.
        training: whether to do it.

    Returns:
        Features of the same shape. The shape and the first character stay.
    """

    def __init__(self, share: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.share = share
        self.generator = keras.random.SeedGenerator()

    def call(self, features: Any, training: bool | None = None) -> Any:
        if not training or not self.share:
            return features
        other = ops.flip(features, axis=0)  # batches are shuffled: any sentence of like length
        draw = keras.random.uniform(ops.shape(features)[:2], seed=self.generator)
        chosen = (features[:, :, EXACT] != features[:, :, FOLDED]) & (other[:, :, WORD] != 0)
        chosen = chosen & (draw < self.share)
        chosen = chosen & (ops.arange(ops.shape(features)[1]) > 0)
        exact = features[:, :, EXACT:FOLDED] // 2 + other[:, :, EXACT:FOLDED] // 2
        mixed = [
            other[:, :, :SHAPE],
            features[:, :, SHAPE:EXACT],
            exact,
            other[:, :, FOLDED:CHARACTERS],
            features[:, :, CHARACTERS : CHARACTERS + 1],
            other[:, :, CHARACTERS + 1 :],
        ]
        return ops.where(chosen[:, :, None], ops.concatenate(mixed, axis=-1), features)

    def compute_output_shape(self, features_shape: tuple) -> tuple:
        return features_shape

    def get_config(self) -> dict:
        return {**super().get_config(), "share": self.share}
