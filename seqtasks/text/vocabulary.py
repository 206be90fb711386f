"""Tokens <-> ids, with four special tokens first in every vocabulary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import tensorflow as tf

from seqtasks.text.special_ids import FIRST_TOKEN, PAD, SPECIALS, UNK

# Counting forgets the rarest tokens beyond this many distinct ones, so memory stays bounded.
MAX_DISTINCT = 2_000_000


def frequencies(tokens: Iterable[Iterable[bytes]]) -> Counter[bytes]:
    """How often each token of a stream occurs, in bounded memory.

    Counts are exact up to `MAX_DISTINCT` distinct tokens in the stream; past that, the rarest
    tokens are dropped from time to time (lossy counting, Manku and Motwani 2002).

    Args:
        tokens: groups of UTF-8 tokens, read once.
    """
    counts: Counter[bytes] = Counter()
    missed: dict[bytes, int] = {}  # what a token may have been counted before it was forgotten
    floor = 0
    for group in tokens:
        counts.update(group)
        if floor:
            for token in group:
                missed.setdefault(token, floor)
        while len(counts) > MAX_DISTINCT:
            floor += 1
            kept = {t: n for t, n in counts.items() if n + missed.get(t, 0) > floor}
            counts = Counter(kept)
            missed = {token: missed.get(token, 0) for token in counts}
    return counts


class Vocabulary(tf.Module):
    """A fixed list of tokens; anything else is UNK.

    Ids 0 to 3 are PAD (""), UNK, START and END; `tokens[0]` has id 4.

    Args:
        tokens: the tokens, without the specials, each once.

    Raises:
        ValueError: a token is given twice or is a special.
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        super().__init__(name="vocabulary")
        self._all = (*SPECIALS, *tokens)
        repeated = [token for token, count in Counter(self._all).items() if count > 1]
        if repeated:
            raise ValueError(
                "Expected every token once, and none of the specials "
                f"{SPECIALS} among them. Received twice: {repeated[:5]}. Remove the repetitions."
            )
        # Names of specials are not keys: a literal "[END]" in a text is text, unknown like others.
        keys = (SPECIALS[PAD], *tokens)
        ids = [PAD, *range(FIRST_TOKEN, len(self._all))]
        # The table is an attribute so that a SavedModel tracks and initializes it.
        self._table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(tf.constant(keys), tf.constant(ids, tf.int64)),
            default_value=UNK,
        )

    @classmethod
    def fit(
        cls, tokens: Iterable[Iterable[bytes]], *, max_size: int, min_count: int = 1
    ) -> Vocabulary:
        """The most frequent tokens of a stream; ties go by alphabet (code points).

        Args:
            tokens: groups of UTF-8 tokens, read once.
            max_size: maximum number of tokens, specials not counted.
            min_count: tokens rarer than this are left out.
        """
        counts = frequencies(tokens)
        for special in SPECIALS:
            counts.pop(special.encode(), None)
        kept = [token for token, count in counts.items() if count >= min_count]
        kept.sort(key=lambda token: (-counts[token], token))
        return cls([token.decode() for token in kept[:max_size]])

    def __len__(self) -> int:
        """Number of ids, specials included."""
        return len(self._all)

    @property
    def tokens(self) -> tuple[str, ...]:
        """All tokens by id, specials included."""
        return self._all

    def ids(self, tokens: tf.Tensor | tf.RaggedTensor) -> tf.Tensor | tf.RaggedTensor:
        """Ids of tokens: string tensor of any shape -> int32 tensor of that shape."""
        return tf.cast(self._table.lookup(tokens), tf.int32)

    def lookup(self, ids: tf.Tensor | tf.RaggedTensor) -> tf.Tensor | tf.RaggedTensor:
        """Tokens of ids: integer tensor of any shape -> string tensor of that shape."""
        return tf.gather(tf.constant(self._all), ids)
