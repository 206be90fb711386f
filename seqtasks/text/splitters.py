"""Texts -> tokens, in TensorFlow graph operations: words, characters, blank-separated words.

A splitter is a function from texts to ragged tokens. It runs on whole batches, in the training
pipeline and inside the SavedModel.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import tensorflow as tf

from seqtasks.text.normalization import normalize_nfc, valid_utf8

Splitter = Callable[[tf.Tensor], tf.RaggedTensor]


def clean(texts: tf.Tensor, *, lowercase: bool) -> tf.Tensor:
    """Valid UTF-8 in NFC, control characters and any run of blanks as one space.

    Args:
        texts: strings, `[batch]`; invalid UTF-8 becomes U+FFFD.
        lowercase: also lower-case, in all scripts.

    Returns:
        Strings, `[batch]`.
    """
    texts = valid_utf8(texts)
    texts = tf.strings.regex_replace(texts, r"[\s\p{Z}\p{Cc}]+", " ")
    if lowercase:  # before composing: what is composed in upper case may not be in lower case
        texts = tf.strings.lower(texts, encoding="utf-8")
    return tf.strings.strip(normalize_nfc(texts))


def split_words(texts: tf.Tensor, *, lowercase: bool = True) -> tf.RaggedTensor:
    """Words: runs of letters, marks, digits and "_"; every other character stands alone.

    English contractions are cut as the Penn Treebank cuts them ("don't" -> "do n't", "it's" ->
    "it 's"), so raw and pre-tokenized text meet. Ideographs (Han) stand alone too.

    Args:
        texts: strings, `[batch]`.
        lowercase: lower-case first.

    Returns:
        Tokens, `[batch, (words)]`.
    """
    return tf.strings.split(
        tf.strings.regex_replace(cut_words(clean(texts, lowercase=lowercase)), CUT, " ")
    )


# Stands where `cut_words` cuts; a control character, so `clean` has left none of it.
CUT = "\x03"


def cut_words(texts: tf.Tensor) -> tf.Tensor:
    """Texts `[batch]` without control characters -> the same with `CUT` between words.

    Nothing else is changed but the kind of an apostrophe, so places in the text can be told.
    """
    for pattern, replacement in (
        ("[’`´]", "'"),
        # U+0002 marks the ends of words (RE2's \b knows ASCII only), U+0001 guards the apostrophes
        # of contractions.
        (r"([\p{L}\p{M}\p{N}_]+)", "\\1\x02"),
        (r"(?i)(n)\x02?'(t)\x02", "\x02\x03\\1\x01\\2\x03"),
        (r"(?i)'(s|re|ve|ll|d|m)\x02", "\x03\x01\\1\x03"),
        ("\x02", ""),
        (r"([^\s\p{L}\p{M}\p{N}_\x01\x03]|\p{Han})", "\x03\\1\x03"),
        ("\x01", "'"),
    ):
        texts = tf.strings.regex_replace(texts, pattern, replacement)
    return texts


def split_characters(texts: tf.Tensor, *, lowercase: bool = False) -> tf.RaggedTensor:
    """Unicode characters (code points after NFC), blanks folded to one space.

    Args:
        texts: strings, `[batch]`.
        lowercase: lower-case first.

    Returns:
        Tokens, `[batch, (characters)]`.
    """
    return tf.strings.unicode_split(clean(texts, lowercase=lowercase), "UTF-8")


def split_verbatim(texts: tf.Tensor) -> tf.RaggedTensor:
    """Unicode characters unchanged, blanks and line ends included; only NFC is applied.

    Args:
        texts: strings, `[batch]`; invalid UTF-8 becomes U+FFFD.

    Returns:
        Tokens, `[batch, (characters)]`; joined with "" they are the text again.
    """
    texts = valid_utf8(texts)
    return tf.strings.unicode_split(normalize_nfc(texts), "UTF-8")


def split_blanks(texts: tf.Tensor) -> tf.RaggedTensor:
    """Words separated by blanks, and line ends as tokens of their own.

    Args:
        texts: strings, `[batch]`; invalid UTF-8 becomes U+FFFD.

    Returns:
        Tokens, `[batch, (words)]`; joined with " " they are the text again but for the number of
        blanks, and blanks around line ends.
    """
    texts = valid_utf8(texts)
    texts = tf.strings.regex_replace(normalize_nfc(texts), r"\r?\n", " \n ")
    texts = tf.strings.regex_replace(texts, r"[^\S\n]+", " ")
    words = tf.strings.split(texts, " ")
    return tf.ragged.boolean_mask(words, words != "")


SPLITTERS: dict[str, Callable[..., tf.RaggedTensor]] = {
    "words": split_words,
    "characters": split_characters,
    "verbatim": split_verbatim,
    "blanks": split_blanks,
}


def splitter(split: str | Splitter, lowercase: bool) -> Splitter:
    """The splitter of a name in `SPLITTERS`, or the function as it is."""
    if not isinstance(split, str):
        return split
    if split not in SPLITTERS:
        raise ValueError(f"Expected a splitter out of {', '.join(SPLITTERS)}. Received {split!r}.")
    verbatim = split in ("verbatim", "blanks")
    if verbatim and lowercase:
        raise ValueError(f"Expected no `lowercase` with the splitter {split!r}. Received True.")
    chosen = SPLITTERS[split]
    return chosen if verbatim else functools.partial(chosen, lowercase=lowercase)
