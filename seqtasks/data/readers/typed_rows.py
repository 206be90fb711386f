"""Rows of typed values (dicts, tuples, tables) -> streams of rows of strings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from seqtasks.data.columns import Column, find_columns
from seqtasks.data.readers.in_memory_tables import Table
from seqtasks.data.readers.row_forms import described, make_pick
from seqtasks.data.readers.row_values import ColumnValues, shown
from seqtasks.data.streams import Row, Stream
from seqtasks.errors import InputError

Numbered = Callable[[], Iterator[tuple[int, Any]]]  # opens rows, each with its number


def stream_of_rows(
    origin: str, rows: Numbered, columns: Sequence[Column], unit: str = "row"
) -> Stream:
    """Rows that are tuples, dicts or texts, as strings.

    Args:
        origin: where they come from, for messages.
        rows: opens them anew, each with its number.
        columns: what is wanted of a row.
        unit: what the numbers count.

    Raises:
        InputError: no rows, or a first row without the columns; while iterating: a row of another
            form, a value that is missing or of another type.
    """

    def where(number: int) -> str:
        return f"{origin}, {unit} {number}"

    first = next(rows(), None)
    if first is None:
        raise no_rows(origin, columns)
    pick, names = make_pick(where, columns, first[1])
    values = [ColumnValues(where, column) for column in columns]

    def read() -> Iterator[tuple[int, Row]]:
        return _converted(((number, pick(number, row)) for number, row in rows()), values)

    return Stream(origin, read, unit, names)


def stream_of_table(
    origin: str, table: Table, columns: Sequence[Column], unit: str = "row"
) -> Stream:
    """The wanted columns of a table, as strings; class labels as their names."""

    def where(number: int) -> str:
        return f"{origin}, {unit} {number}"

    names = columns_of(origin, table, columns)
    named = [replace(column, given=name) for column, name in zip(columns, names, strict=True)]
    values = [
        ColumnValues(where, column, table.classes.get(name))
        for column, name in zip(named, names, strict=True)
    ]

    def read() -> Iterator[tuple[int, Row]]:
        return _converted(enumerate(table.read(names), start=1), values)

    return Stream(origin, read, unit, tuple(names))


def columns_of(origin: str, table: Table, columns: Sequence[Column]) -> list[str]:
    """The names of the wanted columns of a table."""
    found = []
    for column, name in zip(columns, find_columns(columns, table.names), strict=True):
        if name is None and not column.given and column.kind in ("label", "labels", "tags"):
            name = next(iter(table.classes)) if len(table.classes) == 1 else None
        if name is None or list(table.names).count(name) > 1:
            times = "none" if name is None else "several"
            raise InputError(
                f"{origin}: expected one column '{name or column.name}', found {times} among "
                f"{shown(table.names)}. {column.advice}"
            )
        found.append(name)
    return found


def no_rows(origin: str, columns: Sequence[Column]) -> InputError:
    """The error of a split without rows."""
    return InputError(f"{origin}: there are none. Expected at least one {described(columns)}.")


def _converted(
    rows: Iterator[tuple[int, Sequence[Any]]], values: Sequence[ColumnValues]
) -> Iterator[tuple[int, Row]]:
    convert = _sentence if values[0].column.kind == "tokens" else _strings
    for number, row in rows:
        strings = convert(number, row, values)
        if strings is not None:
            yield number, strings


def _strings(number: int, row: Sequence[Any], values: Sequence[ColumnValues]) -> Row:
    return tuple(column.string(number, x) for column, x in zip(values, row, strict=True))


def _sentence(number: int, row: Sequence[Any], values: Sequence[ColumnValues]) -> Row | None:
    """Tokens, tags and further columns, each joined; None for a sentence that has none of any."""
    found = [column.strings(number, x) for column, x in zip(values, row, strict=True)]
    tokens, *others = found
    for column, strings in zip(values[1:], others, strict=True):
        if len(strings) != len(tokens):
            what = "tags" if column is values[1] else f"values of '{column.column.name}'"
            raise InputError(
                f"{column.where(number)}: expected as many {what} as tokens, found {len(tokens)} "
                f"tokens and {len(strings)} {what}: '{' '.join(tokens)[:60]}'."
            )
    return tuple(map(" ".join, found)) if tokens else None
