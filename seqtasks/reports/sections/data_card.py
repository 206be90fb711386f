"""The data card: rows, labels, lengths, and how much of the scored text training knew."""

from __future__ import annotations

import numpy as np

from seqtasks.reports.page import Markup, number, percent, table
from seqtasks.reports.page.elements import joined
from seqtasks.reports.record import RunRecord, scored_rows
from seqtasks.text.special_ids import UNK

SHOWN_LABELS = 60


def data_card(record: RunRecord) -> Markup:
    """What the corpus holds."""
    scores = record.scores
    splits = scores.get("rows") or {}
    facts = [
        ["corpus", str(scores.get("data", "–"))],
        ["scored on", str(scores.get("scored_on", "–"))],
        *([f"rows of {name}", count] for name, count in splits.items()),
        *_lengths(record),
        *_coverage(record),
        ["checksum of all rows", str(scores.get("checksum", "–"))],
    ]
    return joined(table(["", ""], facts, "Corpus"), _labels(record))


def _labels(record: RunRecord) -> Markup | None:
    counts = record.scores.get("label_counts") or {}
    if not counts:
        return None
    train = counts.get("train") or next(iter(counts.values()))
    every = {label for found in counts.values() for label in found}
    names = sorted(every, key=lambda label: (-train.get(label, 0), label))
    rows = [[x, *(found.get(x, 0) for found in counts.values())] for x in names[:SHOWN_LABELS]]
    caption = "Rows of each label"
    if len(names) > SHOWN_LABELS:
        caption += f": the {SHOWN_LABELS} most frequent of {len(names):,}"
    return table(["label", *counts], rows, caption)


def _lengths(record: RunRecord) -> list[list[object]]:
    rows = scored_rows(record.rows)
    found = []
    for name in ("tokens", "text", "source", "reference"):
        values = [row[name] for row in rows if name in row]
        if (
            not values
            or isinstance(values[0], int)
            or (name == "reference" and "source" not in rows[0])
        ):
            continue
        if record.kind == "generation":
            lengths, unit = [len(text) for text in values], "characters"
        else:
            lengths = [len(v if isinstance(v, list) else v.split()) for v in values]
            unit = "words"
        low, middle, high, most = np.percentile(lengths, [5, 50, 95, 100]).round().astype(int)
        what = {"tokens": "sentence"}.get(name, name)
        shown = f"5 % have at most {low:,}, half {middle:,}, 95 % {high:,}, all {most:,}"
        found.append([f"{unit} of a {what} ({record.split})", shown])
    return found


def _coverage(record: RunRecord) -> list[list[object]]:
    if record.kind == "generation" or record.token_ids is None:
        return []
    ids = np.concatenate([np.zeros(0, int), *record.token_ids])
    if not len(ids):
        return []
    share = percent(float((ids != UNK).mean()))
    return [[f"tokens of {record.split} that training knew", f"{share} of {number(len(ids))}"]]
