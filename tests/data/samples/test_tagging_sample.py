"""The tagging sample: aligned, disjoint, with words and names that training lacks."""

import hashlib

import pytest

from seqtasks.data.samples.tagging import SIZES, streams
from seqtasks.data.samples.tagging_chunks import chunk_tags
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


def test_chunks_tag_the_same_tokens():
    for split, size in SIZES.items():
        pos, chunks = rows("pos", split), rows("chunks", split)
        assert len(chunks) == size
        for (words, tags), (same, phrases) in zip(pos, chunks, strict=True):
            assert words == same
            assert len(words) == len(phrases)
            assert bio.repair(phrases, "bio") == (phrases, 0)
            spans = bio.spans_of(phrases)
            assert {span.type for span in spans} <= {"NP", "VP", "PP"}
            for part, tag in zip(tags, phrases, strict=True):
                assert (tag == "O") <= (part in {"PUNCT", "CCONJ", "ADJ", "ADV", "PART"})
                assert (part == "PUNCT") <= (tag == "O")


@pytest.mark.parametrize(
    ("sentence", "chunks"),
    [
        (
            "the/DET old/ADJ cook/NOUN did/AUX n't/PART cook/VERB in/ADP Dover/PROPN ./PUNCT",
            "B-NP I-NP I-NP B-VP I-VP I-VP B-PP B-NP O",
        ),
        (
            "they/PRON plan/VERB it/PRON and/CCONJ rarely/ADV book/VERB",
            "B-NP B-VP B-NP O B-VP I-VP",
        ),
        ("to/PART sell/VERB 3/NUM books/NOUN is/AUX useful/ADJ", "B-VP I-VP B-NP I-NP B-VP O"),
        ("Bank/PROPN of/ADP Oslo/PROPN paid/VERB quickly/ADV", "B-NP B-PP B-NP B-VP O"),
        (
            "những/DET con_đường/NOUN hẹp/ADJ ở/ADP Huế/PROPN rất/ADV vắng/ADJ",
            "B-NP I-NP I-NP B-PP B-NP O O",
        ),
        (
            "quyển_sách/NOUN này/DET của/ADP bác_sĩ/NOUN cũ/ADJ nhưng/CCONJ hay/ADJ",
            "B-NP I-NP B-PP B-NP O O O",
        ),
        ("Lan/PROPN có/VERB mua/VERB máy_tính/NOUN không/PART ?/PUNCT", "B-NP B-VP I-VP B-NP O O"),
    ],
)
def test_chunks_are_what_a_reader_would_say(sentence, chunks):
    words, parts = zip(*(item.rsplit("/", 1) for item in sentence.split(" ")), strict=True)
    assert chunk_tags(words, parts) == chunks.split(" ")


def test_pos_and_ner_are_what_they_were_before_there_were_chunks():
    digest = hashlib.sha256()
    for layer in ("pos", "ner"):
        digest.update(repr([list(streams(layer)[split]) for split in SIZES]).encode())
    assert digest.hexdigest() == "c26137ad10ea3cfb929013d43be8df3eb722432d46a7366c5445c93f2afbf604"
