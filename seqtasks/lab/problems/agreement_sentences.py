"""Sentences in which a word agrees with another across a distance, in English and Vietnamese.

A small grammar written for this project. The phrases between the two words hold nouns of the other
number or gender as often as not, so the nearest noun tells nothing about the answer.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """One kind of agreement.

    Attributes:
        name: what agrees.
        language: of the words.
        answers: the two words that can follow.
        heads: phrases that decide for the first of them, and for the second; all equally long.
        filler: the word before each phrase in between.
        end: words before the answer.
        decides: place in a head of the word that decides, counted from its end: 1 is the last.
    """

    name: str
    language: str
    answers: tuple[str, str]
    heads: tuple[tuple[str, ...], tuple[str, ...]]
    filler: str
    end: tuple[str, ...]
    decides: int

    @property
    def filler_words(self) -> int:
        """Words of each phrase in between."""
        return 1 + len(self.heads[0][0].split())

    def example(self, rng: random.Random, fillers: int) -> tuple[list[str], int]:
        """The words up to the answer, and which answer it is: 0 or 1."""
        answer = rng.randrange(2)
        tokens = rng.choice(self.heads[answer]).split()
        for _ in range(fillers):
            tokens += [self.filler, *rng.choice(self.heads[rng.randrange(2)]).split()]
        return [*tokens, *self.end], answer

    def words(self) -> Iterator[str]:
        """All words of its sentences, some of them several times."""
        for heads in self.heads:
            for head in heads:
                yield from head.split()
        yield from (self.filler, *self.end)


def _each(form: str, words: str) -> tuple[str, ...]:
    return tuple(form.format(word) for word in words.split("|"))


FORMS = (
    Form(
        "subject and verb",
        "English",
        ("is", "are"),  # the keys near the cabinet near the door are ...
        (_each("the {}", "key|cabinet|door|box"), _each("the {}", "keys|cabinets|doors|boxes")),
        "near",
        (),
        1,
    ),
    Form(
        "number of the pronoun",
        "Vietnamese",
        ("nó", "chúng"),  # những con mèo gần một con chó kêu vì chúng ...
        (_each("một con {}", "mèo|chó|gà|vịt"), _each("những con {}", "mèo|chó|gà|vịt")),
        "gần",
        ("kêu", "vì"),
        3,
    ),
    Form(
        "gender of the reflexive",
        "English",
        ("himself", "herself"),  # the queen near the king praised herself
        (_each("the {}", "king|boy|man|actor"), _each("the {}", "queen|girl|woman|actress")),
        "near",
        ("praised",),
        1,
    ),
    Form(
        "gender of the reflexive",
        "Vietnamese",
        ("anh ấy", "cô ấy"),  # cô bác sĩ gần anh kỹ sư khen chính cô ấy
        (_each("anh {}", "bác sĩ|kỹ sư|y tá"), _each("cô {}", "bác sĩ|kỹ sư|y tá")),
        "gần",
        ("khen", "chính"),
        3,
    ),
)
