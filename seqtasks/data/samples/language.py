"""Everyday sentences in English, German, French, Czech and Vietnamese, labelled with the language.

Written for this project. A sentence is a phrase that people say, or a clause of a subject and what
it does, with or without a place and a time. A fifth of all of these is kept from the training
split, so the other splits have words that nobody has seen. Some texts are cut to a few words in
the middle of a sentence, some are in lower case. No text stands in two splits.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator

from seqtasks.data.samples.language_words import LANGUAGES, Language
from seqtasks.data.streams import Row, Stream

SIZES = {"train": 6000, "validation": 500, "test": 1000}

# The share of each list that no training sentence has.
UNSEEN = 0.2

# Shares of the texts that are phrases, that are cut, and that have neither capitals nor an end.
PHRASES, CUT, PLAIN = 0.15, 0.3, 0.3


def streams() -> dict[str, Stream]:
    """The three splits: rows of a text and its language (en, de, fr, cs, vi), a fifth of each."""

    def read(split: str) -> Iterator[tuple[int, Row]]:
        return enumerate(_rows()[split], start=1)

    return {
        split: Stream(f"sample ({split})", functools.partial(read, split), "sentence")
        for split in SIZES
    }


@functools.cache
def _rows() -> dict[str, list[Row]]:
    rng = random.Random(5)
    used: set[str] = set()
    rows: dict[str, list[Row]] = {}
    for split, size in SIZES.items():
        rows[split] = []
        while len(rows[split]) < size:
            code = list(LANGUAGES)[len(rows[split]) % len(LANGUAGES)]
            text = _text(LANGUAGES[code], split == "train", rng)
            if text.lower() not in used:
                used.add(text.lower())
                rows[split].append((text, code))
    return rows


def _text(language: Language, seen: bool, rng: random.Random) -> str:
    def pick(choices: tuple[str, ...]) -> str:
        known = len(choices) - int(UNSEEN * len(choices))
        unseen = not seen and rng.random() < 0.5
        return rng.choice(choices[known:] if unseen else choices[:known])

    if rng.random() < PHRASES:
        text = pick(language.phrases)
    else:
        parts = [pick(language.subjects), pick(language.predicates)]
        parts += [pick(some) for some in (language.places, language.times) if rng.random() < 0.5]
        text = " ".join(parts)
    words = text.split(" ")
    if rng.random() < CUT and len(words) > 5:
        length = rng.randint(3, 5)
        start = rng.randint(0, len(words) - length)
        return " ".join(words[start : start + length])
    if rng.random() < PLAIN:
        return text.lower().rstrip("?!. ")
    return text[0].upper() + text[1:] + ("" if text[-1] in "?!." else ".")
