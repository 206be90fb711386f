"""Small sentences about what fits where, in English and Vietnamese, and pairs to choose from.

A small grammar written for this project, after Winograd's schema: "The trophy does not fit into the
suitcase because it is too big": what is? Which noun stands for the pronoun depends on "not" and on
the adjective together; the nouns beside the pronoun's place say nothing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """Words and forms of one language.

    Attributes:
        name: of the language.
        things: what is put somewhere.
        places: where it is put; of as many words as the things.
        sentence: template over `{thing}`, `{place}`, `{verb}`, `{noun}`, `{adjective}`.
        verbs: does not fit, fits.
        adjectives: small, big.
    """

    name: str
    things: tuple[str, ...]
    places: tuple[str, ...]
    sentence: str
    verbs: tuple[str, str]
    adjectives: tuple[str, str]

    def sentence_of(self, thing: str, place: str, fits: bool, about_thing: bool) -> str:
        """The sentence; its adjective is what makes the thing fit, or not."""
        return self.with_noun(thing, place, fits, about_thing, thing if about_thing else place)

    def with_noun(self, thing: str, place: str, fits: bool, about_thing: bool, noun: str) -> str:
        """The sentence about the thing or the place, with any noun in its second half."""
        return self.sentence.format(
            thing=thing,
            place=place,
            verb=self.verbs[fits],
            noun=noun,
            adjective=self.adjectives[fits != about_thing],
        )

    def text(self, rng: random.Random, sentences: int) -> list[list[str]]:
        """Random sentences, as words; none has the thing and the place of one number both."""
        found = []
        while len(found) < sentences:
            thing, place = (rng.randrange(len(nouns)) for nouns in (self.things, self.places))
            if thing != place:
                choices = rng.random() < 0.5, rng.random() < 0.5
                text = self.sentence_of(self.things[thing], self.places[place], *choices)
                found.append(text.split())
        return found

    def pairs(self) -> list[tuple[list[str], list[str]]]:
        """Sentences of things and places never seen together: the right one, and the wrong one."""
        found = []
        for thing, place in zip(self.things, self.places, strict=True):
            for fits in (False, True):
                for about_thing in (False, True):
                    nouns = (thing, place) if about_thing else (place, thing)
                    right, wrong = (
                        self.with_noun(thing, place, fits, about_thing, noun).split()
                        for noun in nouns
                    )
                    found.append((right, wrong))
        return found


LANGUAGES = (
    Language(
        "English",
        ("trophy", "book", "lamp", "doll"),
        ("suitcase", "box", "bag", "drawer"),
        "the {thing} {verb} into the {place} because the {noun} is {adjective}",
        ("does not fit", "fits"),
        ("small", "big"),
    ),
    Language(
        "Vietnamese",
        ("cúp", "đèn", "nón", "giày"),
        ("vali", "hộp", "túi", "tủ"),
        "cái {thing} {verb} vừa cái {place} vì cái {noun} {adjective}",
        ("không", "rất"),
        ("nhỏ", "to"),
    ),
)
