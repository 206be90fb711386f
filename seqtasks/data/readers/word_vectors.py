"""Word vectors: text files as GloVe and fastText write them, and the binary ones of word2vec."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.data.readers.files import open_bytes
from seqtasks.errors import InputError
from seqtasks.features.word_features import normal_forms
from seqtasks.features.word_strings import normal_form, tokenwise_nfc
from seqtasks.text import BLANK, Tokenizer
from seqtasks.text.special_ids import FIRST_TOKEN


def read_vectors(path: Path, wanted: Collection[str]) -> dict[str, np.ndarray]:
    """The vectors of the wanted words, and no others, in one pass.

    A word is wanted if its normal form (`seqtasks.features.word_strings.normal_form`) is. Of
    several words with one normal form the first counts: files are sorted by frequency.

    Args:
        path: text, a word and its numbers a line, where a first line of two numbers (fastText,
            word2vec) is skipped; or, if the name ends in `.bin`, word2vec's binary format. Both
            plain or `.gz`.
        wanted: normal forms.

    Returns:
        float32 vectors of one size by normal form.

    Raises:
        InputError: no such file, a damaged one, a line with another number of values, values that
            are no finite numbers, or none of the words.
    """
    found: dict[str, np.ndarray] = {}
    binary = path.name.lower().removesuffix(".gz").endswith(".bin")
    entries = _binary_entries(path) if binary else _text_entries(path)
    while chunk := list(itertools.islice(entries, 10_000)):
        words = tf.constant([word for _, word, _ in chunk])
        forms = normal_form(tokenwise_nfc(words)).numpy()
        for (number, _, values), form in zip(chunk, forms, strict=True):
            key = form.decode()
            if key in wanted and key not in found:
                found[key] = _vector(path, number, values)
    if not found:
        raise InputError(
            f"{path}: holds none of the corpus's words. Expected a word and its numbers on each "
            "line, separated by spaces; files in word2vec's binary format end in .bin."
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


def token_vectors(
    path: str, tokenizer: Tokenizer, texts: Iterable[str]
) -> tuple[Tokenizer, np.ndarray, tuple[str, ...]]:
    """The vectors of a tokenizer's tokens, with more tokens of texts that have one.

    Args:
        path: as in `read_vectors`.
        tokenizer: of words.
        texts: those that the network will meet, of all splits.

    Returns:
        The tokenizer with more tokens, vectors float32 [tokens, size] in the order of ids (zeros
        for those without one), and a note on how many have one.
    """
    tokens = [*tokenizer.vocabulary.tokens]
    known = set(tokens)
    tokens += sorted(tokenizer.tokens_in(texts) - known)
    forms = [form.decode() for form in normal_form(tf.constant(tokens)).numpy()]
    vectors = read_vectors(Path(path), set(forms[FIRST_TOKEN:]))
    both = zip(tokens, forms, strict=True)
    new = [token for token, form in both if form in vectors and token not in known]
    kept = [*range(len(known)), *(n for n, token in enumerate(tokens) if token in set(new))]
    rows = vector_rows(vectors, [forms[n] if n >= FIRST_TOKEN else "" for n in kept])
    words, found = len(tokens) - FIRST_TOKEN, sum(form in vectors for form in forms[FIRST_TOKEN:])
    note = f"{path}: vectors for {found:,} of {words:,} words ({found / max(words, 1):.0%})"
    return tokenizer.extended(new), rows, (note,)


def initial_vectors(
    path: str, tokenizer: Any, size: int
) -> tuple[list[int], np.ndarray, tuple[str, ...]]:
    """Vectors to begin an embedding with, of the tokens that are words.

    Args:
        path: as in `read_vectors`.
        tokenizer: of words, or of subwords, of which those that begin a word are looked up.
        size: of the embedding.

    Returns:
        Ids of the tokens that have a vector, these vectors [ids, size], and a note on how many.

    Raises:
        InputError: vectors of another size, and what `read_vectors` refuses.
    """
    tokens = [*tokenizer.vocabulary.tokens]
    subwords = not isinstance(tokenizer, Tokenizer)
    begins = [token.startswith(BLANK) and len(token) > 1 if subwords else True for token in tokens]
    words = tf.constant([token.removeprefix(BLANK) if subwords else token for token in tokens])
    forms = [form.decode() for form in normal_form(words).numpy()]
    ids = [n for n in range(FIRST_TOKEN, len(tokens)) if begins[n]]
    vectors = read_vectors(Path(path), {forms[n] for n in ids})
    found = [n for n in ids if forms[n] in vectors]
    rows = np.stack([vectors[forms[n]] for n in found])
    if rows.shape[1] != size:
        raise InputError(
            f"{path}: expected vectors of the embedding's size, {size}, found {rows.shape[1]}. "
            f"Train with --embedding-size {rows.shape[1]}."
        )
    share = f"{len(found):,} of {len(ids):,} tokens ({len(found) / max(1, len(ids)):.0%})"
    return found, rows, (f"{path}: vectors for {share}",)


def vector_rows(vectors: Mapping[str, np.ndarray], words: Sequence[str]) -> np.ndarray:
    """The vectors of words in order, float32 `[words, size]`; zeros for those without one."""
    size = len(next(iter(vectors.values()))) if vectors else 0
    nothing = np.zeros(size, "float32")
    return np.array([vectors.get(word, nothing) for word in words], "float32")


# The number of a line or word, the word, its values: texts, or already numbers.
Entry = tuple[int, bytes, Sequence[bytes] | np.ndarray]


def _text_entries(path: Path) -> Iterator[Entry]:
    size = 0
    with open_bytes(path) as file:
        for number, line in enumerate(file, start=1):
            line = line.rstrip()
            if not line or (number == 1 and len(line.split()) == 2):
                continue
            size = size or len(line.split(b" ")) - 1
            word, *values = line.rsplit(b" ", size)
            if len(values) != size or not word:
                raise _bad(path, number, size)
            yield number, word, values


def _binary_entries(path: Path) -> Iterator[Entry]:
    """A line of two numbers, words and sizes; then each word, a space and its float32 numbers."""
    with open_bytes(path) as file:
        head = file.readline(100).split()
        if len(head) != 2 or not all(part.isdigit() for part in head) or not int(head[1]):
            raise InputError(
                f"{path}: expected word2vec's binary format, which begins with the number of words "
                "and the size of vectors. Files of text vectors do not end in .bin."
            )
        count, size = map(int, head)
        for number in range(1, count + 1):
            word = bytearray()
            while (character := file.read(1)) not in (b" ", b""):
                word += character
            content = file.read(4 * size)
            if len(content) != 4 * size:
                raise InputError(
                    f"{path}: expected {count:,} words, but the file ends in word {number:,}. Copy "
                    "it anew."
                )
            yield number, bytes(word).lstrip(b"\n"), np.frombuffer(content, "<f4")


def _vector(path: Path, number: int, values: Sequence[bytes] | np.ndarray) -> np.ndarray:
    try:
        vector = np.array(values, "float32")
    except ValueError as error:
        raise _bad(path, number, len(values)) from error
    if not np.isfinite(vector).all():
        raise _bad(path, number, len(values))
    return vector


def _bad(path: Path, number: int, size: int) -> InputError:
    return InputError(
        f"{path}, line {number}: expected a word and {size} finite numbers, separated by single "
        "spaces. Is the file whole? Files in word2vec's binary format end in .bin."
    )
