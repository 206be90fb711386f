"""The written sample: fair, disjoint, the same everywhere, and no task for a bag of words."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from seqtasks.baselines import bag_of_words
from seqtasks.data.samples import sentiment

PRINT_CHECKSUM = """
import hashlib
from seqtasks.data.samples import sentiment
rows = {split: list(stream) for split, stream in sentiment.streams().items()}
print(hashlib.sha256(repr(rows).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def rows():
    return {split: list(stream) for split, stream in sentiment.streams().items()}


def test_splits_are_disjoint_and_hold_no_text_twice(rows):
    assert set(rows) == {"train", "validation", "test"}
    counts = Counter(text for split in rows.values() for text, _ in split)
    assert max(counts.values()) == 1
    assert {split: len(split_rows) for split, split_rows in rows.items()} == sentiment.SIZES


def test_labels_and_languages_are_balanced(rows):
    for split in rows.values():  # every Vietnamese sentence has a letter that English lacks
        counts = Counter((label, text.isascii()) for text, label in split)
        assert len(counts) == 4
        assert set(counts.values()) == {len(split) // 4}


def test_texts_are_clean(rows):
    for split in rows.values():
        for text, _ in split:
            assert text == " ".join(text.split())
            assert not set("{}") & set(text)


PRAISE = (
    "good tasty fresh strong smooth quick attentive polite friendly clean quiet gripping original "
    "lovely clear useful sturdy ngon đậm_đà nóng_hổi thơm tốt nhanh chu_đáo lịch_sự thân_thiện "
    "sạch yên_tĩnh hay hấp_dẫn mới_mẻ êm_dịu rõ_ràng bổ_ích bền"
)
DENIALS = "nobody can say that|i would not say that|không ai nói rằng|không thể nói là"
CONCESSIONS = (  # what stands in the group is what the writer thinks
    "^(?:although|tuy|mặc dù) .*?(?:,|nhưng) (.*)",
    "^(.*) , (?:although|mặc dù) ",
    " , (?:but|yet|nhưng) (.*)",
)


def judged(text):
    """A reader's judgement: the clause that is stressed, then whether its denials are even."""
    new, old = (text.find(w) for w in ((" now", " before") if text.isascii() else ("giờ", "trước")))
    if old >= 0:
        return (new < old) != bool(re.search("no match|không thể sánh", text))
    denied = re.match(DENIALS, text)
    text = text[denied.end() :] if denied else text
    clauses = [match[1] for match in (re.search(rule, text) for rule in CONCESSIONS) if match]
    clause = clauses[0] if clauses else text
    negated = re.search(r"\bnot\b|\bnever\b|n't\b|\bkhông\b|\bchẳng\b", clause)
    praised = re.search(rf"\b(?:{PRAISE.replace(' ', '|').replace('_', ' ')})\b", clause)
    return bool(praised) ^ bool(negated) ^ bool(denied)


def test_labels_are_what_a_reader_would_say(rows):
    for split in rows.values():
        assert [] == [row for row in split if judged(row[0]) != (row[1] == "positive")]


def test_a_bag_of_words_stays_below_four_fifths(rows):
    predict, share = bag_of_words(rows["train"])
    texts, labels = zip(*rows["test"], strict=True)
    right = sum(a == b for a, b in zip(predict(texts), labels, strict=True)) / len(labels)
    assert share == 1.0
    assert right < 0.80


@pytest.mark.slow
def test_another_process_has_the_same_rows(rows):
    answer = subprocess.run(
        [sys.executable, "-c", PRINT_CHECKSUM],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": "4321", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == hashlib.sha256(repr(rows).encode()).hexdigest()
