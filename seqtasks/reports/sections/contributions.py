"""Why: what each word of a text adds to what was predicted for it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seqtasks.errors import InputError
from seqtasks.reports.errors_file import wrong_texts
from seqtasks.reports.page import Markup, element
from seqtasks.reports.page.elements import joined
from seqtasks.reports.record import RunRecord, scored_rows

if TYPE_CHECKING:
    from seqtasks.explanations import Explanation

TEXTS, WORDS = 5, 60  # that are explained, and words of a text: longer ones are passed over
TARGETS = 2  # spans or tokens of a sentence
DARKEST = 0.8
FOR, AGAINST = "0,114,178", "213,94,0"


def contributions(record: RunRecord) -> Markup | None:
    """The words of the most confident errors (else of the first texts) that speak for a label."""
    tagger = record.kind == "tagging"
    if not tagger and record.kind not in ("classification", "multilabel_classification"):
        return None
    if record.functions is None or record.functions.explain is None:
        return None
    rows = scored_rows(record.rows)
    wrong = [r for r in rows if r["reference"] != r["prediction"]] if tagger else wrong_texts(rows)
    parts: list[Markup] = []
    # An error is one of every row: columns that are not stored, or a model that cannot be asked.
    with contextlib.suppress(InputError):
        for row in wrong or rows:
            if len(parts) < TEXTS and 0 < _length(row) <= WORDS:
                found = _explained(record.functions.explain, row, record.targets == "spans")
                parts += [_shaded(row, explanation) for explanation in found]
    if not parts:
        return None
    note = (
        "Each word is left out in turn: blue words speak for what was predicted, orange ones "
        "against it, the darkest of a text the most. Numbers are nats of log-odds."
    )
    return joined(element("p", note, class_="note"), parts)


def _length(row: Mapping[str, Any]) -> int:
    return len(row["tokens"] if "tokens" in row else row["text"].split())


def _explained(
    explain: Callable[..., Sequence[Explanation]], row: Mapping[str, Any], spans: bool
) -> Sequence[Explanation]:
    """Of a text what was predicted; of a sentence the first spans, or wrong tokens, that it has."""
    if "tokens" not in row:
        return explain(row["text"])
    found = explain(tokens=row["tokens"])
    if not spans:
        pairs = zip(found, row["reference"], row["prediction"], strict=False)
        found = [explanation for explanation, true, guess in pairs if true != guess]
    return found[:TARGETS]


def _shaded(row: Mapping[str, Any], found: Explanation) -> Markup:
    true = "" if "tokens" in row else f"true {_labels(row['reference'])}, "
    of = f" for {found.target!r}" if found.target is not None else ""
    words: list[object] = []
    place = 0
    most = max((abs(word.leave_one_out) for word in found.words), default=0.0) or 1.0
    for word in found.words:
        shade = DARKEST * abs(word.leave_one_out) / most
        gradients = word.integrated_gradients
        more = "" if gradients is None else f"; by integrated gradients {gradients:+.2f}"
        words += [
            found.text[place : word.start],
            element(
                "span",
                word.text,
                style=f"background:rgba({FOR if word.leave_one_out > 0 else AGAINST},{shade:.2f})",
                title=f"{word.leave_one_out:+.2f} nats{more}",
            ),
        ]
        place = word.end
    ranked = sorted(found.words, key=lambda word: -abs(word.leave_one_out))[:3]
    said = ", ".join(f"{word.text!r} {word.leave_one_out:+.2f}" for word in ranked)
    return joined(
        element("h3", f"{true}predicted {found.label}{of}"),
        element("div", words, found.text[place:], class_="shaded"),
        element("p", f"Log-odds {found.log_odds:+.2f}; the most by {said}.", class_="note"),
    )


def _labels(labels: str | Sequence[str]) -> str:
    return labels if isinstance(labels, str) else ", ".join(labels) or "(none)"
