"""English spelling rules: forms of regular nouns, verbs and adjectives."""

from __future__ import annotations

import re


def plural(noun: str) -> str:
    """The plural of a noun, also the third person of a verb: "city" -> "cities"."""
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + ("es" if re.search(r"(s|x|z|ch|sh|[^aeiou]o)$", noun) else "s")


def past(verb: str) -> str:
    """The past tense: "plan" -> "planned", "carry" -> "carried"."""
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ied"
    return verb + "d" if verb.endswith("e") else _doubled(verb) + "ed"


def progressive(verb: str) -> str:
    """The form in -ing: "bake" -> "baking", "tie" -> "tying"."""
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    silent = verb.endswith("e") and not re.search(r"(ee|ye|oe)$", verb)
    return (verb[:-1] if silent else _doubled(verb)) + "ing"


def comparative(adjective: str) -> str:
    """The comparative: "dry" -> "drier", "big" -> "bigger"."""
    if re.search(r"[^aeiou]y$", adjective):
        return adjective[:-1] + "ier"
    return adjective + "r" if adjective.endswith("e") else _doubled(adjective) + "er"


def superlative(adjective: str) -> str:
    """The superlative: "wide" -> "widest"."""
    return comparative(adjective)[:-1] + "st"


def _doubled(word: str) -> str:
    """One syllable with one vowel and one consonant at the end doubles it: "plan" -> "plann"."""
    return word + word[-1] if re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", word) else word
