"""WordDropout: words that go unread in training."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_rate
from seqtasks.layers.dropout import kept


@keras.saving.register_keras_serializable(package="seqtasks")
class WordDropout(keras.layers.Layer):
    """Replaces ids by the unknown word's at random while training.

    The network learns not to hang on single words, and what to make of unknown ones.

    Args:
        rate: share of the real steps to replace.
        unknown: the unknown word's id.
        padding: the id that is never replaced.
        seed: of the draw.

    Call arguments:
        ids: integers [batch, time].
        training: whether to replace at all.

    Returns:
        ids, [batch, time].

    Masking:
        A mask that comes in is passed on; ids that are `padding` stay as they are.

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
        dropped = ops.logical_not(kept(ops.shape(ids), self.rate, self.generator))
        hit = ops.logical_and(dropped, ops.not_equal(ids, self.padding))
        return ops.where(hit, ops.full_like(ids, self.unknown), ids)

    def compute_output_shape(self, ids_shape: tuple) -> tuple:
        return ids_shape

    def get_config(self) -> dict:
        names = ("rate", "unknown", "padding", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
