"""Scores by length of the text and by how frequent its words are in training."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest

from seqtasks.metrics.translation import sentence_chrf
from seqtasks.reports.page import Markup, bar_chart, element, table
from seqtasks.reports.page.elements import joined
from seqtasks.reports.record import TOKENIZED, RunRecord, scored_rows
from seqtasks.text.special_ids import FIRST_TOKEN, UNK

BINS = 6
RANKS = 100, 1_000, 10_000  # borders of classes of frequency

Row = Mapping[str, Any]


def breakdown(record: RunRecord) -> Markup | None:
    """Pictures of a score by length and by frequency, and their numbers as tables."""
    rows = scored_rows(record.rows)
    if not rows or record.kind == "generation" or "prediction" not in rows[0]:
        return None
    values, unit = _values(record, rows)
    text = "source" if record.kind == "translation" else "text"
    lengths = [len(row["tokens"]) if "tokens" in row else len(row[text].split()) for row in rows]
    parts = [_by_length(lengths, values, unit), _by_frequency(record, rows, values, unit)]
    return joined(
        element("div", [chart for chart, _ in filter(None, parts)], class_="figures"),
        element(
            "details",
            element("summary", "The numbers as tables"),
            [numbers for _, numbers in filter(None, parts)],
        ),
        element("p", "Lines on the bars: 95 % intervals (Wilson).", class_="note")
        if unit != "chrF"
        else None,
    )


def _values(record: RunRecord, rows: Sequence[Row]) -> tuple[list[tuple[float, float]], str]:
    """Of each row what is right and of how much, and the name of their ratio."""
    if record.kind == "translation":
        sides = [[row[name] for row in rows] for name in ("reference", "prediction")]
        return [(score, 1.0) for score in sentence_chrf(*sides)], "chrF"
    if record.kind == "tagging":
        right = (
            sum(a == b for a, b in zip(row["reference"], row["prediction"], strict=True))
            for row in rows
        )
        return [(n, len(row["tokens"])) for n, row in zip(right, rows, strict=True)], "accuracy"
    several = record.kind == "multilabel_classification"
    same: Callable[[Row], bool] = lambda row: (  # noqa: E731
        {*row["reference"]} == {*row["prediction"]}
        if several
        else row["reference"] == row["prediction"]
    )
    return [(float(same(row)), 1.0) for row in rows], "exact match" if several else "accuracy"


def _by_length(
    lengths: Sequence[int], values: Sequence[tuple[float, float]], unit: str
) -> tuple[Markup, Markup]:
    borders = np.unique(np.quantile(lengths, np.linspace(0, 1, BINS + 1)[1:], method="higher"))
    names, low = [], min(lengths)
    for border in borders.astype(int).tolist():
        names.append(f"{low}–{border}" if low < border else f"{border}")
        low = border + 1
    places = np.searchsorted(borders, lengths)
    return _drawn(f"{unit} by length in words", "words", names, places, values, unit)


def _by_frequency(
    record: RunRecord, rows: Sequence[Row], values: Sequence[tuple[float, float]], unit: str
) -> tuple[Markup, Markup] | None:
    """By the rank of the rarest word of a text, or of each token of a tagged sentence."""
    if record.config.get("tokenizer") == "character" or (ids := record.token_ids) is None:
        return None
    borders = [FIRST_TOKEN + rank for rank in RANKS]
    names = ["top 100", "to 1,000", "to 10,000", "rarer", "unknown"]
    if record.kind == "tagging":
        flat = [*itertools.chain.from_iterable(found.tolist() for found in ids)]
        values = [
            (float(true == guess), 1.0)
            for row in rows[:TOKENIZED]
            for true, guess in zip(row["reference"], row["prediction"], strict=True)
        ]
        if len(flat) != len(values):
            return None
        ranks, title = np.array(flat), f"{unit} by frequency of the word in training"
    else:
        ranks = np.array(
            [UNK if (i == UNK).any() else (i.max() if len(i) else FIRST_TOKEN) for i in ids]
        )
        values = values[:TOKENIZED]
        title = f"{unit} by frequency of the rarest word in training"
    places = np.where(ranks == UNK, len(names) - 1, np.searchsorted(borders, ranks, side="right"))
    return _drawn(title, "rank of the word", names, places, values, unit)


def _drawn(
    title: str,
    what: str,
    names: Sequence[str],
    places: np.ndarray,
    values: Sequence[tuple[float, float]],
    unit: str,
) -> tuple[Markup, Markup]:
    sums = np.zeros((len(names), 3))
    for place, (right, of) in zip(places.tolist(), values, strict=True):
        sums[place] += right, of, 1
    bars, rows = [], []
    for name, (right, of, count) in zip(names, sums.tolist(), strict=True):
        if of:
            interval = None
            if unit != "chrF":
                test = binomtest(round(right), round(of)).proportion_ci(method="wilson")
                interval = (float(test.low), float(test.high))
            bars.append((name, right / of, interval))
            rows.append([name, int(count), right / of])
    said = f"{title}: " + "; ".join(f"{name} {value:.3f}" for name, value, _ in bars)
    chart = bar_chart(title, said, bars, y_label=unit, highest=100.0 if unit == "chrF" else 1.0)
    return chart, table([what, "rows", unit], rows, title)
