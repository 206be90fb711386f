"""Tokenizers by name, fitted to texts."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from seqtasks.text.byte_pairs import BytePairTokenizer
from seqtasks.text.subwords import SubwordTokenizer
from seqtasks.text.tokenizers import Tokenizer, split_characters, split_words


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
