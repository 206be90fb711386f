"""Where long text may be cut."""

from __future__ import annotations


def word_break(text: str, limit: int) -> int:
    """The last place in the second half of `text[:limit]` where a cut divides no word.

    A cut is made before the blanks or line ends that follow a word, which tokenizers of words and
    subwords take with the next one.

    Returns:
        The place, from 1; `limit` where there is none.
    """
    place = max(text.rfind(" ", limit // 2, limit), text.rfind("\n", limit // 2, limit))
    while place > 0 and text[place - 1] in " \r\n":
        place -= 1
    return place if place > 0 else limit
