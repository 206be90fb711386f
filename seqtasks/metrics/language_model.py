"""Perplexity and bits per character of a text, from strings through a predictor."""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from seqtasks.text.text_boundaries import word_break

# A longer document is read in parts of so many characters, each from the initial state; several
# parts make a batch.
PART = 32_768
BATCH = 16
BEFORE = 100  # characters, enough for the word before

Read = Callable[[list[str], list[str]], tuple[np.ndarray, np.ndarray, np.ndarray]]


def language_model_scores(
    read: Read,
    pieces: Iterable[tuple[str, bool]],
    *,
    window: int | None = None,
    on_part: Callable[[str, bool, float, int], None] = lambda *part: None,
) -> dict[str, float | int]:
    """Perplexity and bits per character over all of a text.

    Two protocols:

    - *stream* (`window=None`): each document from its beginning, the state carried to its end.
    - *windowed*: windows of so many characters, each read from the initial state and conditioned on
      the one character before it, as nanoGPT scores. A document's first character is not scored.

    Args:
        read: texts and the context before each ("" at the beginning of a document; only its last
            token is used) -> log-probabilities (nats), numbers of tokens, and of unknown tokens.
        pieces: consecutive parts of the text, and whether each begins a document.
        window: characters in a window.
        on_part: gets what is read at a time, in order: the text (a document, a part of a longer
            one, or a window), whether nothing comes before it, its log-probability and its tokens.

    Returns:
        perplexity (per token), bits_per_character, tokens, unknown.

    Reference:
        Graves, Generating sequences with recurrent neural networks, arXiv:1308.0850 (bits per
        character).
    """
    total, tokens, unknown, characters = 0.0, 0, 0, 0
    parts = _parts(pieces, PART, word_break) if window is None else _windows(pieces, window)
    rows = BATCH if window is None else BATCH * 32
    while group := list(itertools.islice(parts, rows * 8)):
        order = sorted(range(len(group)), key=lambda n: len(group[n][1]))
        measured: dict[int, tuple[float, int]] = {}
        for start in range(0, len(group), rows):
            places = order[start : start + rows]
            before, texts = (list(x) for x in zip(*(group[n] for n in places), strict=True))
            log_probability, count, unknown_count = read(texts, before)
            pairs = zip(log_probability.tolist(), count.tolist(), strict=True)
            measured |= zip(places, pairs, strict=True)
            total += float(np.sum(log_probability, dtype=np.float64))
            tokens, unknown = tokens + int(np.sum(count)), unknown + int(np.sum(unknown_count))
            characters += sum(map(len, texts))
        for place, (context, text) in enumerate(group):
            on_part(text, not context, *measured[place])
    if not tokens:
        return {"perplexity": math.nan, "bits_per_character": math.nan, "tokens": 0, "unknown": 0}
    return {
        "perplexity": math.exp(min(-total / tokens, 700)),
        "bits_per_character": -total / characters / math.log(2),
        "tokens": tokens,
        "unknown": unknown,
    }


def _parts(
    pieces: Iterable[tuple[str, bool]], size: int, cut: Callable[[str, int], int]
) -> Iterator[tuple[str, str]]:
    """Pairs of context and text, of each document in turn.

    The context is the end of the text before; a text of more than `size` characters is cut at
    `cut(text, size)`.
    """
    before, held = "", ""
    for text, begins in pieces:
        if begins:
            if held:
                yield before, held
            before, held = "", ""
        held += unicodedata.normalize("NFC", text)
        while len(held) > size:
            end = cut(held, size)
            yield before, held[:end]
            before, held = held[max(0, end - BEFORE) : end], held[end:]
    if held:
        yield before, held


def _windows(pieces: Iterable[tuple[str, bool]], size: int) -> Iterator[tuple[str, str]]:
    for before, text in _parts(pieces, size * 256, lambda text, size: size):
        if not before:
            before, text = text[0], text[1:]
        for start in range(0, len(text), size):
            yield text[start - 1] if start else before[-1], text[start : start + size]
