"""Sentences whose meaning only the order of their words decides, in Vietnamese and English.

A small grammar written for this project. Every sentence of `question or statement` and of `what is
denied` has a partner of exactly the same words and the other label.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True)
class Contrast:
    """Sentences of two kinds, made of the same parts.

    Attributes:
        name: what the order decides.
        language: of the words.
        labels: names of the two kinds.
        forms: templates over `{first}`, `{x}` and `{y}`, of each kind; equally many.
        first: what fills `{first}`.
        second: what fills `{x}` and `{y}`.
    """

    name: str
    language: str
    labels: tuple[str, str]
    forms: tuple[tuple[str, ...], tuple[str, ...]]
    first: tuple[str, ...]
    second: tuple[tuple[str, str], ...]

    def texts(self) -> Iterator[tuple[str, int, bool]]:
        """Text, label, and whether it belongs to the test: a seventh of the pairs of fillers."""
        for number, (first, (x, y)) in enumerate(product(self.first, self.second)):
            for label, forms in enumerate(self.forms):
                for form in forms:
                    yield form.format(first=first, x=x, y=y), label, number % 7 == 3


CONTRASTS = (
    Contrast(
        "question or statement",
        "Vietnamese",
        ("statement", "question"),
        (("{first} chưa {x} {y}",), ("{first} {x} {y} chưa",)),
        ("con", "mẹ", "bố", "em", "anh", "chị", "bà", "ông"),
        (
            ("ăn", "cơm"),
            ("uống", "sữa"),
            ("đọc", "sách"),
            ("làm", "bài"),
            ("xem", "phim"),
            ("rửa", "bát"),
            ("quét", "nhà"),
        ),
    ),
    Contrast(
        "what is denied",
        "English",
        ("negative", "positive"),
        (("{first} is not {x} , it is {y}",), ("{first} is not {y} , it is {x}",)),
        ("the soup", "the room", "the story", "the music", "the phone", "the lecture"),
        (("good", "bad"), ("fine", "awful"), ("lovely", "boring"), ("great", "poor")),
    ),
    Contrast(
        "negated or not",
        "English",
        ("negative", "positive"),
        (
            ("{first} is at all not {x}", "{first} is {y}"),
            ("{first} is not {y} at all", "{first} is {x}"),
        ),
        ("the soup", "the room", "the story", "the music", "the phone", "the lecture"),
        (("good", "bad"), ("fine", "awful"), ("lovely", "boring"), ("great", "poor")),
    ),
)
SHOWN = (  # in the figure
    "con ăn cơm chưa",
    "con chưa ăn cơm",
    "the room is not bad , it is good",
    "the room is not good , it is bad",
    "the soup is not bad at all",
    "the soup is at all not good",
)
