"""The language sample: balanced, disjoint, the same everywhere, with words that training lacks."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from seqtasks.data.samples import language
from seqtasks.data.samples.language_words import LANGUAGES

PRINT_CHECKSUM = """
import hashlib
from seqtasks.data.samples import language
rows = {split: list(stream) for split, stream in language.streams().items()}
print(hashlib.sha256(repr(rows).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def rows():
    return {split: list(stream) for split, stream in language.streams().items()}


def words_of(text):
    return re.findall(r"\w+", text.lower())


def test_splits_have_their_sizes_and_as_many_texts_of_each_language(rows):
    for split, size in language.SIZES.items():
        counts = Counter(code for _, code in rows[split])
        assert counts == dict.fromkeys(("en", "de", "fr", "cs", "vi"), size // 5)


def test_no_text_stands_in_two_splits_or_has_two_labels(rows):
    counts = Counter(text.lower() for split in rows.values() for text, _ in split)
    assert max(counts.values()) == 1


def test_texts_are_clean_and_some_are_cut_and_some_in_lower_case(rows):
    texts = [text for text, _ in rows["train"]]
    assert all(text == " ".join(text.split()) and "|" not in text for text in texts)
    assert 0.15 < sum(len(text.split()) <= 5 for text in texts) / len(texts) < 0.6
    assert 0.3 < sum(text[0].islower() for text in texts) / len(texts) < 0.7


def test_held_out_texts_have_words_that_training_lacks(rows):
    known = {word for text, _ in rows["train"] for word in words_of(text)}
    for split in ("validation", "test"):
        words = [word for text, _ in rows[split] for word in words_of(text)]
        assert 0.15 < sum(word not in known for word in words) / len(words) < 0.4


# What every one of these words would say of the language; a sentence with two of them is a slip.
OWN = {
    "en": "the and is has at my his",
    "de": "der das und ist ein eine im",
    "fr": "le les une est dans sur avec",
    "cs": "ve můj jeho něco pod",
    "vi": "không của một và cho tôi người",
}


def test_each_language_has_words_of_its_own_and_none_of_the_others():
    for code, lists in LANGUAGES.items():
        words = {w for field in vars(lists).values() for item in field for w in words_of(item)}
        for other, markers in OWN.items():
            found = words & set(markers.split())
            assert len(found) >= 2 if other == code else not found, (code, other, found)
        assert len(words) > 250


def test_languages_say_the_same_number_of_things():
    for field in ("subjects", "predicates", "places", "times", "phrases"):
        sizes = [len(getattr(lists, field)) for lists in LANGUAGES.values()]
        assert min(sizes) > 20
        assert max(sizes) - min(sizes) <= 6, (field, sizes)


@pytest.mark.slow
def test_another_process_has_the_same_rows(rows):
    answer = subprocess.run(
        [sys.executable, "-c", PRINT_CHECKSUM],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONHASHSEED": "4321", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == hashlib.sha256(repr(rows).encode()).hexdigest()
