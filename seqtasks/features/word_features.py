"""Tokens -> integer features of words, in TensorFlow graph operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import tensorflow as tf

from seqtasks.features.columns import AFFIX_LENGTHS, CHARACTERS
from seqtasks.features.word_strings import (
    ends,
    first,
    hashed_string,
    last,
    normal_form,
    shape,
    tokenwise_nfc,
)
from seqtasks.text.special_ids import FIRST_TOKEN, PAD
from seqtasks.text.tokenizers import chunks
from seqtasks.text.vocabulary import Vocabulary

MAX_VALUES = 10_000  # of a categorical column


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
    | the last ones | ids of the values of further columns, in `categories` |

    Hashes are from 1 to `HASHES`. Tokens are normalized to NFC first, and bytes that are not UTF-8
    become U+FFFD.

    Args:
        words: the vocabulary of normal forms.
        characters: the vocabulary of characters.
        max_characters: number of character columns; longer tokens keep their two ends.
        categories: the vocabulary of each categorical column that comes with the tokens (their part
            of speech, the layout), by its name.
    """

    def __init__(
        self,
        words: Vocabulary,
        characters: Vocabulary,
        *,
        max_characters: int = 20,
        categories: Mapping[str, Vocabulary] | None = None,
    ) -> None:
        super().__init__(name="word_features")
        self.words = words
        self.characters = characters
        self.max_characters = max_characters
        self.column_names = tuple(categories or ())
        self.categories = list((categories or {}).values())

    @property
    def width(self) -> int:
        """Number of columns."""
        return CHARACTERS + self.max_characters + len(self.categories)

    @classmethod
    def fit(
        cls,
        sentences: Iterable[str],
        *,
        max_words: int,
        min_count: int = 1,
        max_characters: int = 20,
        more_words: Iterable[str] = (),
        categories: Mapping[str, Iterable[str]] | None = None,
    ) -> WordFeatures:
        """Features whose vocabularies are counted in one pass over sentences of joined tokens.

        Args:
            sentences: tokens joined by single spaces.
            max_words: maximum size of the vocabulary of words, the most frequent ones.
            min_count: words that occur less often are UNK.
            max_characters: number of character columns.
            more_words: words to add to the vocabulary, in their normal forms.
            categories: the values of each categorical column, by its name: of each sentence,
                joined by single spaces. The most frequent `MAX_VALUES` are kept.
        """
        characters: dict[bytes, None] = {}

        def groups() -> Iterable[list[bytes]]:
            for tokens in _tokens(sentences):
                found = tf.strings.unicode_split(ends(tokens, max_characters), "UTF-8")
                characters.update(dict.fromkeys(found.flat_values.numpy().tolist()))
                yield normal_form(tokens).numpy().tolist()

        words = Vocabulary.fit(groups(), max_size=max_words, min_count=min_count)
        known = set(words.tokens)
        new = [word for word in dict.fromkeys(more_words) if word not in known]
        words = Vocabulary([*words.tokens[FIRST_TOKEN:], *new]) if new else words
        letters = Vocabulary(sorted(character.decode() for character in characters))
        values = {
            name: Vocabulary.fit(
                (found.numpy().tolist() for found in _tokens(column)), max_size=MAX_VALUES
            )
            for name, column in (categories or {}).items()
        }
        return cls(words, letters, max_characters=max_characters, categories=values)

    def after(self, earlier: WordFeatures) -> WordFeatures:
        """These features with all words, characters and values of earlier ones first.

        Raises:
            ValueError: the two see a different number of characters, or other columns.
        """
        for name in ("max_characters", "column_names"):
            ours, theirs = getattr(self, name), getattr(earlier, name)
            if ours != theirs:
                raise ValueError(f"expected {name}={ours}, found {theirs}.")

        def both(old: Vocabulary, new: Vocabulary) -> Vocabulary:
            return Vocabulary(
                [*dict.fromkeys((*old.tokens[FIRST_TOKEN:], *new.tokens[FIRST_TOKEN:]))]
            )

        columns = zip(self.column_names, earlier.categories, self.categories, strict=True)
        return WordFeatures(
            both(earlier.words, self.words),
            both(earlier.characters, self.characters),
            max_characters=self.max_characters,
            categories={name: both(old, new) for name, old, new in columns},
        )

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes another of it from; JSON can hold it."""
        return {
            "class_name": "WordFeatures",
            "words": list(self.words.tokens[FIRST_TOKEN:]),
            "characters": list(self.characters.tokens[FIRST_TOKEN:]),
            "max_characters": self.max_characters,
            "categories": {
                name: list(values.tokens[FIRST_TOKEN:])
                for name, values in zip(self.column_names, self.categories, strict=True)
            },
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> WordFeatures:
        """The features of a configuration."""
        vocabularies = Vocabulary(config["words"]), Vocabulary(config["characters"])
        categories = {k: Vocabulary(v) for k, v in config.get("categories", {}).items()}
        return cls(*vocabularies, max_characters=config["max_characters"], categories=categories)

    def __call__(
        self, tokens: tf.RaggedTensor, columns: Sequence[tf.RaggedTensor] = ()
    ) -> tf.RaggedTensor:
        """Tokens `[batch, (tokens)]` -> features, int32 `[batch, (tokens), width]`.

        Args:
            tokens: strings.
            columns: the values of each column of `column_names`, of the shape of the tokens.

        Raises:
            ValueError: another number of columns.
            tf.errors.InvalidArgumentError: a column with more or fewer values than tokens.
        """
        if len(columns) != len(self.categories):
            raise ValueError(
                f"WordFeatures: expected the columns ({', '.join(self.column_names)}), received "
                f"{len(columns)}. Pass features(tokens, [values of each])."
            )
        distinct, places = tf.unique(tokens.flat_values)  # most tokens are repeated
        features = [tf.gather(self.of_words(distinct), places)]
        for column, vocabulary in zip(columns, self.categories, strict=True):
            features.append(vocabulary.ids(tokenwise_nfc(_aligned(column, tokens)))[:, None])
        return tokens.with_flat_values(tf.concat(features, axis=1))

    def of_words(self, tokens: tf.Tensor) -> tf.Tensor:
        """Tokens `[tokens]` -> features of the words alone, int32 `[tokens, columns]`."""
        tokens = tokenwise_nfc(tokens)
        folded = normal_form(tokens)
        lower = tf.strings.lower(ends(tokens, self.max_characters), encoding="utf-8")
        affixes = [first(lower, n) for n in AFFIX_LENGTHS] + [last(lower, n) for n in AFFIX_LENGTHS]
        parts = [
            tf.strings.regex_replace(lower, pattern, "") for pattern in (r"[_\-].*$", r"^.*[_\-]")
        ]
        hashed = [hashed_string(text) for text in (shape(tokens), tokens, folded, *affixes, *parts)]
        letters = tf.strings.unicode_split(ends(tokens, self.max_characters), "UTF-8")
        letters = self.characters.ids(letters)
        letters = letters.to_tensor(PAD, shape=[None, self.max_characters])
        columns = tf.stack([self.words.ids(folded), *hashed], axis=1)
        width = CHARACTERS + self.max_characters
        return tf.ensure_shape(tf.concat([columns, letters], axis=1), [None, width])


def _aligned(column: tf.RaggedTensor, tokens: tf.RaggedTensor) -> tf.Tensor:
    """The values of a column, `[tokens]`, of which each row must have as many as tokens."""
    message = "Expected as many values in each column of features as there are tokens in a row."
    same = tf.debugging.assert_equal(column.row_lengths(), tokens.row_lengths(), message=message)
    with tf.control_dependencies([] if same is None else [same]):  # None while it runs eagerly
        return tf.identity(column.flat_values)


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
