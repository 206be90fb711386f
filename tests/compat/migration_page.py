"""Reads `docs/migration.md`: the rows of its tables, and the code that runs before them."""

import contextlib
import io
import re
import shlex
from pathlib import Path
from typing import NamedTuple

from seqtasks.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "migration.md"


class Row(NamedTuple):
    """What one row says.

    Attributes:
        name: the old name, the first code of the left cell.
        now: the code of the second cell.
        text: the second cell.
        note: the third cell.
        before: the Python blocks of its section above the table.
    """

    name: str
    now: list
    text: str
    note: str
    before: str


def sections():
    """Title and text of each `##` section."""
    parts = re.split(r"^## (.+)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(title):
    """The rows of all tables of a section."""
    found, before, text = [], "", sections()[title]
    for part in re.findall(r"^```python\n.*?^```|^\|[^\n]*$", text, flags=re.DOTALL | re.MULTILINE):
        if part.startswith("```"):
            before += part.removeprefix("```python\n").removesuffix("```")
            continue
        left, right, note = (cell.strip() for cell in (part[1:].split("|") + ["", ""])[:3])
        if names := re.findall(r"`([^`]+)`", left):
            found.append(Row(names[0], re.findall(r"`([^`]+)`", right), right, note, before))
    return found


def values(row, namespace=None, small=None):
    """Runs the code of a row: the value of each expression in it, and all names.

    Args:
        row: the row.
        namespace: names of the rows before; None runs the blocks above the table.
        small: options that make a command quick, by its first words.
    """
    if namespace is None:
        namespace = {}
        exec(row.before, namespace)
    found = []
    for code in row.now:
        if code.startswith("seqtasks "):
            found.append(_command(code, small))
            continue
        try:
            expression = compile(code, row.name, "eval")
        except SyntaxError:
            exec(compile(code, row.name, "exec"), namespace)
        else:
            found.append(eval(expression, namespace))
    return found, namespace


def _command(code, small):
    """What a command prints."""
    more = next((options for start, options in small.items() if code.startswith(start)), [])
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            main([*shlex.split(code)[1:], *more])
        except SystemExit as stop:  # `seqtasks data` says by 1 that it found faults in a corpus
            if stop.code != 1 or not code.startswith("seqtasks data"):
                raise
    return printed.getvalue()
