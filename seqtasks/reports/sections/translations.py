"""Source, reference and output of translations, with chrF of each and attention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seqtasks.metrics.translation import sentence_chrf
from seqtasks.reports.page import Markup, bar_chart, element, table
from seqtasks.reports.page.elements import joined
from seqtasks.reports.record import RunRecord, scored_rows

SHOWN, ATTENDED, LENGTH = 30, 3, 600
TOKENS = 40  # of a sentence whose attention is drawn


def translations(record: RunRecord) -> Markup | None:
    """The translations with the lowest chrF, all chrF as a histogram, and attention of some."""
    rows = scored_rows(record.rows)
    if record.kind != "translation" or not rows:
        return None
    scores = sentence_chrf([r["reference"] for r in rows], [r["prediction"] for r in rows])
    order = np.argsort(scores, kind="stable").tolist()
    shown = [
        [n, *(_cut(rows[place][name]) for name in ("source", "reference", "prediction"))]
        + [float(scores[place])]
        for n, place in enumerate(order[:SHOWN], start=1)
    ]
    note = (
        f"The {len(shown)} of {len(rows):,} sentences with the lowest chrF are shown, errors.csv "
        "beside this page has all."
    )
    return joined(
        element("div", _histogram(scores), class_="figures"),
        element("p", note, class_="note"),
        table(["", "source", "reference", "output", "chrF"], shown, "The lowest chrF first"),
        _attention(record, [rows[place]["source"] for place in order]),
    )


def _histogram(scores: Sequence[float]) -> Markup:
    counts, _ = np.histogram(scores, bins=10, range=(0, 100.001))
    said = ", ".join(f"{10 * n}–{10 * n + 10}: {count}" for n, count in enumerate(counts.tolist()))
    bars = [(f"{10 * n}–", float(count), None) for n, count in enumerate(counts.tolist())]
    return bar_chart("Sentences by chrF", f"Sentences by chrF: {said}.", bars, y_label="sentences")


def _attention(record: RunRecord, sources: Sequence[str]) -> list[Markup]:
    """Attention of the best, a middle and the worst translation."""
    if record.functions is None:
        return []
    some = [text for text in sources if 1 < len(text.split()) <= TOKENS]
    if not some:
        return []
    chosen = dict.fromkeys(some[n] for n in (-1, len(some) // 2, 0))
    results = record.functions.answer([*chosen][:ATTENDED], attention=True)
    drawn = [_weights(result) for result in results if result.attention is not None]
    return [element("h3", "Attention"), *drawn] if drawn else []


def _weights(result: Any) -> Markup:
    found = result.attention
    weights = np.asarray(found.weights)
    best = [found.source[n] for n in weights.argmax(axis=1).tolist()] if weights.size else []
    said = "Each output token and where it looks most: " + ", ".join(
        f"{target} – {source}" for target, source in zip(found.target, best, strict=True)
    )
    head = element("tr", element("td"), [element("th", x, scope="col") for x in found.source])
    rows = [
        element(
            "tr",
            element("th", token, scope="row"),
            [
                element(
                    "td",
                    style=f"background:rgba(0,114,178,{weight:.2f})",
                    title=f"{token} – {source}: {weight:.2f}",
                )
                for source, weight in zip(found.source, line, strict=True)
            ],
        )
        for token, line in zip(found.target, weights.tolist(), strict=True)
    ]
    whole = element(
        "table",
        element("caption", f"{_cut(result.text)} → {_cut(result.translation)}"),
        element("thead", head),
        element("tbody", rows),
        class_="attention",
    )
    return element("div", whole, class_="scroll", tabindex=0, role="img", aria_label=said)


def _cut(text: str) -> str:
    return text if len(text) <= LENGTH else text[:LENGTH] + "…"
