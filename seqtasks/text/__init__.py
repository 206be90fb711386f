"""Strings <-> ids, in TensorFlow graph operations."""

from seqtasks.text.tokenizers import (
    Splitter,
    Tokenizer,
    clean,
    padded,
    split_characters,
    split_words,
)
from seqtasks.text.unicode import normalize_nfc
from seqtasks.text.vocabulary import END, PAD, SPECIALS, START, UNK, Vocabulary

__all__ = [
    "END",
    "PAD",
    "SPECIALS",
    "START",
    "UNK",
    "Splitter",
    "Tokenizer",
    "Vocabulary",
    "clean",
    "normalize_nfc",
    "padded",
    "split_characters",
    "split_words",
]
