"""The tagging sample: aligned, disjoint, with words and names that training lacks."""

import pytest

from seqtasks.data.samples.tagging import SIZES, streams
from seqtasks.text import bio


def rows(layer, split):
    return [tuple(column.split(" ") for column in row) for row in streams(layer)[split]]


@pytest.mark.parametrize("split", SIZES)
def test_both_layers_tag_the_same_tokens(split):
    pos, ner = rows("pos", split), rows("ner", split)
    assert len(pos) == SIZES[split]
    for (words, tags), (same, entities) in zip(pos, ner, strict=True):
        assert words == same
        assert len(words) == len(tags) == len(entities)
        assert bio.repair(entities, "bio") == (entities, 0)
        assert {span.type for span in bio.spans_of(entities)} <= {"PER", "LOC", "ORG"}
    assert rows("pos", split) == pos


def test_no_sentence_stands_in_two_splits_and_each_has_new_words():
    sentences = {split: [" ".join(w) for w, _ in rows("pos", split)] for split in SIZES}
    assert len({s for split in sentences.values() for s in split}) == sum(SIZES.values())
    known = {w for s in sentences["train"] for w in s.split(" ")}
    for split in ("validation", "test"):
        words = [w for s in sentences[split] for w in s.split(" ")]
        assert 0.1 < sum(w not in known for w in words) / len(words) < 0.3


def test_the_same_word_is_tagged_by_what_stands_beside_it():
    kinds = {}
    for words, tags in rows("ner", "train"):
        for word, tag in zip(words, tags, strict=True):
            kinds.setdefault(word, set()).add(tag[2:])
    assert kinds["Dover"] >= {"PER", "LOC", "ORG"}
    parts = {}
    for words, tags in rows("pos", "train"):
        for word, tag in zip(words, tags, strict=True):
            parts.setdefault(word, set()).add(tag)
    assert parts["plan"] == parts["book"] == {"NOUN", "VERB"}
