"""Strings -> ids and back, in TensorFlow graph operations.

A splitter is a function from texts to ragged tokens. A `Tokenizer` joins a splitter with a
`Vocabulary`. Both run on whole batches, in the training pipeline and inside the SavedModel.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.text.normalization import normalize_nfc, valid_utf8
from seqtasks.text.special_ids import FIRST_TOKEN, PAD, UNK
from seqtasks.text.vocabulary import Vocabulary

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
    """Unicode characters as they stand, blanks and line ends too; only NFC is applied.

    Args:
        texts: strings, `[batch]`; invalid UTF-8 becomes U+FFFD.

    Returns:
        Tokens, `[batch, (characters)]`; joined with "" they are the text again.
    """
    texts = valid_utf8(texts)
    return tf.strings.unicode_split(normalize_nfc(texts), "UTF-8")


def split_blanks(texts: tf.Tensor) -> tf.RaggedTensor:
    """What stands between blanks, and line ends as tokens of their own.

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


def padded(ids: tf.RaggedTensor) -> tf.Tensor:
    """Ids `[batch, (time), ...]` -> `[batch, time, ...]`, PAD at the right, at least one step wide.

    Without any step, recurrent loops have nothing to stack.
    """
    inner = ids.flat_values.shape[1:]
    steps = tf.maximum(ids.bounding_shape(axis=1), 1)
    dense = ids.to_tensor(PAD, shape=tf.stack([-1, steps, *inner]))
    return tf.ensure_shape(dense, [None, None, *inner])


def id_arrays(
    tokenizer: Callable[[tf.Tensor], tf.RaggedTensor], texts: Sequence[str]
) -> list[np.ndarray]:
    """Texts -> ids, int32 `[time]` each."""
    ids = tokenizer(tf.constant(texts))
    return np.split(ids.values.numpy(), ids.row_splits.numpy()[1:-1])


def chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    """Up to 1,024 texts of about a million characters together."""
    chunk, characters = [], 0
    for text in texts:
        chunk.append(text)
        characters += len(text)
        if len(chunk) == 1024 or characters > 1_000_000:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


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


class Tokenizer(tf.Module):
    """Texts to ids through a splitter and a vocabulary, and back.

    Args:
        vocabulary: what the tokens' ids are.
        split: the name of a splitter in `SPLITTERS`, or a function of your own: texts `[batch]` ->
            tokens `[batch, (time)]`, in graph operations. A tokenizer with a function has no
            `get_config`.
        lowercase: lower-case texts first; for "words" and "characters".
        separator: what `join` puts between tokens: " " for words, "" for characters.
        max_length: texts are cut after this many tokens; None keeps them whole.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        split: str | Splitter,
        *,
        lowercase: bool = False,
        separator: str = " ",
        max_length: int | None = None,
    ) -> None:
        super().__init__(name="tokenizer")
        self.vocabulary = vocabulary
        self.split = splitter(split, lowercase)
        self.split_name = split if isinstance(split, str) else None
        self.lowercase = lowercase
        self.separator = separator
        self.max_length = max_length

    @classmethod
    def fit(
        cls,
        texts: Iterable[str],
        split: str | Splitter,
        *,
        max_size: int,
        min_count: int = 1,
        lowercase: bool = False,
        separator: str = " ",
        max_length: int | None = None,
    ) -> Tokenizer:
        """A tokenizer whose vocabulary is counted in one pass over a stream of texts."""
        cut = splitter(split, lowercase)

        def groups() -> Iterable[list[bytes]]:
            for chunk in chunks(texts):
                yield cut(tf.constant(chunk)).flat_values.numpy().tolist()

        vocabulary = Vocabulary.fit(groups(), max_size=max_size, min_count=min_count)
        options = {"lowercase": lowercase, "separator": separator, "max_length": max_length}
        return cls(vocabulary, split, **options)

    def get_config(self) -> dict[str, Any]:
        """What `tokenizer_from_config` makes another of it from; JSON can hold it.

        Raises:
            ValueError: the splitter is a function, not a name.
        """
        if self.split_name is None:
            raise ValueError(
                "Tokenizer.get_config: expected a splitter by name, received a function. Pass one "
                f"of {', '.join(SPLITTERS)} as `split`."
            )
        return {
            "class_name": "Tokenizer",
            "tokens": list(self.vocabulary.tokens[FIRST_TOKEN:]),
            "split": self.split_name,
            "lowercase": self.lowercase,
            "separator": self.separator,
            "max_length": self.max_length,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Tokenizer:
        """The tokenizer of a configuration."""
        options = {k: v for k, v in config.items() if k not in ("class_name", "tokens", "split")}
        return cls(Vocabulary(config["tokens"]), config["split"], **options)

    def __call__(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Texts `[batch]` -> ids, int32 `[batch, (time)]`."""
        return self.vocabulary.ids(self.split(texts)[:, : self.max_length])

    def join(self, ids: tf.Tensor | tf.RaggedTensor) -> tf.Tensor:
        """Ids `[batch, time]` -> texts `[batch]`; specials other than UNK are dropped."""
        if not isinstance(ids, tf.RaggedTensor):
            ids = tf.RaggedTensor.from_tensor(ids)
        words = tf.ragged.boolean_mask(ids, (ids == UNK) | (ids >= FIRST_TOKEN))
        return tf.strings.reduce_join(
            self.vocabulary.lookup(words), axis=-1, separator=self.separator
        )
