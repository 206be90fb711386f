"""The words of a text that a classifier reads, and which tokens belong to each."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from seqtasks.predictors import token_places
from seqtasks.text import Tokenizer, cut_words

MAX_WORDS = 1000  # that are explained, where a tokenizer has no limit


@dataclass(frozen=True)
class Words:
    """The words of a text.

    Attributes:
        text: in NFC.
        places: the first character of each word, and the character after its last.
        owners: the word of each token, int [tokens]; None where tokens do not follow words.
    """

    text: str
    places: list[tuple[int, int]]
    owners: np.ndarray | None

    def without(self) -> list[str]:
        """The text without each of its words in turn, as far as it is read."""
        return [f"{self.text[:start]} {self.text[end:]}" for start, end in self.places]

    def summed(self, values: np.ndarray) -> np.ndarray:
        """Sums over the tokens of each word: [..., tokens] -> [..., words]."""
        return values @ (np.asarray(self.owners)[:, None] == np.arange(len(self.places)))


def words_of(text: str, tokenizer: Tokenizer) -> Words:
    """The words of a text, at most `MAX_WORDS`, as far as the tokenizer reads it.

    They are its tokens where it cuts texts into words, else what stands between blanks.
    """
    text = unicodedata.normalize("NFC", text)
    spaced = tf.strings.regex_replace([text], r"[\s\p{Z}\p{Cc}]", " ")
    if tokenizer.split_name == "words":
        _, starts, ends = token_places(cut_words(spaced))
        places = list(zip(starts[0].numpy().tolist(), ends[0].numpy().tolist(), strict=True))
    else:
        found = re.finditer("[^ ]+", spaced[0].numpy().decode())
        places = [match.span() for match in found]
    tokens = tokenizer.split(tf.constant([text]))[0].numpy()
    owners = np.arange(len(tokens))
    if tokenizer.split_name == "characters":
        blanks = tokens == b" "
        owners = np.cumsum(blanks) - blanks  # a blank belongs to the word before it
    if len(places) != (owners[-1] + 1 if len(owners) else 0):
        return Words(text, places[:MAX_WORDS], None)
    owners = owners[: tokenizer.max_length]
    count = min(MAX_WORDS, owners[-1] + 1) if len(owners) else 0
    # Where a word is left out, as many more characters are read after it, and not the rest.
    further = max((end - start for start, end in places[:count]), default=0)
    text = text[: places[min(count + further, len(places) - 1)][1]] if places else text
    return Words(text, places[:count], owners if len(owners) and owners[-1] < count else None)
