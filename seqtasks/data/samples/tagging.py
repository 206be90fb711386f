"""Tagged sentences in English and Vietnamese: parts of speech, entities, and phrases (chunks).

A small grammar written for this project. What a word is, its neighbours decide: "Dover" is a place
in "in Dover", a person in "Ms. Dover" and part of an organisation in "Dover Bank"; "plan", "book"
and "cook" are nouns or verbs. A part of the names and of the other words is kept from the training
split, so the other splits have words that nobody has seen. No sentence stands in two splits.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator
from typing import Literal

from seqtasks.data.samples.tagging_chunks import chunk_tags
from seqtasks.data.samples.tagging_words import ENGLISH, VIETNAMESE
from seqtasks.data.streams import Row, Stream

SIZES = {"train": 1500, "validation": 250, "test": 500}


def streams(layer: Literal["pos", "ner", "chunks"]) -> dict[str, Stream]:
    """The three splits: rows of joined tokens with their joined tags.

    Args:
        layer: parts of speech; entities (PER, LOC, ORG) in BIO; phrases (NP, VP, PP) in BIO.
    """

    def read(split: str) -> Iterator[tuple[int, Row]]:
        for number, sentence in enumerate(_splits()[split], start=1):
            words, parts, entities = zip(*sentence, strict=True)
            tags = {"pos": parts, "ner": entities}.get(layer) or chunk_tags(words, parts)
            yield number, (" ".join(words), " ".join(tags))

    return {
        split: Stream(f"sample ({split})", functools.partial(read, split), "sentence")
        for split in SIZES
    }


@functools.cache
def _splits() -> dict[str, list[list[tuple[str, str, str]]]]:
    rng = random.Random(2003)
    used: set[str] = set()
    splits: dict[str, list] = {}
    for split, size in SIZES.items():
        splits[split] = []
        while len(splits[split]) < size:
            grammar = (ENGLISH, VIETNAMESE)[len(splits[split]) % 2]
            sentence = grammar.sentence(split == "train", rng)
            words = " ".join(word for word, *_ in sentence)
            if words not in used:
                used.add(words)
                splits[split].append(sentence)
    return splits
