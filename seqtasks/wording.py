"""What is said to people at a terminal: durations, nearest names, tables."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any


def duration(seconds: float) -> str:
    """A duration as people read it: 9 s, 2 min 5 s, 1 h 40 min."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 10:
        return f"{minutes} min {seconds} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question that names what is spelled most like `name`; nothing if all is far from it."""
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(near)}? " if near else ""


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Aligned columns: the first to the left, others to the right.

    Args:
        header: of all columns.
        rows: values, of which the last ones may be left out. Floats are written with four digits,
            None as a dash; whoever wants another form gives strings.

    Returns:
        Lines of text, the second one of dashes.
    """
    cells = [list(header), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[n]) for row in cells if n < len(row)) for n in range(len(header))]
    cells.insert(1, ["-" * width for width in widths])
    lines = []
    for first, *rest in cells:
        numbers = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=False)]
        lines.append("  ".join([first.ljust(widths[0]), *numbers]).rstrip())
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
