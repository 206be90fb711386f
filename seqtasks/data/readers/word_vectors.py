"""Word vectors from text files: a word and its numbers a line, as GloVe and fastText write them."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from seqtasks.data.readers.files import open_bytes
from seqtasks.errors import InputError
from seqtasks.features.word_features import normal_form, normal_forms


def read_vectors(path: Path, wanted: Collection[str]) -> dict[str, np.ndarray]:
    """The vectors of the wanted words, and no others, in one pass.

    A word is wanted if its normal form (`seqtasks.features.word_features.normal_form`) is. Of
    several words with one normal form the first counts: files are sorted by frequency.

    Args:
        path: plain or `.gz`; a first line of two numbers (fastText, word2vec) is skipped.
        wanted: normal forms.

    Returns:
        float32 vectors of one size by normal form.

    Raises:
        InputError: no such file, a line with another number of values, or none of the words.
    """
    found: dict[str, np.ndarray] = {}
    size = 0
    lines = _lines(path)
    while chunk := list(itertools.islice(lines, 10_000)):
        size = size or len(chunk[0][1].split(" ")) - 1
        words, values = zip(*(_parted(path, *line, size) for line in chunk), strict=True)
        forms = normal_form(tf.constant(words)).numpy()
        for (number, _), form, text in zip(chunk, forms, values, strict=True):
            key = form.decode()
            if key in wanted and key not in found:
                try:
                    found[key] = np.array(text, "float32")
                except ValueError as error:
                    raise _bad(path, number, size) from error
    if not found:
        raise InputError(
            f"{path}: holds none of the corpus's words. Expected a word and its numbers on each "
            "line, separated by spaces."
        )
    return found


def vectors_for(
    path: str | None, sentences: Iterable[str]
) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """The vectors of the words in sentences of joined tokens, and a note on how many have one.

    Nothing of either without a path.
    """
    if not path:
        return {}, ()
    words = normal_forms(sentences)
    vectors = read_vectors(Path(path), words)
    share = f"{len(vectors):,} of {len(words):,} words ({len(vectors) / len(words):.0%})"
    return vectors, (f"{path}: vectors for {share}",)


def vector_rows(vectors: Mapping[str, np.ndarray], words: Sequence[str]) -> np.ndarray:
    """The vectors of words in order, float32 `[words, size]`; zeros for those without one."""
    size = len(next(iter(vectors.values()))) if vectors else 0
    nothing = np.zeros(size, "float32")
    return np.array([vectors.get(word, nothing) for word in words], "float32")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with open_bytes(path) as file:
        for number, line in enumerate(file, start=1):
            text = line.decode("utf-8", "replace").rstrip()
            if text and not (number == 1 and len(text.split()) == 2):
                yield number, text


def _parted(path: Path, number: int, line: str, size: int) -> tuple[str, list[str]]:
    word, *values = line.rsplit(" ", size)
    if len(values) != size or not word:
        raise _bad(path, number, size)
    return word, values


def _bad(path: Path, number: int, size: int) -> InputError:
    return InputError(
        f"{path}, line {number}: expected a word and {size} numbers, separated by single spaces. "
        "Is the file whole, and are these text vectors (not .bin)?"
    )
