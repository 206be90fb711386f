"""`errors.csv`: every row that was predicted wrongly, the worst first."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from seqtasks.metrics.translation import sentence_chrf
from seqtasks.reports.record import RunRecord


def write_errors(record: RunRecord) -> str | None:
    """The content of the file; None where a run has no errors, or none that can be told.

    A row is a text, of taggers a token; of translations all are written, the lowest chrF first.
    """
    makers = {
        "classification": _labels,
        "multilabel_classification": _labels,
        "tagging": _tokens,
        "translation": _translations,
    }
    rows = makers[record.kind](record.rows) if record.kind in makers else []
    if not rows:
        return None
    text = io.StringIO()
    writer = csv.DictWriter(text, [*rows[0]])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def wrong_texts(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows of wrongly labelled texts, the most confident first."""
    wrong = [row for row in rows if _as_set(row["reference"]) != _as_set(row["prediction"])]
    return sorted(wrong, key=lambda row: -confidence_of(row))


def confidence_of(row: Mapping[str, Any]) -> float:
    """The confidence of a text's label, or the highest of its labels; 0 without any."""
    found = row["confidence"]
    return max(found, default=0.0) if isinstance(found, list) else float(found or 0)


def _as_set(labels: str | list[str]) -> set[str]:
    return {labels} if isinstance(labels, str) else set(labels)


def _plain(labels: str | list[str]) -> str:
    return labels if isinstance(labels, str) else "|".join(labels)


def _labels(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "text": row["text"],
            "reference": _plain(row["reference"]),
            "prediction": _plain(row["prediction"]),
            "confidence": confidence_of(row),
        }
        for row in wrong_texts(rows)
    ]


def _tokens(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for number, row in enumerate(rows, start=1):
        columns = (row[name] for name in ("tokens", "reference", "prediction", "confidence"))
        for place, (token, true, guess, confidence) in enumerate(
            zip(*columns, strict=True), start=1
        ):
            if true != guess:
                values = {"token": token, "reference": true, "prediction": guess}
                own = {"sentence": number, "place": place, **values, "confidence": confidence}
                found.append({**own, "text": " ".join(row["tokens"])})
    return sorted(found, key=lambda row: -row["confidence"])


def _translations(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    sides = [[row[name] for row in rows] for name in ("reference", "prediction")]
    scored = sorted(zip(sentence_chrf(*sides), range(len(rows)), strict=True))
    names = "source", "reference", "prediction"
    return [{"chrf": round(c, 2), **{n: rows[k][n] for n in names}} for c, k in scored]
