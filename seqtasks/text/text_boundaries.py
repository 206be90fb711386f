"""Boundaries at which a long text can be split."""

from __future__ import annotations


def word_break(text: str, limit: int) -> int:
    """The last position in the second half of `text[:limit]` that is not inside a word.

    The split is before the blanks or line ends that follow a word, which tokenizers of words and
    subwords attach to the next one.

    Returns:
        The position, from 1; `limit` if there is none.
    """
    place = max(text.rfind(" ", limit // 2, limit), text.rfind("\n", limit // 2, limit))
    while place > 0 and text[place - 1] in " \r\n":
        place -= 1
    return place if place > 0 else limit
