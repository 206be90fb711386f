"""Tokens -> integer features of words, in TensorFlow graph operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import tensorflow as tf

from seqtasks.features.columns import AFFIX_LENGTHS, CHARACTERS
from seqtasks.text.normalization import normalize_nfc, valid_utf8
from seqtasks.text.special_ids import FIRST_TOKEN, PAD
from seqtasks.text.tokenizers import chunks
from seqtasks.text.vocabulary import Vocabulary

HASHES = 2**31 - 1


def split_tokens(sentences: tf.Tensor) -> tf.RaggedTensor:
    """Sentences `[batch]` of tokens joined by single spaces -> tokens, `[batch, (tokens)]`."""
    tokens = tf.strings.split(sentences, " ")
    return tf.ragged.boolean_mask(tokens, tokens != "")


class WordFeatures(tf.Module):
    """Integers for each token: its word, shape, affixes and characters.

    The columns, named in `seqtasks.features.columns`:

    | from | content |
    |---|---|
    | `WORD` | id of the normal form in `words`: lower case, digits as 0, web addresses and user
    names as one word each |
    | `SHAPE` | hash of the shape: "iPhone7" is "xXxxd", runs are cut to two characters |
    | `EXACT` | hash of the word as written |
    | `FOLDED` | hash of the normal form |
    | `AFFIXES` | hashes of the first 1, 2, 3, 4 characters in lower case, then of the last; then of
    the first and the last part of a word joined by `_` or `-`, as syllables are in Vietnamese |
    | `CHARACTERS` | ids in `characters`, padded with 0; the middle of a long word is left out |

    Hashes are from 1 to `HASHES`. Tokens are normalized to NFC first, and bytes that are not UTF-8
    become U+FFFD.

    Args:
        words: the vocabulary of normal forms.
        characters: the vocabulary of characters.
        max_characters: number of character columns; longer tokens keep their two ends.
    """

    def __init__(
        self, words: Vocabulary, characters: Vocabulary, *, max_characters: int = 20
    ) -> None:
        super().__init__(name="word_features")
        self.words = words
        self.characters = characters
        self.max_characters = max_characters

    @property
    def width(self) -> int:
        """Number of columns."""
        return CHARACTERS + self.max_characters

    @classmethod
    def fit(
        cls,
        sentences: Iterable[str],
        *,
        max_words: int,
        min_count: int = 1,
        max_characters: int = 20,
        more_words: Iterable[str] = (),
    ) -> WordFeatures:
        """Features whose vocabularies are counted in one pass over sentences of joined tokens.

        Args:
            sentences: tokens joined by single spaces.
            max_words: maximum size of the vocabulary of words, the most frequent ones.
            min_count: words that occur less often are UNK.
            max_characters: number of character columns.
            more_words: words to add to the vocabulary, in their normal forms.
        """
        characters: dict[bytes, None] = {}

        def groups() -> Iterable[list[bytes]]:
            for tokens in _tokens(sentences):
                found = tf.strings.unicode_split(_ends(tokens, max_characters), "UTF-8")
                characters.update(dict.fromkeys(found.flat_values.numpy().tolist()))
                yield normal_form(tokens).numpy().tolist()

        words = Vocabulary.fit(groups(), max_size=max_words, min_count=min_count)
        known = set(words.tokens)
        new = [word for word in dict.fromkeys(more_words) if word not in known]
        words = Vocabulary([*words.tokens[FIRST_TOKEN:], *new]) if new else words
        letters = Vocabulary(sorted(character.decode() for character in characters))
        return cls(words, letters, max_characters=max_characters)

    def after(self, earlier: WordFeatures) -> WordFeatures:
        """These features with all words and characters of earlier ones first, with their ids.

        Raises:
            ValueError: the two see a different number of characters.
        """
        if self.max_characters != earlier.max_characters:
            raise ValueError(
                f"expected {self.max_characters} characters, found {earlier.max_characters}."
            )
        both = (
            Vocabulary([*dict.fromkeys((*old.tokens[FIRST_TOKEN:], *new.tokens[FIRST_TOKEN:]))])
            for old, new in (
                (earlier.words, self.words),
                (earlier.characters, self.characters),
            )
        )
        return WordFeatures(*both, max_characters=self.max_characters)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes another of it from; JSON can hold it."""
        return {
            "class_name": "WordFeatures",
            "words": list(self.words.tokens[FIRST_TOKEN:]),
            "characters": list(self.characters.tokens[FIRST_TOKEN:]),
            "max_characters": self.max_characters,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> WordFeatures:
        """The features of a configuration."""
        vocabularies = Vocabulary(config["words"]), Vocabulary(config["characters"])
        return cls(*vocabularies, max_characters=config["max_characters"])

    def __call__(self, tokens: tf.RaggedTensor) -> tf.RaggedTensor:
        """Tokens `[batch, (tokens)]` -> features, int32 `[batch, (tokens), width]`."""
        distinct, places = tf.unique(tokens.flat_values)  # most tokens are repeated
        features = tf.gather(self.of_words(distinct), places)
        return tokens.with_flat_values(features)

    def of_words(self, tokens: tf.Tensor) -> tf.Tensor:
        """Tokens `[tokens]` -> features, int32 `[tokens, width]`."""
        tokens = tokenwise_nfc(tokens)
        folded = normal_form(tokens)
        lower = tf.strings.lower(_ends(tokens, self.max_characters), encoding="utf-8")
        affixes = [_first(lower, n) for n in AFFIX_LENGTHS] + [
            _last(lower, n) for n in AFFIX_LENGTHS
        ]
        parts = [
            tf.strings.regex_replace(lower, pattern, "") for pattern in (r"[_\-].*$", r"^.*[_\-]")
        ]
        hashed = [_hash(text) for text in (shape(tokens), tokens, folded, *affixes, *parts)]
        letters = tf.strings.unicode_split(_ends(tokens, self.max_characters), "UTF-8")
        letters = self.characters.ids(letters)
        letters = letters.to_tensor(PAD, shape=[None, self.max_characters])
        columns = tf.stack([self.words.ids(folded), *hashed], axis=1)
        return tf.ensure_shape(tf.concat([columns, letters], axis=1), [None, self.width])


def normal_forms(sentences: Iterable[str]) -> set[str]:
    """The normal forms of all words of sentences of joined tokens."""
    forms: set[bytes] = set()
    for tokens in _tokens(sentences):
        forms.update(normal_form(tokens).numpy().tolist())
    return {form.decode() for form in forms}


def _tokens(sentences: Iterable[str]) -> Iterator[tf.Tensor]:
    """The tokens of sentences, `[tokens]`, of many at a time, in NFC."""
    for chunk in chunks(sentences):
        yield tokenwise_nfc(split_tokens(tf.constant(chunk)).flat_values)


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


def _ends(tokens: tf.Tensor, length: int) -> tf.Tensor:
    """Tokens with the middle left out where they are longer than `length` characters."""
    half = length // 2
    long = tf.strings.length(tokens, unit="UTF8_CHAR") > length
    return tf.where(long, _first(tokens, length - half) + _last(tokens, half), tokens)


def _first(texts: tf.Tensor, length: int) -> tf.Tensor:
    return tf.strings.substr(texts, 0, length, unit="UTF8_CHAR")


def _last(texts: tf.Tensor, length: int) -> tf.Tensor:
    start = tf.maximum(tf.strings.length(texts, unit="UTF8_CHAR") - length, 0)
    return tf.strings.substr(texts, start, tf.fill(tf.shape(texts), length), unit="UTF8_CHAR")


def _hash(texts: tf.Tensor) -> tf.Tensor:
    return tf.cast(1 + tf.strings.to_hash_bucket_fast(texts, HASHES - 1), tf.int32)
