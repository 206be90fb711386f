"""The most frequent tag of each word."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence


def most_frequent_tags(
    rows: Iterable[tuple[str, Sequence[str]]], unknown: Callable[[str], str] | None = None
) -> tuple[Callable[[Sequence[str]], list[str]], set[str]]:
    """The tag that each word has most often.

    Args:
        rows: training sentences, tokens joined by single spaces, with their tags; read once.
        unknown: an unknown word -> its tag; None gives it the most frequent tag of all.

    Returns:
        A function from the words of a sentence to tags, and the words of the training sentences.
    """
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for tokens, tags in rows:
        for token, tag in zip(tokens.split(" "), tags, strict=True):
            counts[token][tag] += 1
    total = sum(counts.values(), Counter())
    best = {word: min(found, key=lambda t: (-found[t], t)) for word, found in counts.items()}
    usual = min(total, key=lambda tag: (-total[tag], tag))
    other = unknown or (lambda word: usual)
    return lambda words: [best.get(word) or other(word) for word in words], set(best)
