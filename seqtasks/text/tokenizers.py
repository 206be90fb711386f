"""Strings -> ids and back, in TensorFlow graph operations: a splitter and a vocabulary."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.text.special_ids import FIRST_TOKEN, PAD, UNK
from seqtasks.text.splitters import SPLITTERS, Splitter, splitter
from seqtasks.text.vocabulary import Vocabulary


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


def cut_by(
    split: str | Splitter, lowercase: bool = False
) -> Callable[[Sequence[str]], list[list[str]]]:
    """A function from texts to the tokens of each, as Python strings; see `Tokenizer`."""
    cut = splitter(split, lowercase)

    def tokens(texts: Sequence[str]) -> list[list[str]]:
        found = cut(tf.constant(list(texts), tf.string))
        flat = [token.decode("utf-8", "replace") for token in found.values.numpy()]
        ends = itertools.pairwise(found.row_splits.numpy().tolist())
        return [flat[start:end] for start, end in ends]

    return tokens


class Tokenizer(tf.Module):
    """Texts to ids through a splitter and a vocabulary, and back.

    Args:
        vocabulary: ids of the tokens.
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

    def tokens_in(self, texts: Iterable[str]) -> set[str]:
        """The different tokens that texts are cut into, known or not."""
        found: set[bytes] = set()
        for chunk in chunks(texts):
            cut = self.split(tf.constant(chunk))[:, : self.max_length]
            found.update(cut.flat_values.numpy().tolist())
        return {token.decode() for token in found}

    def extended(self, tokens: Iterable[str]) -> Tokenizer:
        """This tokenizer with more tokens, whose ids come after all others'.

        Args:
            tokens: those that are known already are left out.
        """
        known = set(self.vocabulary.tokens)
        new = [token for token in dict.fromkeys(tokens) if token not in known]
        return Tokenizer(
            Vocabulary([*self.vocabulary.tokens[FIRST_TOKEN:], *new]),
            self.split_name or self.split,
            lowercase=self.lowercase,
            separator=self.separator,
            max_length=self.max_length,
        )

    def after(self, earlier: Tokenizer) -> Tokenizer:
        """This tokenizer with all tokens of an earlier one first, so that those keep their ids.

        Raises:
            ValueError: the two cut texts differently.
        """
        ours, theirs = ((t.split_name, t.lowercase) for t in (self, earlier))
        if ours != theirs:
            raise ValueError(
                f"expected texts cut into {ours[0]}, lowercase={ours[1]}, found {theirs[0]}, "
                f"lowercase={theirs[1]}."
            )
        both = earlier.extended(self.vocabulary.tokens)
        both.max_length = self.max_length
        return both

    def get_config(self) -> dict[str, Any]:
        """The configuration from which `tokenizer_from_config` makes an equal one, as JSON.

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
