"""The worst errors first: wrong labels by confidence."""

from __future__ import annotations

from seqtasks.reports.errors_file import confidence_of, wrong_texts
from seqtasks.reports.page import Markup, element, table
from seqtasks.reports.page.elements import joined
from seqtasks.reports.record import RunRecord

SHOWN, LENGTH = 50, 600


def worst_errors(record: RunRecord) -> Markup | None:
    """Wrongly labelled texts, the most confident first: errors of the model, or of the labels."""
    if record.kind not in ("classification", "multilabel_classification") or not record.rows:
        return None
    wrong = wrong_texts(record.rows)
    if not wrong:
        return element("p", f"All {len(record.rows):,} rows are right.")
    rows = [
        [
            n,
            _cut(row["text"]),
            _labels(row["reference"]),
            _labels(row["prediction"]),
            confidence_of(row),
        ]
        for n, row in enumerate(wrong[:SHOWN], start=1)
    ]
    note = (
        f"{len(wrong):,} of {len(record.rows):,} rows are wrong; the {len(rows)} most confident "
        "are shown, errors.csv beside this page has all. A label that the model contradicts with "
        "much confidence may be wrong itself."
    )
    header = ["", "text", "true", "predicted", "confidence"]
    return joined(
        element("p", note, class_="note"), table(header, rows, "The most confident first")
    )


def _labels(labels: str | list[str]) -> str:
    return labels if isinstance(labels, str) else ", ".join(labels) or "(none)"


def _cut(text: str) -> str:
    return text if len(text) <= LENGTH else text[:LENGTH] + "…"
