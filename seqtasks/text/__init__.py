"""Strings <-> ids, in TensorFlow graph operations."""

from seqtasks.text.byte_pairs import BytePairTokenizer
from seqtasks.text.kinds import fit_tokenizer, notes_on
from seqtasks.text.subwords import BLANK, SubwordTokenizer, split_for_subwords
from seqtasks.text.targets import after_start, teacher_forced, with_end
from seqtasks.text.tokenizers import (
    CUT,
    Splitter,
    Tokenizer,
    clean,
    cut_words,
    id_arrays,
    padded,
    split_blanks,
    split_characters,
    split_verbatim,
    split_words,
)
from seqtasks.text.unicode import normalize_nfc, valid_utf8
from seqtasks.text.vectors import read_vectors, vector_rows, vectors_for
from seqtasks.text.vocabulary import END, PAD, SPECIALS, START, UNK, Vocabulary
from seqtasks.text.word_features import WordFeatures, normal_forms, split_tokens

__all__ = [
    "BLANK",
    "CUT",
    "END",
    "PAD",
    "SPECIALS",
    "START",
    "UNK",
    "BytePairTokenizer",
    "Splitter",
    "SubwordTokenizer",
    "Tokenizer",
    "Vocabulary",
    "WordFeatures",
    "after_start",
    "clean",
    "cut_words",
    "fit_tokenizer",
    "id_arrays",
    "normal_forms",
    "normalize_nfc",
    "notes_on",
    "padded",
    "read_vectors",
    "split_blanks",
    "split_characters",
    "split_for_subwords",
    "split_tokens",
    "split_verbatim",
    "split_words",
    "teacher_forced",
    "valid_utf8",
    "vector_rows",
    "vectors_for",
    "with_end",
]
