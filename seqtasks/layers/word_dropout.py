"""WordDropout: random words replaced by the unknown word in training."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_rate
from seqtasks.layers.dropout import keep_mask


@keras.saving.register_keras_serializable(package="seqtasks")
class WordDropout(keras.layers.Layer):
    """Replaces random ids by that of the unknown word in training.

    The network learns not to depend on single words, and trains the unknown word's embedding.

    Args:
        rate: fraction of the tokens that are replaced, 0 <= rate < 1; 0 turns it off.
        unknown: id of the unknown word.
        padding: id that is never replaced.
        seed: random seed; None takes one from Keras.

    Call arguments:
        ids: integers [batch, time].
        training: True replaces ids.

    Returns:
        ids, [batch, time].

    Masking:
        An incoming mask is passed on; ids equal to `padding` are kept.

    Example:
        >>> ids = WordDropout(0.1)(keras.ops.array([[5, 7, 0]]), training=True)

    Reference:
        Iyyer et al., Deep unordered composition rivals syntactic methods for text classification,
        2015.
    """

    def __init__(
        self,
        rate: float,
        unknown: int = 1,
        padding: int = 0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.rate = check_rate(rate, "rate", "WordDropout")
        self.unknown, self.padding, self.seed = unknown, padding, seed
        self.generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, ids: Any, training: bool | None = None) -> Any:
        if not training or not self.rate:
            return ids
        dropped = ops.logical_not(keep_mask(ops.shape(ids), self.rate, self.generator))
        replaced = ops.logical_and(dropped, ops.not_equal(ids, self.padding))
        return ops.where(replaced, ops.full_like(ids, self.unknown), ids)

    def compute_output_spec(self, ids: Any, training: bool | None = None) -> Any:
        return keras.KerasTensor(ids.shape, dtype=ids.dtype)

    def compute_output_shape(self, ids_shape: tuple) -> tuple:
        return ids_shape

    def get_config(self) -> dict:
        names = ("rate", "unknown", "padding", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
