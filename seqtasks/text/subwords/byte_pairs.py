"""Byte-pair encoding: words are cut by merging characters, the first learned pair first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.text.special_ids import FIRST_TOKEN, PAD
from seqtasks.text.subwords.unigram import SubwordTokenizer
from seqtasks.text.vocabulary import Vocabulary

NEVER = np.int32(np.iinfo(np.int32).max)


class BytePairTokenizer(SubwordTokenizer):
    """Texts to ids of subwords, made by merging neighbours, and back.

        begin with characters; while a word has two neighbours whose union is a piece:
        unite those whose piece was learned first (the leftmost of equals)

    Args:
        vocabulary: the pieces, in the order in which they were learned.
        log_probabilities: falling along the pieces, as SentencePiece gives them; only the order
            counts.
        **options: those of `SubwordTokenizer`.

    Reference:
        Sennrich, Haddow and Birch, arXiv:1508.07909; Provilkov, Emelianenko and Voita,
        arXiv:1910.13267 (dropout).
    """

    kind = "bpe"

    def __init__(
        self, vocabulary: Vocabulary, log_probabilities: Sequence[float], **options: Any
    ) -> None:
        super().__init__(vocabulary, log_probabilities, **options)
        order = np.argsort(-np.asarray(log_probabilities, np.float32), kind="stable")
        self._ranks = np.full(len(vocabulary), NEVER)
        self._ranks[FIRST_TOKEN + order] = np.arange(len(order), dtype=np.int32)
        ids = {piece: n for n, piece in enumerate(vocabulary.tokens) if n >= FIRST_TOKEN}
        pairs = {
            (ids[piece[:cut]], ids[piece[cut:]]): whole
            for piece, whole in ids.items()
            for cut in range(1, len(piece))
            if piece[:cut] in ids and piece[cut:] in ids
        }
        keys = np.array(list(pairs), np.int64).reshape(-1, 2)
        # An attribute, so that a SavedModel tracks and initializes it. No pair has key 0.
        self._unions = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(
                tf.constant([0, *self._key(keys[:, 0], keys[:, 1])], tf.int64),
                tf.constant([0, *pairs.values()], tf.int64),
            ),
            default_value=0,
        )

    def __call__(  # pyright: ignore[reportIncompatibleMethodOverride] (draws by dropout instead)
        self, texts: tf.Tensor, *, dropout: float | None = None
    ) -> tf.RaggedTensor:
        """Texts `[batch]` -> ids, int32 `[batch, (time)]`.

        Args:
            texts: strings.
            dropout: how probable it is that a pair goes unseen, at each merge anew (BPE-dropout;
                the paper takes 0.1); None or 0 cuts each word the same way always.
        """
        return self._tokenize(texts, dropout or None)

    def _key(self, left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
        return left * len(self.vocabulary) + right

    def _cut(self, words: tf.Tensor, dropout: float | None, /) -> tf.RaggedTensor:
        """Words `[words]` -> ids of their pieces, int32 `[words, (pieces)]`."""
        ids = self.vocabulary.ids(tf.strings.unicode_split(words, "UTF-8")).to_tensor()
        ids = tf.pad(tf.cast(ids, tf.int64), [[0, 0], [0, 1]])  # 0 ends each word

        def unions(ids: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            """The merge of each pair of neighbours, `[words, width - 1]`, and its rank."""
            found = self._unions.lookup(self._key(ids[:, :-1], ids[:, 1:]))
            ranks = tf.gather(self._ranks, found)  # of 0, no piece: NEVER
            if dropout is not None:
                ranks = tf.where(tf.random.uniform(tf.shape(ranks)) < dropout, NEVER, ranks)
            return found, ranks

        def unite(ids: tf.Tensor, found: tf.Tensor, ranks: tf.Tensor) -> tuple:
            place = tf.argmin(ranks, axis=1, output_type=tf.int32)[:, None]
            some = tf.gather(ranks, place, batch_dims=1) < NEVER
            here = tf.range(tf.shape(found)[1])[None]
            united = tf.where(here < place, ids[:, :-1], ids[:, 1:])  # all after it move up
            united = tf.where(here == place, found, united)
            united = tf.pad(united, [[0, 0], [0, 1]])
            ids = tf.where(some, united, ids)
            found, ranks = unions(ids)
            return ids, found, tf.where(some, ranks, NEVER)  # a word that stood still is done

        ids, *_ = tf.while_loop(
            lambda ids, found, ranks: tf.reduce_any(ranks < NEVER), unite, (ids, *unions(ids))
        )
        return tf.ragged.boolean_mask(tf.cast(ids, tf.int32), ids != PAD)
