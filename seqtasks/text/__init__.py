"""Strings <-> ids, in TensorFlow graph operations."""

from seqtasks.text.edit_rules import apply_rule, rule_of
from seqtasks.text.lemmatizer import Lemmatizer
from seqtasks.text.normalization import normalize_nfc, valid_utf8
from seqtasks.text.special_ids import END, FIRST_TOKEN, PAD, SPECIALS, START, UNK
from seqtasks.text.splitters import (
    CUT,
    Splitter,
    clean,
    cut_words,
    split_blanks,
    split_characters,
    split_verbatim,
    split_words,
)
from seqtasks.text.subwords.byte_pairs import BytePairTokenizer
from seqtasks.text.subwords.unigram import BLANK, SubwordTokenizer, split_for_subwords
from seqtasks.text.teacher_forcing import after_start, teacher_forced, with_end
from seqtasks.text.tokenizer_factory import fit_tokenizer, notes_on, tokenizer_from_config
from seqtasks.text.tokenizers import Tokenizer, cut_by, id_arrays, padded
from seqtasks.text.vocabulary import Vocabulary

__all__ = [
    "BLANK",
    "CUT",
    "END",
    "FIRST_TOKEN",
    "PAD",
    "SPECIALS",
    "START",
    "UNK",
    "BytePairTokenizer",
    "Lemmatizer",
    "Splitter",
    "SubwordTokenizer",
    "Tokenizer",
    "Vocabulary",
    "after_start",
    "apply_rule",
    "clean",
    "cut_by",
    "cut_words",
    "fit_tokenizer",
    "id_arrays",
    "normalize_nfc",
    "notes_on",
    "padded",
    "rule_of",
    "split_blanks",
    "split_characters",
    "split_for_subwords",
    "split_verbatim",
    "split_words",
    "teacher_forced",
    "tokenizer_from_config",
    "valid_utf8",
    "with_end",
]
