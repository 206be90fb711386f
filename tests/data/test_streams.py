"""Cutting and shuffling, by what must hold whatever the checksum or the seed."""

import itertools
from collections import Counter

import pytest

from seqtasks.data import Splits, Stream, cut_missing, shuffled
from seqtasks.errors import InputError


def stream(rows, origin="corpus.tsv"):
    return Stream(origin, lambda: enumerate(rows, start=1))


# 3,000 rows of 1,000 texts: each text three times, with different labels, far apart.
ROWS = [(f"văn bản {number % 1000}", f"label {number // 1000}") for number in range(3000)]
OTHER = stream([("of its own", "x")], "other.tsv")


@pytest.mark.parametrize(
    ("validation", "test", "cut"),
    [
        (None, None, ["test", "validation"]),
        (OTHER, None, ["test"]),
        (None, OTHER, ["validation"]),
        (OTHER, OTHER, []),
    ],
)
def test_cut_missing_splits_off_a_tenth_each(validation, test, cut):
    splits = cut_missing(stream(ROWS), validation, test, ("a note",))
    assert isinstance(splits, Splits)
    assert validation is None or splits.validation is validation
    assert test is None or splits.test is test
    parts = {"train": list(splits.train)} | {name: list(getattr(splits, name)) for name in cut}
    assert sum(map(Counter, parts.values()), Counter()) == Counter(ROWS)
    texts = {name: {text for text, _ in rows} for name, rows in parts.items()}
    assert sum(map(len, texts.values())) == 1000  # no text in two splits
    for name in cut:
        assert 70 <= len(texts[name]) <= 130  # a tenth of 1,000, within three deviations
        assert parts[name] == [row for row in ROWS if row[0] in texts[name]]  # order kept
        assert getattr(splits, name).origin.startswith("corpus.tsv (")
        assert any(f"no {name} split" in note for note in splits.notes)
    assert len(splits.notes) == 1 + len(cut)


def test_cut_missing_is_the_same_every_time_and_hangs_on_the_text_alone():
    first = cut_missing(stream(ROWS), None, None)
    again = cut_missing(stream([(text, "other") for text, _ in reversed(ROWS)]), None, None)
    for name in ("train", "validation", "test"):
        rows = list(getattr(first, name))
        assert rows == list(getattr(first, name))
        assert {text for text, _ in rows} == {text for text, _ in getattr(again, name)}


# Different texts by label; each stands there twice, and copies are far apart.
TEXTS_OF = {"common": 800, "usual": 95, "seldom": 14, "rare": 3, "two": 2, "once": 1}
SKEWED = [(f"{label} {n}", label) for label, count in TEXTS_OF.items() for n in range(count)] * 2
CUT = {"common": 80, "usual": 10, "seldom": 1, "rare": 1, "two": 0, "once": 0}  # round(n / 10)


@pytest.mark.parametrize("missing", [["test"], ["validation"], ["test", "validation"]])
def test_a_stratified_cut_keeps_the_share_of_each_label(missing):
    given = {name: None if name in missing else OTHER for name in ("validation", "test")}
    splits = cut_missing(stream(SKEWED), given["validation"], given["test"], label=1)
    parts = {name: list(getattr(splits, name)) for name in ("train", *missing)}
    assert sum(map(Counter, parts.values()), Counter()) == Counter(SKEWED)
    texts = {name: {row[0] for row in rows} for name, rows in parts.items()}
    assert sum(map(len, texts.values())) == sum(TEXTS_OF.values())  # no text in two splits
    for name in missing:
        found = Counter(label for _, label in parts[name])
        assert found == Counter({label: 2 * count for label, count in CUT.items()})
        assert parts[name] == [row for row in SKEWED if row[0] in texts[name]]  # order kept
    left = Counter(label for _, label in parts["train"])
    assert set(left) == set(TEXTS_OF)  # training lacks no label
    assert left["rare"] == 2 * (3 - len(missing))


def test_a_stratified_cut_depends_on_texts_and_labels_alone():
    first = cut_missing(stream(SKEWED), None, None, label=1)
    again = cut_missing(stream(SKEWED[::-1]), None, None, label=1)
    for name in ("train", "validation", "test"):
        assert set(getattr(first, name)) == set(getattr(again, name))


def test_a_text_of_two_labels_falls_into_one_split():
    rows = [(f"text {n}", "a" if n % 2 else "b") for n in range(100)]
    both = [*rows, *((text, "b") for text, _ in rows)]
    splits = cut_missing(stream(both), None, None, label=1)
    parts = [{row[0] for row in part} for part in (splits.train, splits.validation, splits.test)]
    assert sum(map(len, parts)) == 100


def test_like_texts_are_cut_from_everywhere():
    """Texts that differ in a number, sorted by it: the tenth is no run of neighbours."""
    rows = [(f"row {n:04}", "a") for n in range(1000)]
    test = [
        int(text.split()[1]) for text, _ in cut_missing(stream(rows), OTHER, None, label=1).test
    ]
    assert len(test) == 100
    assert all(sum(n // 250 == quarter for n in test) >= 10 for quarter in range(4))


def test_parts_keep_line_numbers_and_unit():
    whole = Stream("x", lambda: enumerate(ROWS, start=1), unit="example")
    part = whole.part("odd", lambda row: int(row[0].split()[-1]) % 2 == 1)
    assert [line for line, _ in part.read()][:3] == [2, 4, 6]
    assert part.where(4) == "x (odd), example 4"


@pytest.mark.parametrize("rows", [[], [("one", "x")], [("one", "x")] * 500, ROWS[:2]])
def test_too_few_different_rows_to_cut(rows):
    with pytest.raises(
        InputError, match=r"corpus\.tsv: too few different rows to cut test and val"
    ):
        cut_missing(stream(rows), None, None)


@pytest.mark.parametrize("characters", [1, 300, 10**9])
def test_shuffled_is_a_permutation_by_its_seed_alone(characters):
    once, again, other = (list(shuffled(ROWS, seed, characters)) for seed in (1, 1, 2))
    assert Counter(once) == Counter(ROWS)
    assert once == again
    if characters > 1:
        assert ROWS != once != other


def test_what_fits_the_buffer_is_shuffled_perfectly():
    """All six orders of three rows are equally likely: chi-square with 5 degrees of freedom."""
    counts = Counter(tuple(shuffled([("a",), ("b",), ("c",)], seed)) for seed in range(1200))
    assert len(counts) == 6
    assert sum((count - 200) ** 2 / 200 for count in counts.values()) < 20.5  # p = 0.001


EQUAL = [("x" * 50, "y")] * 2000
GROWING = [("x", "y")] * 500 + [("x" * 1000, "y")] * 1500
SHRINKING = GROWING[::-1]
ALTERNATING = [("x" * (1 + 900 * (i % 2)), "y") for i in range(2000)]


@pytest.mark.parametrize(
    "rows",
    [EQUAL, GROWING, SHRINKING, ALTERNATING],
    ids=["equal", "growing", "shrinking", "alternating"],
)
def test_memory_of_a_shuffle_is_bounded(rows):
    """Characters read and not yet given out, at any moment: the bound and at most one row more."""
    read, given, most = 0, 0, 0

    def source():
        nonlocal read, most
        for row in rows:
            read += sum(map(len, row))
            most = max(most, read - given)
            yield row

    for row in shuffled(source(), seed=0, characters=5000):
        given += sum(map(len, row))
    assert given == read
    assert 4000 <= most <= 5000 + 2 * 1001


def test_a_long_stream_is_shuffled_within_a_window():
    rows = [(f"{i:05}",) for i in range(5000)]
    places = [int(text) for (text,) in shuffled(rows, seed=0, characters=5 * 500)]
    assert all(row <= place + 500 for place, row in enumerate(places))  # nothing from the future
    assert sum(b - a == 1 for a, b in itertools.pairwise(places)) < 50  # and yet well mixed
