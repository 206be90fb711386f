"""What a decoder may emit where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops


@dataclass(frozen=True)
class Rules:
    """What a decoder may emit where; the defaults are those of a vocabulary with four specials.

    Args:
        end: the id that ends a sequence; None lets sequences run to their full length.
        banned: ids never emitted.
        minimum_length: ids before the end may come.
        no_repeat_ngram: no run of so many ids comes twice in a sequence; 0 allows all.
    """

    end: int | None = 3
    banned: tuple[int, ...] = (0, 1, 2)
    minimum_length: int = 0
    no_repeat_ngram: int = 0

    def __post_init__(self) -> None:
        """Refuse rules that leave nothing to emit."""
        if self.end is not None and self.end in self.banned:
            raise ValueError(
                f"Rules: expected an `end` that may be emitted, received end={self.end} among "
                f"banned={self.banned}. Take it out of `banned`, or pass end=None."
            )
        for name in ("minimum_length", "no_repeat_ngram"):
            if getattr(self, name) < 0:
                raise ValueError(
                    f"Rules: expected {name} to be 0 or more, received {getattr(self, name)}. "
                    "Pass 0 to do without."
                )

    def apply(self, scores: Any, ids: Any, step: Any, limits: Any) -> Any:
        """Scores with minus infinity where an id may not come.

        Args:
            scores: logits or log-probabilities, float32 [rows, vocabulary].
            ids: what was emitted so far, int32 [rows, length], anything from `step` on.
            step: number of ids emitted so far, a scalar.
            limits: most ids of each row, its end included, int32 [rows].

        Returns:
            float32 [rows, vocabulary]. At a row's limit only `end` is left.
        """
        places = np.arange(scores.shape[-1])
        forbidden = ops.convert_to_tensor(np.isin(places, self.banned))[None]  # [1, vocabulary]
        if self.no_repeat_ngram:
            repeated = _repeats(ids, step, self.no_repeat_ngram, scores.shape[-1])
            forbidden = ops.logical_or(forbidden, repeated)
        if self.end is not None:
            is_end = ops.convert_to_tensor(places == self.end)[None]
            early = ops.logical_and(is_end, step < self.minimum_length)
            last = ops.expand_dims(step + 1 >= limits, -1)  # [rows, 1]
            forbidden = ops.where(last, ops.logical_not(is_end), ops.logical_or(forbidden, early))
        return ops.where(forbidden, ops.full_like(scores, -np.inf), scores)


def _repeats(ids: Any, step: Any, size: int, vocabulary: int) -> Any:
    """The ids that would complete an n-gram of `size` anew, bool [rows, vocabulary]."""
    length = ids.shape[-1] if ids.shape[-1] is not None else ops.shape(ids)[-1]
    columns = ops.arange(length)
    # Place i begins an n-gram that was emitted whole, and all but its last id is what stands now.
    same = ops.expand_dims(columns + size <= step, 0)  # [1, length]
    for n in range(size - 1):
        here = ops.cast(columns == step - (size - 1) + n, ids.dtype)  # of the last size - 1 ids
        wanted = ops.sum(ids * here, axis=-1, keepdims=True)  # [rows, 1]
        same = ops.logical_and(same, ops.roll(ids, -n, axis=-1) == wanted)
    followers = ops.where(same, ops.roll(ids, -(size - 1), axis=-1), -1)  # [rows, length]
    found = ops.one_hot(followers, vocabulary, dtype="int8")  # [rows, length, vocabulary]
    return ops.max(found, axis=1) > 0
