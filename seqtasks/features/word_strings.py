"""Forms of words as strings in the graph: normal form, shape, ends, hashes."""

from __future__ import annotations

import tensorflow as tf

from seqtasks.text.normalization import normalize_nfc, valid_utf8

HASHES = 2**31 - 1


def tokenwise_nfc(tokens: tf.Tensor) -> tf.Tensor:
    """Tokens `[tokens]` as valid UTF-8 in NFC."""
    return normalize_nfc(valid_utf8(tokens))


def normal_form(tokens: tf.Tensor) -> tf.Tensor:
    """Tokens `[tokens]` in lower case, digits as 0, web addresses and user names as one each."""
    tokens = tf.strings.regex_replace(tokens, r"\p{Nd}", "0")
    tokens = tf.strings.regex_replace(tokens, r"^(?:(?i)https?:|www\.)\S+$", "[address]")
    tokens = tf.strings.regex_replace(tokens, r"^@[\w.]+$", "[user]")
    return tf.strings.lower(tokens, encoding="utf-8")


def shape(tokens: tf.Tensor) -> tf.Tensor:
    """Tokens `[tokens]` with X for upper case, x for other letters, d for digits; runs are cut."""
    tokens = tf.strings.substr(tokens, 0, 40, unit="UTF8_CHAR")
    for pattern, replacement in (
        (r"\p{Nd}", "\x01"),
        (r"\p{Lu}|\p{Lt}", "\x02"),
        (r"\p{L}|\p{M}", "x"),
        ("\x02", "X"),
        ("\x01", "d"),
        ("x{3,}", "xx"),
        ("X{3,}", "XX"),
        ("d{3,}", "dd"),
    ):
        tokens = tf.strings.regex_replace(tokens, pattern, replacement)
    return tf.strings.substr(tokens, 0, 10, unit="UTF8_CHAR")


def ends(tokens: tf.Tensor, length: int) -> tf.Tensor:
    """Tokens with the middle left out where they are longer than `length` characters."""
    half = length // 2
    long = tf.strings.length(tokens, unit="UTF8_CHAR") > length
    return tf.where(long, first(tokens, length - half) + last(tokens, half), tokens)


def first(texts: tf.Tensor, length: int) -> tf.Tensor:
    """The first characters of texts."""
    return tf.strings.substr(texts, 0, length, unit="UTF8_CHAR")


def last(texts: tf.Tensor, length: int) -> tf.Tensor:
    """The last characters of texts."""
    start = tf.maximum(tf.strings.length(texts, unit="UTF8_CHAR") - length, 0)
    return tf.strings.substr(texts, start, tf.fill(tf.shape(texts), length), unit="UTF8_CHAR")


def hashed_string(texts: tf.Tensor) -> tf.Tensor:
    """Hashes of texts, int32 from 1 to `HASHES`."""
    return tf.cast(1 + tf.strings.to_hash_bucket_fast(texts, HASHES - 1), tf.int32)
