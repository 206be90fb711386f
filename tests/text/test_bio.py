import itertools
import random

import pytest

from seqtasks.text import bio
from seqtasks.text.bio import Span

SPANS = [Span("PER", 0, 2), Span("PER", 2, 3), Span("LOC", 3, 4), Span("ORG", 5, 8)]
TAGS = {
    "bio": "B-PER I-PER B-PER B-LOC O B-ORG I-ORG I-ORG".split(),
    "iob1": "I-PER I-PER B-PER I-LOC O I-ORG I-ORG I-ORG".split(),
    "bioes": "B-PER E-PER S-PER S-LOC O B-ORG I-ORG E-ORG".split(),
}


@pytest.mark.parametrize("scheme", TAGS)
def test_tags_and_spans_by_hand(scheme):
    assert bio.spans_of(TAGS[scheme], scheme) == SPANS
    assert bio.tags_of(reversed(SPANS), 8, scheme) == TAGS[scheme]
    assert bio.detect_scheme([["O"], TAGS[scheme]]) == scheme
    for target, tags in TAGS.items():
        assert bio.convert(TAGS[scheme], scheme, target) == tags


def random_spans(rng, length):
    spans, position = [], 0
    while position < length:
        end = position + rng.randint(1, 3)
        if rng.random() < 0.6 and end <= length:
            spans.append(Span(rng.choice(["A", "B-C", "é"]), position, end))
        position = end
    return spans


def test_any_spans_survive_any_scheme():
    rng = random.Random(0)
    for _ in range(500):
        length = rng.randint(0, 9)
        spans = random_spans(rng, length)
        for scheme in bio.SCHEMES:
            tags = bio.tags_of(spans, length, scheme)
            assert bio.spans_of(tags, scheme) == spans
            assert bio.repair(tags, scheme) == (tags, 0)


@pytest.mark.parametrize("scheme", bio.SCHEMES)
def test_allowed_transitions_permit_just_what_repair_leaves_alone(scheme):
    prefixes = bio.SCHEMES[scheme][1:] if scheme != "bio" else "BI"
    prefixes = [p for p in "BIES" if p in prefixes]
    labels = ["O", *(f"{p}-{kind}" for kind in "XY" for p in prefixes)]
    start, between, end = bio.allowed_transitions(labels, scheme)
    rng = random.Random(1)
    seen = set()
    for _ in range(3000):
        ids = [rng.randrange(len(labels)) for _ in range(rng.randint(1, 4))]
        permitted = start[ids[0]] and end[ids[-1]]
        permitted = permitted and all(between[i][j] for i, j in itertools.pairwise(ids))
        mended, changed = bio.repair([labels[i] for i in ids], scheme)
        assert permitted == (changed == 0), ids
        assert bio.repair(mended, scheme)[1] == 0
        seen.add(permitted)
    assert seen == {True, False}


def test_without_a_scheme_all_is_allowed_and_pos_tags_are_none():
    assert bio.detect_scheme([["NOUN", "VERB"], ["X"]]) is None
    assert bio.detect_scheme([["O", "O"]]) is None
    assert bio.allowed_transitions(["X", "Y"], None) == ([True] * 2, [[True] * 2] * 2, [True] * 2)


def test_repair_counts_what_it_changes():
    tags = "O I-PER I-PER I-LOC B-LOC".split()
    assert bio.repair(tags, "bio") == ("O B-PER I-PER B-LOC B-LOC".split(), 2)
    assert bio.repair(tags, "iob1") == (tags, 0)
    assert bio.repair(["B-X", "I-Y"], "bioes") == (["S-X", "S-Y"], 2)


def test_a_few_ill_formed_spans_do_not_change_the_scheme():
    assert bio.detect_scheme([TAGS["bio"], ["O", "I-PER"]]) == "bio"


@pytest.mark.parametrize("tag", ["X-PER", "NOUN", "", "O-PER", "S-PER"])
def test_a_tag_outside_of_the_scheme_is_an_error(tag):
    with pytest.raises(ValueError, match=r"Expected tags of the scheme bio.*received"):
        bio.spans_of(["O", tag], "bio")


def test_other_errors_say_what_is_wrong():
    with pytest.raises(ValueError, match=r"Expected a tagging scheme.*bilou"):
        bio.spans_of(["O"], "bilou")
    with pytest.raises(ValueError, match="do not overlap"):
        bio.tags_of([Span("X", 0, 2), Span("Y", 1, 3)], 3)
    with pytest.raises(ValueError, match="within 0 to 3"):
        bio.tags_of([Span("X", 2, 4)], 3)
    with pytest.raises(ValueError, match=r"'Rome'.*not in"):
        bio.token_offsets("Paris is in France", ["Paris", "Rome"])


def test_offsets_of_repeated_tokens_and_in_unicode():
    text = "Ma ma  ma, Huê\u0301 – Nguye\u0302\u0303n 👩‍👩‍👧!"
    tokens = ["Ma", "ma", "ma", ",", "Huế", "–", "Nguyễn", "👩‍👩‍👧", "!"]
    offsets = bio.token_offsets(text, tokens)
    assert [text[a:b] for a, b in offsets[:4]] == tokens[:4]
    assert text[slice(*offsets[4])] == "Huê\u0301"
    assert text[slice(*offsets[6])] == "Nguye\u0302\u0303n"
    (span,) = bio.character_spans(text, tokens, [Span("PER", 4, 7)])
    assert text[span.start : span.end] == "Huê\u0301 – Nguye\u0302\u0303n"
