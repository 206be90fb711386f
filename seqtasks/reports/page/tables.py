"""Tables that scroll where they are wide, and numbers in their cells."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from seqtasks.reports.page.elements import Markup, element


def number(value: Any, digits: int = 4) -> str:
    """A number as `score_table` prints it: fractions with four digits, counts with commas."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:,.{digits}f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def percent(value: float) -> str:
    """A fraction as a percentage."""
    return f"{100 * value:.1f} %"


def table(
    header: Sequence[object], rows: Iterable[Sequence[object]], caption: object = None
) -> Markup:
    """A table, in a frame that scrolls by keyboard too.

    Args:
        header: of each column.
        rows: the first cell of each is its header; numbers are set right.
        caption: above it.
    """
    body = [
        element("tr", element("th", first, scope="row"), [_cell(cell) for cell in rest])
        for first, *rest in rows
    ]
    heads = [element("th", cell, scope="col") for cell in header]
    whole = element(
        "table",
        element("caption", caption) if caption else None,
        element("thead", element("tr", heads)),
        element("tbody", body),
    )
    label = caption if caption and not isinstance(caption, Markup) else header[0]
    return element("div", whole, class_="scroll", tabindex=0, role="region", aria_label=label)


def _cell(cell: object) -> Markup:
    if isinstance(cell, Markup) and cell.startswith("<td"):
        return cell
    if isinstance(cell, (int, float)) or cell is None:
        return element("td", number(cell), class_="number")
    return element("td", cell)
