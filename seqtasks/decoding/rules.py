"""Constraints on decoded sequences: banned ids, lengths, repetition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops


@dataclass(frozen=True)
class Rules:
    """Constraints on decoded sequences; the defaults fit the special ids PAD, UNK, START and END.

    Args:
        end: the id that ends a sequence; None always decodes sequences of full length.
        banned: ids never emitted.
        minimum_length: number of ids before `end` is allowed.
        no_repeat_ngram: no n-gram of this length occurs twice in a sequence; 0 allows all.
    """

    end: int | None = 3
    banned: tuple[int, ...] = (0, 1, 2)
    minimum_length: int = 0
    no_repeat_ngram: int = 0

    def __post_init__(self) -> None:
        """Refuse rules that allow no id."""
        if self.end is not None and self.end in self.banned:
            raise ValueError(
                f"Rules: expected an `end` that may be emitted, received end={self.end} among "
                f"banned={self.banned}. Take it out of `banned`, or pass end=None."
            )
        for name in ("minimum_length", "no_repeat_ngram"):
            if getattr(self, name) < 0:
                raise ValueError(
                    f"Rules: expected {name} to be 0 or more, received {getattr(self, name)}. "
                    "Pass 0 to turn it off."
                )

    def apply(self, scores: Any, ids: Any, step: Any, limits: Any) -> Any:
        """Scores with minus infinity for ids that are not allowed.

        Args:
            scores: logits or log-probabilities, float32 [rows, vocabulary].
            ids: the ids emitted so far, int32 [rows, length]; values from `step` on are ignored.
            step: number of ids emitted so far, a scalar.
            limits: maximum length of each row, `end` included, int32 [rows].

        Returns:
            float32 [rows, vocabulary]. At a row's limit only `end` is allowed.
        """
        vocabulary = np.arange(scores.shape[-1])
        forbidden = ops.convert_to_tensor(np.isin(vocabulary, self.banned))[None]  # [1, vocabulary]
        if self.no_repeat_ngram:
            repeated = _repeats(ids, step, self.no_repeat_ngram, scores.shape[-1])
            forbidden = ops.logical_or(forbidden, repeated)
        if self.end is not None:
            is_end = ops.convert_to_tensor(vocabulary == self.end)[None]
            early = ops.logical_and(is_end, step < self.minimum_length)
            last = ops.expand_dims(step + 1 >= limits, -1)  # [rows, 1]
            forbidden = ops.where(last, ops.logical_not(is_end), ops.logical_or(forbidden, early))
        return ops.where(forbidden, ops.full_like(scores, -np.inf), scores)


def _repeats(ids: Any, step: Any, size: int, vocabulary: int) -> Any:
    """The ids that would repeat an n-gram of length `size`, bool [rows, vocabulary]."""
    length = ids.shape[-1] if ids.shape[-1] is not None else ops.shape(ids)[-1]
    columns = ops.arange(length)
    # Position i begins a complete n-gram, whose first size - 1 ids equal the last size - 1 ids.
    same = ops.expand_dims(columns + size <= step, 0)  # [1, length]
    for n in range(size - 1):
        here = ops.cast(columns == step - (size - 1) + n, ids.dtype)  # of the last size - 1 ids
        wanted = ops.sum(ids * here, axis=-1, keepdims=True)  # [rows, 1]
        same = ops.logical_and(same, ops.roll(ids, -n, axis=-1) == wanted)
    followers = ops.where(same, ops.roll(ids, -(size - 1), axis=-1), -1)  # [rows, length]
    found = ops.one_hot(followers, vocabulary, dtype="int8")  # [rows, length, vocabulary]
    return ops.max(found, axis=1) > 0
