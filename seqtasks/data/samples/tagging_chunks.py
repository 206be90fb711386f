"""Chunks of the tagging sample: noun, verb and prepositional phrases, from its parts of speech.

As in CoNLL-2000, chunks do not overlap: a prepositional phrase is its preposition alone. Which word
is a noun and which a verb the grammar knows; a tagger must see it from the neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence

NOUNS = {"NOUN", "PROPN", "PRON", "NUM"}
BEFORE_NOUNS = {"DET", "ADJ"}
VERBS = {"VERB", "AUX"}
BEFORE_VERBS = {"PART", "ADV"}


def chunk_tags(words: Sequence[str], parts: Sequence[str]) -> list[str]:
    """BIO tags of the types NP, VP and PP.

    - VP: verbs and auxiliaries, with the particles and adverbs before a verb ("did n't buy").
    - NP: nouns, names, pronouns and numbers; determiners and adjectives before them, and, in
      Vietnamese, after them. An adjective before "nhưng" (but) is the predicate.
    - PP: prepositions.

    Args:
        words: the tokens of a sentence of the sample.
        parts: their parts of speech.
    """
    kinds: list[str] = []
    for number in reversed(range(len(words))):
        part, following = parts[number], kinds[0] if kinds else ""
        previous = parts[number - 1] if number else ""
        after = words[number + 1] if number + 1 < len(words) else ""
        kind = ""
        if part == "ADP":
            kind = "PP"
        elif part in NOUNS or (part in BEFORE_NOUNS and following == "NP"):
            kind = "NP"
        elif part in BEFORE_NOUNS and previous == "NOUN" and after != "nhưng":
            kind = "NP"
        elif part in VERBS or (part in BEFORE_VERBS and following == "VP"):
            kind = "VP"
        kinds.insert(0, kind)
    return [
        f"{'I' if kind == previous and kind != 'PP' else 'B'}-{kind}" if kind else "O"
        for kind, previous in zip(kinds, ["", *kinds], strict=False)
    ]
