"""A grammar that gives each word it says its part of speech and its entity."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

# The share of each list of names and words that no training sentence has.
UNSEEN = 0.2


@dataclass(frozen=True)
class Grammar:
    """One language.

    `words` are open classes, `names` lists to build names from: the words of each are drawn from,
    all but the last `UNSEEN` of them for training. `phrases` are what a slot in braces may stand
    for, and `sentences` are made of slots and of words with their part of speech ("the/DET"); a
    slot with a type ("{person:PER}") makes an entity. A blank within a Vietnamese word is `_`.
    """

    words: dict[str, tuple[str, str]]
    names: dict[str, str]
    phrases: dict[str, tuple[str, ...]]
    sentences: tuple[str, ...]

    def sentence(self, seen: bool, rng: random.Random) -> list[tuple[str, str, str]]:
        """A random sentence: tokens with part of speech and entity tag.

        Args:
            seen: whether only words of the training split may be used.
            rng: draws it.
        """
        tokens = self._expand(rng.choice(self.sentences), seen, rng)
        first, *rest = tokens
        return [(first[0][0].upper() + first[0][1:], *first[1:]), *rest]

    def _expand(self, pattern: str, seen: bool, rng: random.Random) -> list[tuple[str, str, str]]:
        tokens = []
        for item in pattern.split(" "):
            slot = re.fullmatch(r"\{(\w+)(?::(\w+))?\}", item)
            if not slot:
                word, _, part = item.rpartition("/")
                tokens.append((word, part, "O"))
                continue
            inner = self._slot(slot[1], seen, rng)
            if slot[2]:
                prefixes = ["B"] + ["I"] * (len(inner) - 1)
                inner = [
                    (word, part, f"{prefix}-{slot[2]}")
                    for prefix, (word, part, _) in zip(prefixes, inner, strict=True)
                ]
            tokens += inner
        return tokens

    def _slot(self, name: str, seen: bool, rng: random.Random) -> list[tuple[str, str, str]]:
        if name in self.phrases:
            return self._expand(rng.choice(self.phrases[name]), seen, rng)
        if name == "number":
            return [(str(rng.choice((rng.randrange(2, 30), rng.randrange(100, 3000)))), "NUM", "O")]
        text, part = (self.names[name], "PROPN") if name in self.names else self.words[name]
        choices = text.split()
        known = len(choices) - max(1, int(UNSEEN * len(choices)))
        unseen = not seen and rng.random() < 0.4
        return [(rng.choice(choices[known:] if unseen else choices[:known]), part, "O")]
