"""Tokenizers by name, fitted to texts, and what there is to say of them then."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import tensorflow as tf

from seqtasks.text.byte_pairs import BytePairTokenizer
from seqtasks.text.subwords import SubwordTokenizer
from seqtasks.text.tokenizers import Tokenizer, chunks, split_characters, split_words
from seqtasks.text.vocabulary import SPECIALS


def fit_tokenizer(
    kind: str, texts: Iterable[str], *, max_size: int, max_length: int, lowercase: bool = False
) -> Tokenizer | SubwordTokenizer:
    """A tokenizer with what it has learned from texts.

    Args:
        kind: "unigram" or "bpe" (subwords), "word" or "character".
        texts: read once.
        max_size: most tokens to know, specials not counted.
        max_length: texts are cut after this many tokens.
        lowercase: lower-case first.

    Raises:
        InputError: fewer subwords wanted than there are different characters.
    """
    options = {"max_size": max_size, "max_length": max_length}
    subwords = {"unigram": SubwordTokenizer, "bpe": BytePairTokenizer}
    if kind in subwords:
        return subwords[kind].fit(texts, lowercase=lowercase, **options)
    split, separator = {"word": (split_words, " "), "character": (split_characters, "")}[kind]
    cut = functools.partial(split, lowercase=lowercase)
    return Tokenizer.fit(texts, cut, separator=separator, **options)


def notes_on(
    tokenizer: Tokenizer | SubwordTokenizer, texts: Iterable[str], max_size: int
) -> tuple[str, ...]:
    """What a user should know of a fitted tokenizer: texts that are cut, a smaller vocabulary.

    Args:
        tokenizer: from `fit_tokenizer`.
        texts: read once.
        max_size: what was asked for.
    """
    limit, known = tokenizer.max_length, len(tokenizer.vocabulary) - len(SPECIALS)
    notes: tuple[str, ...] = ()
    if known < max_size:
        notes += (f"a vocabulary of {known:,} tokens, not {max_size:,}: the texts have no more",)
    long = (text for text in texts if len(text) + 1 >= limit)  # others have not as many tokens
    full = 0
    for chunk in chunks(long):
        full += int(tf.reduce_sum(tf.cast(tokenizer(chunk).row_lengths() >= limit, tf.int32)))
    if full:
        notes += (
            f"{full:,} training sentences fill the limit of {limit} tokens; what is beyond it is "
            "cut off (--max-length)",
        )
    return notes
