"""Summaries of splits against counts by hand."""

from collections import Counter

import pytest

from seqtasks.data import Splits, Stream, describe_splits, summarize, summarize_splits


def stream(rows, origin="corpus.tsv"):
    return Stream(origin, lambda: enumerate(rows, start=1))


ROWS = [(f"text {n}", "abc"[n % 7 % 3]) for n in range(50)]


def test_rows_and_labels_are_counted():
    summary = summarize(stream(ROWS), label=1)
    assert summary.rows == 50
    assert summary.labels == Counter(label for _, label in ROWS)
    assert list(summary.labels) == ["a", "b", "c"]
    assert summarize(stream(ROWS)).labels == {}
    assert summarize(stream([]), label=1).rows == 0


@pytest.mark.parametrize(
    "other",
    [
        ROWS[:-1],
        [*ROWS, ROWS[0]],
        [ROWS[1], ROWS[0], *ROWS[2:]],
        [("text 0", "b"), *ROWS[1:]],
        [("text 0a", ""), *ROWS[1:]],  # the same characters, in other columns
        [("text 00", "a"), *ROWS[1:]],
    ],
)
def test_the_fingerprint_is_of_the_content_in_order(other):
    fingerprint = summarize(stream(ROWS)).fingerprint
    assert fingerprint == summarize(stream(list(ROWS), "elsewhere.tsv"), label=1).fingerprint
    assert summarize(stream(other)).fingerprint != fingerprint


def test_splits_that_are_there_are_summarized():
    splits = Splits(stream(ROWS), stream(ROWS[:7]), stream(ROWS[:3]))
    found = summarize_splits(splits, label=1)
    assert [(name, summary.rows) for name, summary in found.items()] == [
        ("train", 50),
        ("validation", 7),
        ("test", 3),
    ]


def test_lines_have_rows_labels_and_what_is_missing():
    splits = Splits(stream(ROWS * 40), stream(ROWS), stream([("x", "a"), ("y", "a")]))
    lines = describe_splits(summarize_splits(splits, label=1))
    counts = Counter(label for _, label in ROWS)
    expected = ", ".join(f"{label} {40 * counts[label]:,}" for label in "abc")
    assert lines[0] == f"train: 2,000 rows ({expected})"
    assert lines[2] == "test: 2 rows (a 2)"
    assert lines[3:] == ["warning: test has no rows of b, c: its scores say nothing about them"]


def test_of_many_labels_their_number_is_said_and_some_that_miss():
    rows = [(f"text {n}", f"label {n:02}") for n in range(20)]
    splits = Splits(stream(rows), stream(rows[1:]), stream(rows[:11]))
    lines = describe_splits(summarize_splits(splits, label=1))
    assert lines[0] == "train: 20 rows (20 labels)"
    assert lines[3] == (
        "warning: validation has no rows of label 00: its scores say nothing about it"
    )
    assert lines[4] == (
        "warning: test has no rows of label 11, label 12, label 13, label 14, label 15, ...: "
        "its scores say nothing about them"
    )


def test_rows_without_labels_are_counted_only():
    splits = Splits(*[stream([("a",), ("b",)])] * 3)
    assert describe_splits(summarize_splits(splits))[0] == "train: 2 rows"
    assert len(describe_splits(summarize_splits(splits))) == 3
