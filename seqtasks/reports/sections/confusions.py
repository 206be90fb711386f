"""What is taken for what: labels of texts, tags of tokens, types of spans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from seqtasks.reports.page import Markup, confusion_matrix
from seqtasks.reports.record import RunRecord
from seqtasks.text.bio import spans_of

KEPT = 400  # examples of a pair that are ranked
NONE = "(none)"  # where one side has no span


def confusions(record: RunRecord) -> Markup | None:
    """The matrix with the texts behind its cells; none of several labels a text."""
    makers = {
        ("classification", "tags"): (_of_texts, "texts"),
        ("tagging", "tags"): (_of_tokens, "tokens"),
        ("tagging", "spans"): (_of_spans, "spans"),
    }
    key = (record.kind, record.targets if record.kind == "tagging" else "tags")
    if key not in makers or not record.rows:
        return None
    make, unit = makers[key]
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for row in record.rows:
        for pair, confidence, text in make(row):
            counts[pair] += 1
            found = examples.setdefault(pair, [])
            if len(found) < KEPT:
                found.append((confidence, text))
    texts = {
        pair: [text for _, text in sorted(found, key=lambda item: -item[0])]
        for pair, found in examples.items()
    }
    return confusion_matrix("confusions", counts, texts, unit)


Found = Iterator[tuple[tuple[str, str], float, str]]


def _of_texts(row: Mapping[str, Any]) -> Found:
    yield (row["reference"], row["prediction"]), row["confidence"], row["text"]


def _of_tokens(row: Mapping[str, Any]) -> Found:
    columns = zip(row["reference"], row["prediction"], row["confidence"], strict=True)
    for place, (true, guess, confidence) in enumerate(columns):
        yield (true, guess), confidence, _marked(row["tokens"], place, place + 1)


def _of_spans(row: Mapping[str, Any]) -> Found:
    """Spans with the same borders are compared by type; others are missing or invented."""
    gold = {(s.start, s.end): s.type for s in spans_of(row["reference"], "bioes")}
    found = {(s.start, s.end): s.type for s in spans_of(row["prediction"], "bioes")}
    for start, end in sorted({*gold, *found}):
        pair = gold.get((start, end), NONE), found.get((start, end), NONE)
        yield pair, min(row["confidence"][start:end]), _marked(row["tokens"], start, end)


def _marked(tokens: list[str], start: int, end: int) -> str:
    """A sentence with some tokens between brackets, cut to what stands around them."""
    before, after = tokens[max(0, start - 15) : start], tokens[end : end + 15]
    return " ".join([*before, "⟦" + " ".join(tokens[start:end]) + "⟧", *after])
