"""Text for the terminal: durations, suggestions for misspelled names, aligned tables."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any


def duration(seconds: float) -> str:
    """Format a duration: 9 s, 2 min 5 s, 1 h 40 min."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 10:
        return f"{minutes} min {seconds} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def did_you_mean(name: str, known: Iterable[str], form: str = "{}") -> str:
    """Suggest up to three known names for a misspelled one.

    Args:
        name: what was given.
        known: what there is.
        form: how a known name is written, such as "`{}`".

    Returns:
        "Did you mean A or B? ", or "" if no name is near.
    """
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(map(form.format, near))}? " if near else ""


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Align columns: the first to the left, others to the right.

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
