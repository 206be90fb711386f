"""Turns the values of one column in memory into strings, or says what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from seqtasks.data.columns import Column
from seqtasks.errors import InputError


def shown(value: Any, length: int = 60) -> str:
    """A value and its type, or a list of names, short enough for a message."""
    if isinstance(value, list | tuple) and value and all(isinstance(v, str) for v in value):
        names = ", ".join(f"'{name[:40]}'" for name in value[:20])
        return names + ", ..." * (len(value) > 20)
    if value is None:
        return "None"
    kind = type(value).__name__
    if not isinstance(value, str | bytes | bool | int | float | list | tuple | dict | set):
        return f"an object of type {kind}"
    text = repr(value[:1000] if isinstance(value, str | bytes | list | tuple) else value)
    return f"the {kind} {text if len(text) <= length else text[:length] + '...'}"


def plain(value: Any) -> Any:
    """A scalar of numpy or another library as Python's own; a whole float as an integer."""
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        value = value.item()
    return int(value) if isinstance(value, float) and value.is_integer() else value


class ColumnValues:
    """Values of one column -> strings: `string` for texts and labels, `strings` for sequences.

    Args:
        where: the number of a row -> its place, to begin a message with.
        column: what the values are to be.
        classes: the names that integers stand for, or None.
    """

    def __init__(
        self, where: Callable[[int], str], column: Column, classes: Sequence[str] | None = None
    ) -> None:
        self.where, self.column, self.classes = where, column, classes
        self.labels = column.kind in ("label", "labels", "tags")
        self.several = column.kind == "labels"  # "" then stands for none of them
        self.family: type | None = None  # of the labels, as first seen

    def string(self, row: int, value: Any, which: str = "") -> str:
        """One value as a string; `which` tells it from others of its sequence, in messages."""
        if self.column.kind == "labels" and not isinstance(value, str) and not which:
            return self._joined(row, value)
        if type(value) is not str:
            value = plain(value)
            absent = value is None or type(value).__name__ in ("NAType", "NaTType")
            if absent or (isinstance(value, float) and value != value):
                raise self._error(row, f"{which} is missing ({value}). Fill it, or leave it out.")
        if self.column.kind == "weight" and isinstance(value, int | float):
            value = repr(float(value))
        text = self._label(row, value, which) if self.labels else value
        if not isinstance(text, str):
            advice = " Decode it: value.decode()." if isinstance(value, bytes) else ""
            raise self._error(row, f"{which}: expected a str, found {shown(value)}.{advice}")
        if not text.isascii() and re.search("[\ud800-\udfff]", text):
            raise self._error(
                row,
                f"{which} holds half a surrogate pair, which is no character. Clean it: "
                "text.encode('utf-8', 'replace').decode().",
            )
        if not text.strip() and self.column.kind != "text" and (which or not self.several):
            raise self._error(row, f"{which} is empty. Fill it.")
        return str(text)

    def strings(self, row: int, value: Any) -> list[str]:
        """Tokens or tags, from a sequence or joined by spaces, white space inside them as `_`."""
        if isinstance(value, str):
            value = [item for item in value.split(" ") if item]
        elif hasattr(value, "tolist"):
            value = value.tolist()
        elif hasattr(value, "to_list"):
            value = value.to_list()
        if not isinstance(value, list | tuple):
            raise self._error(
                row, f": expected a list, or a str of items joined by spaces, found {shown(value)}."
            )
        return [
            re.sub(r"\s", "_", self.string(row, item, f" {place} of {len(value)}"))
            for place, item in enumerate(value, start=1)
        ]

    def _joined(self, row: int, value: Any) -> str:
        """Several labels, each a value, joined by the column's separator."""
        value = value.tolist() if hasattr(value, "tolist") else value
        items = value if isinstance(value, list | tuple | set | frozenset) else [value]
        separator, found = self.column.separator, []
        for place, item in enumerate(items, start=1):
            found.append(self.string(row, item, f" {place} of {len(items)}"))
            if separator in found[-1]:
                raise self._error(
                    row,
                    f" {place} of {len(items)} holds the separator of labels: '{found[-1][:40]}'. "
                    "Choose another separator with --label-separator (label_separator= in Python).",
                )
        return separator.join(found)

    def _label(self, row: int, value: Any, which: str) -> str:
        """A label's string: of a class's number its name."""
        family = next((kind for kind in (str, bool, int) if isinstance(value, kind)), None)
        if family is None:
            advice = " Decode it: value.decode()." if isinstance(value, bytes) else ""
            if isinstance(value, list | tuple | set) and self.column.kind == "label":
                advice = " For several labels a text: --multilabel (multilabel=True in Python)."
            raise self._error(
                row, f"{which}: expected a str, int or bool, found {shown(value)}.{advice}"
            )
        self.family = self.family or family
        if family is not self.family:
            raise self._error(
                row,
                f"{which}: expected {self.family.__name__} as before, found {shown(value)}. Give "
                "all labels in one type.",
            )
        if self.classes is None or family is str:
            return str(value)
        if not 0 <= int(value) < len(self.classes):
            raise self._error(
                row,
                f"{which} is {value}, none of the {len(self.classes)} classes (-1 stands for "
                "none). Leave the row out.",
            )
        return self.classes[int(value)]

    def _error(self, row: int, message: str) -> InputError:
        return InputError(f"{self.where(row)}: '{self.column.name}'{message}")
