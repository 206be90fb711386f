"""Sentences in English and Vietnamese with the lemma of each token.

A small grammar written for this project. Forms are inflected ("cities", "planned", "went",
"drier"), sentence starts are capitalized, names stay as they are. Some forms have two lemmas, and
the neighbours decide: "he left" is of leave, "the left door" is not, "she saw" is of see, "a saw"
is not. A fifth of the words is kept from the training split: their lemmas need rules. In
Vietnamese, whose words have one form each, only the case at the start of a sentence changes. No
sentence stands in two splits.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator, Sequence

from seqtasks.data.samples import lemma_words as words
from seqtasks.data.samples.inflection import comparative, past, plural, progressive, superlative
from seqtasks.data.streams import Row, Stream

SIZES = {"train": 2000, "validation": 250, "test": 500}

# The share of each list of words that no training sentence has.
UNSEEN = 0.2

# Literal tokens are "form" or "form/lemma", slots are "{word class:which form}", the lemma being 0.
ENGLISH = (
    "the {noun:1} were/be {adjective:0}",
    "the {noun:0} was/be {adjective:0} , but {name:0} {verb:2} it",
    "{name:0} {verb:2} the {adjective:0} {noun:0}",
    "{name:0} and {name:0} have/have {verb:3} the {noun:1}",
    "{name:0} has/have {verb:3} a {noun:0} in {town:0}",
    "he is/be {verb:4} the {noun:1} of {town:0}",
    "they are/be {verb:4} a {adjective:0} {noun:0}",
    "the {noun:0} is/be {adjective:1} than the {noun:0}",
    "these/this are/be the {adjective:2} {noun:1} in {town:0}",
    "she {verb:1} two {noun:1} every day",
    "it {verb:1} a {noun:0}",
    "we did/do n't/not {verb:0} the {noun:1}",
    "did/do you {verb:0} my {noun:0} ?",
    "will you {verb:0} them/they tomorrow ?",
    "I saw/see the {noun:0} and left/leave",
    "{name:0} wants/want to {verb:0} a saw",
    "the {noun_like_verb:0} in {town:0} was/be {adjective:0}",
    "{name:0} {verb:2} a {noun_like_verb:0}",
    "{name:0} is/be {verb_like_noun:1} the {noun:1}",
    "the {adjective_like_verb:0} {noun:0} was/be {adjective:0}",
    "{name:0} {verb:2} the {adjective_like_verb:0} {noun:0}",
    "{verb:4} {noun:1} is/be {adjective:0}",
    "{noun:1} , {name:0} said/say , are/be {adjective:1}",
    "the {noun:1} that {name:0} {verb:2} have/have been/be {verb:3}",
    "he told/tell me/I that the {noun:0} had/have been/be {verb:3}",
)

VIETNAMESE = (
    "{worker:0} đã {verb:0} {noun:0} ở {town:0}",
    "{name:0} không {verb:0} {noun:0} {adjective:0}",
    "{time:0} , {name:0} {verb:0} {noun:0}",
    "{time:0} , {worker:0} {verb:0} {noun:0} ở {town:0}",
    "{noun:0} của {name:0} rất {adjective:0}",
    "{name:0} và {name:0} đang {verb:0} {noun:0}",
    "{verb:0} {noun:0} {adjective:0} không khó",
    "{town:0} và {town:0} rất {adjective:0}",
    "{adjective:0} nhưng {adjective:0} , {noun:0} của {worker:0}",
    "{name:0} có {verb:0} {noun:0} không ?",
)

Entry = tuple[str, ...]  # a lemma and its other forms


def streams() -> dict[str, Stream]:
    """The three splits: rows of joined tokens with their joined lemmas, half in each language."""

    def read(split: str) -> Iterator[tuple[int, Row]]:
        return enumerate(_rows()[split], start=1)

    return {
        split: Stream(f"sample ({split})", functools.partial(read, split), "sentence")
        for split in SIZES
    }


@functools.cache
def _rows() -> dict[str, list[Row]]:
    rng = random.Random(11)
    used: set[str] = set()
    rows: dict[str, list[Row]] = {}
    for split, size in SIZES.items():
        rows[split] = []
        while len(rows[split]) < size:
            patterns, lexicon = (
                (ENGLISH, _english()),
                (VIETNAMESE, _vietnamese()),
            )[len(rows[split]) % 2]
            forms, lemmas = _sentence(rng.choice(patterns), lexicon, split == "train", rng)
            if forms not in used:
                used.add(forms)
                rows[split].append((forms, lemmas))
    return rows


def _sentence(
    pattern: str, lexicon: dict[str, list[list[Entry]]], seen: bool, rng: random.Random
) -> tuple[str, str]:
    forms, lemmas = [], []
    for item in pattern.split(" "):
        form, _, lemma = item.partition("/")
        if item.startswith("{"):
            word_class, _, which = item.strip("{}").partition(":")
            known, unseen = lexicon[word_class]
            entry = rng.choice(unseen if not seen and rng.random() < 0.4 else known)
            form, lemma = entry[int(which)], entry[0]
        forms.append(form)
        lemmas.append(lemma or form)
    forms = [
        "an" if form == "a" and following[0].lower() in "aeio" else form
        for form, following in zip(forms, [*forms[1:], "."], strict=True)
    ]
    end = [] if forms[-1] == "?" else ["."]
    forms[0] = forms[0][0].upper() + forms[0][1:]
    return " ".join(forms + end), " ".join(lemmas + end)


@functools.cache
def _english() -> dict[str, list[list[Entry]]]:
    return {
        "noun": _lexicon(words.NOUNS, words.IRREGULAR_NOUNS, plural),
        # In -s, past, participle, in -ing.
        "verb": _lexicon(words.VERBS, words.IRREGULAR_VERBS, plural, past, past, progressive),
        "adjective": _lexicon(
            words.ADJECTIVES, words.IRREGULAR_ADJECTIVES, comparative, superlative
        ),
        "noun_like_verb": _lexicon(words.NOUNS_LIKE_VERBS),
        "verb_like_noun": _lexicon([], words.VERBS_LIKE_NOUNS),
        "adjective_like_verb": _lexicon(words.ADJECTIVES_LIKE_VERBS),
        "name": _lexicon(words.NAMES),
        "town": _lexicon(words.TOWNS),
    }


@functools.cache
def _vietnamese() -> dict[str, list[list[Entry]]]:
    return {word_class: _lexicon(lemmas) for word_class, lemmas in words.VIETNAMESE.items()}


def _lexicon(
    regular: Sequence[str], irregular: Sequence[str] = (), *inflect: Callable[[str], str]
) -> list[list[Entry]]:
    """The words that training may have, and those kept from it."""
    parts: list[list[Entry]] = [[], []]
    for entries in (
        [(word, *(form(word) for form in inflect)) for word in regular],
        [tuple(item.split("/")) for item in irregular],
    ):
        known = len(entries) - int(UNSEEN * len(entries))
        parts[0] += entries[:known]
        parts[1] += entries[known:]
    return [parts[0], parts[1] or parts[0]]
