"""Tokenizers by name, fitted to texts, and notes on them for the user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import tensorflow as tf

from seqtasks.text.special_ids import SPECIALS
from seqtasks.text.subwords.byte_pairs import BytePairTokenizer
from seqtasks.text.subwords.unigram import SubwordTokenizer
from seqtasks.text.tokenizers import Tokenizer, chunks


def fit_tokenizer(
    kind: str,
    texts: Iterable[str],
    *,
    max_size: int,
    max_length: int | None = None,
    min_count: int = 1,
    lowercase: bool = False,
    verbatim: bool = False,
) -> Tokenizer | SubwordTokenizer:
    """Fit a tokenizer to texts.

    Args:
        kind: "unigram" or "bpe" (subwords), "word" or "character".
        texts: read once.
        max_size: maximum size of the vocabulary, specials not counted.
        max_length: texts are cut after this many tokens; None keeps them whole.
        min_count: words and characters with fewer occurrences become UNK.
        lowercase: lower-case first.
        verbatim: keep blanks, line ends and case, so that decoded text equals the text; words are
            then separated by blanks alone.

    Raises:
        InputError: fewer subwords wanted than there are different characters.
        ValueError: both `lowercase` and `verbatim`.
    """
    if lowercase and verbatim:
        raise ValueError("Expected at most one of `lowercase` and `verbatim`. Received both.")
    options = {"max_size": max_size, "max_length": max_length}
    subwords = {"unigram": SubwordTokenizer, "bpe": BytePairTokenizer}
    if kind in subwords:
        return subwords[kind].fit(texts, lowercase=lowercase, verbatim=verbatim, **options)
    words, characters = ("blanks", "verbatim") if verbatim else ("words", "characters")
    split, separator = {"word": (words, " "), "character": (characters, "")}[kind]
    return Tokenizer.fit(
        texts,
        split,
        lowercase=lowercase,
        separator=separator,
        min_count=min_count,
        **options,
    )


def tokenizer_from_config(config: Mapping[str, Any]) -> Tokenizer | SubwordTokenizer:
    """The tokenizer whose `get_config` returned this."""
    classes = (Tokenizer, SubwordTokenizer, BytePairTokenizer)
    made_by = {one.__name__: one.from_config for one in classes}
    return made_by[config["class_name"]](config)


def notes_on(
    tokenizer: Tokenizer | SubwordTokenizer, texts: Iterable[str], max_size: int
) -> tuple[str, ...]:
    """Notes for the user on a fitted tokenizer: truncated texts, a smaller vocabulary.

    Args:
        tokenizer: from `fit_tokenizer`.
        texts: read once.
        max_size: what was asked for.
    """
    limit, known = tokenizer.max_length, len(tokenizer.vocabulary) - len(SPECIALS)
    notes: tuple[str, ...] = ()
    if known < max_size:
        notes += (f"a vocabulary of {known:,} tokens, not {max_size:,}: the texts have no more",)
    if limit is None:
        return notes
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
