"""Problems whose answer depends on one token, a known number of steps before the end."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from seqtasks.lab.problems import agreement_sentences as sentences

Example = tuple[list[str], int]  # tokens, and the class that follows them
PADDING = 0
VOCABULARY = 96  # ids, for all problems alike, so that one network serves them all
CLASSES = 9
BRACKETS = ("()", "[]", "{}")


@dataclass(frozen=True)
class Problem:
    """A problem of memory.

    Attributes:
        name: a short one.
        language: "" where its tokens are of no language.
        classes: number of answers.
        offset: distance with nothing between the token that decides and the answer.
        unit: by how many steps each filler lengthens it.
        example: source of random numbers, number of fillers -> tokens and class.
    """

    name: str
    language: str
    classes: int
    offset: int
    unit: int
    example: Callable[[random.Random, int], Example]

    @property
    def title(self) -> str:
        """The name, with the language where there is one."""
        return f"{self.name} ({self.language})" if self.language else self.name

    def fillers(self, longest: int) -> range:
        """Numbers of fillers for distances of at most `longest` steps."""
        return range((longest - self.offset) // self.unit + 1)

    def distance(self, fillers: int) -> int:
        """Steps from the token that decides to the answer."""
        return self.offset + self.unit * fillers

    def draw(
        self, rng: random.Random, rows: int, longest: int, fillers: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Random examples of distances up to `longest`, padded in front to `longest + 1` tokens.

        Args:
            rng: source of random numbers.
            rows: number of examples.
            longest: the largest distance.
            fillers: number of fillers; None draws it for each example.

        Returns:
            ids int32 [rows, longest + 1], classes int32 [rows].
        """
        ids = np.full((rows, longest + 1), PADDING, "int32")
        classes = np.zeros(rows, "int32")
        choices = self.fillers(longest)
        for row in range(rows):
            number = rng.choice(choices) if fillers is None else fillers
            tokens, classes[row] = self.example(rng, number)
            tokens = tokens[-(longest + 1) :]
            ids[row, longest + 1 - len(tokens) :] = [IDS[token] for token in tokens]
        return ids, classes


def _adding(rng: random.Random, fillers: int) -> Example:
    """The sum of two marked digits: the first decides, the second lies somewhere after it."""
    digits = [rng.randrange(5) for _ in range(fillers + 2)]
    second = rng.randrange(1, fillers + 2)
    marked = {0, second}
    tokens = [f"{digit}{'*' if n in marked else ''}" for n, digit in enumerate(digits)]
    return tokens, digits[0] + digits[second]


def _copying(rng: random.Random, fillers: int) -> Example:
    """A letter, blanks, and the demand to repeat it."""
    letter = rng.randrange(8)
    return ["ABCDEFGH"[letter], *["_"] * fillers, "?"], letter


def _brackets(rng: random.Random, fillers: int) -> Example:
    """The beginning of a Dyck word: which bracket closes the one opened before balanced pairs."""
    kind = rng.randrange(len(BRACKETS))
    return [BRACKETS[kind][0], *_balanced(rng, fillers)], kind


def _balanced(rng: random.Random, pairs: int) -> list[str]:
    """A random balanced word of brackets."""
    if not pairs:
        return []
    inside = rng.randrange(pairs)
    opening, closing = rng.choice(BRACKETS)
    return [opening, *_balanced(rng, inside), closing, *_balanced(rng, pairs - 1 - inside)]


PROBLEMS = (
    Problem("adding", "", 9, 2, 1, _adding),
    Problem("copy memory", "", 8, 2, 1, _copying),
    Problem("Dyck brackets", "", 3, 1, 2, _brackets),
    *(
        Problem(
            form.name,
            form.language,
            2,
            form.decides + len(form.end),
            form.filler_words,
            form.example,
        )
        for form in sentences.FORMS
    ),
)


def _vocabulary(words: Sequence[str]) -> dict[str, int]:
    return {word: number for number, word in enumerate(dict.fromkeys(words), start=PADDING + 1)}


IDS = _vocabulary(
    [
        *(f"{digit}{mark}" for mark in ("", "*") for digit in range(5)),
        *"ABCDEFGH_?",
        *"".join(BRACKETS),
        *(word for form in sentences.FORMS for word in form.words()),
    ]
)
