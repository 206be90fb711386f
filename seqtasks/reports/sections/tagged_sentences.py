"""Sentences of a tagger, gold and predicted side by side, those with the worst errors first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seqtasks.reports.page import Markup, element
from seqtasks.reports.page.elements import joined
from seqtasks.reports.record import RunRecord
from seqtasks.text.bio import spans_of

SHOWN = 30
TOKENS = 120  # of a sentence


def tagged_sentences(record: RunRecord) -> Markup | None:
    """Wrongly tagged sentences: true and predicted spans, or tags where they differ."""
    if record.kind != "tagging" or not record.rows:
        return None
    wrong = [row for row in record.rows if row["reference"] != row["prediction"]]
    wrong.sort(key=lambda row: (-_errors(row), -max(row["confidence"])))
    draw = _spans if record.targets == "spans" else _tags
    note = (
        f"{len(wrong):,} of {len(record.rows):,} sentences have errors; the "
        f"{min(SHOWN, len(wrong))} with the most are shown, errors.csv beside this page has every "
        "wrong token, the most confident first."
    )
    head = element("tr", [element("th", name, scope="col") for name in ("", "gold", "predicted")])
    rows = [
        element(
            "tr",
            element("th", n, scope="row"),
            element("td", draw(row, "reference", "prediction", "gold")),
            element("td", draw(row, "prediction", "reference", "found")),
        )
        for n, row in enumerate(wrong[:SHOWN], start=1)
    ]
    whole = element(
        "table",
        element("caption", "Sentences with the most errors; what differs is marked in red"),
        element("thead", head),
        element("tbody", rows),
    )
    label = "Sentences with errors"
    return joined(
        element("p", note, class_="note"),
        element("div", whole, class_="scroll", tabindex=0, role="region", aria_label=label)
        if rows
        else None,
    )


def _errors(row: Mapping[str, Any]) -> int:
    return sum(a != b for a, b in zip(row["reference"], row["prediction"], strict=True))


def _mark(words: Sequence[str], name: str, right: bool, style: str) -> Markup:
    return element(
        "mark", " ".join(words), element("small", name), class_=style if right else "wrong"
    )


def _spans(row: Mapping[str, Any], side: str, other: str, style: str) -> list[object]:
    tokens, parts, place = row["tokens"][:TOKENS], [], 0
    others = {*spans_of(row[other], "bioes")}
    for span in spans_of(row[side], "bioes"):
        if span.start >= len(tokens):
            break
        parts += [" ".join(tokens[place : span.start]), " "]
        words = tokens[span.start : span.end]
        parts += [_mark(words, span.type, span in others, style), " "]
        place = span.end
    return [*parts, " ".join(tokens[place:]), _end(row)]


def _tags(row: Mapping[str, Any], side: str, other: str, style: str) -> list[object]:
    parts: list[object] = []
    pairs = zip(row["tokens"][:TOKENS], row[side], row[other], strict=False)
    for token, tag, its in pairs:
        parts += [_mark([token], tag, tag == its, style) if tag != its else token, " "]
    return [*parts, _end(row)]


def _end(row: Mapping[str, Any]) -> str:
    return " …" if len(row["tokens"]) > TOKENS else ""
