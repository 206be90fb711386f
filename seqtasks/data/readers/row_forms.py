"""Finds a task's columns in the rows of a list: tuples, dicts or texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from seqtasks.data.columns import Column, find_columns
from seqtasks.data.readers.row_values import plain, shown
from seqtasks.errors import InputError

# The number of a row and the row -> the values of the wanted columns.
Pick = Callable[[int, Any], Sequence[Any]]


def described(columns: Sequence[Column]) -> str:
    """What a row is to be, for messages."""
    names = ", ".join(column.name for column in columns)
    keys = " and ".join(f"'{column.name}'" for column in columns)
    return f"{'text' if len(columns) == 1 else f'tuple ({names})'} or a dict with {keys}"


def make_pick(
    where: Callable[[int], str], columns: Sequence[Column], first: Any
) -> tuple[Pick, tuple[str, ...]]:
    """A function that picks the wanted values from rows like the first, and the columns' names.

    Args:
        where: the number of a row -> its place, to begin a message with.
        columns: what is wanted.
        first: the first row.

    Raises:
        InputError: the first row is no row, or has not the columns; later, another row differs.
    """
    form, names = _form(first), ()
    if form == "dict":
        pick, names = _by_name(where, columns, first)
    elif form == "tuple":
        pick = _by_place(where, columns)
    elif form == "str" and len(columns) == 1:
        pick = _itself
    else:
        raise InputError(f"{where(1)}: expected a {described(columns)}, found {shown(first)}.")

    def checked(number: int, row: Any) -> Sequence[Any]:
        if _form(row) != form:
            raise InputError(
                f"{where(number)}: expected a {form} as in row 1, found {shown(row)}. Give all "
                "rows in one form."
            )
        return pick(number, row)

    return checked, names


def _itself(number: int, row: Any) -> Sequence[Any]:
    """The only value of a row that is a text."""
    return (row,)


def _form(row: Any) -> str:
    """The form of a row: lists and arrays count as tuples."""
    if isinstance(row, str):
        return "str"
    if isinstance(row, Mapping):
        return "dict"
    array = hasattr(row, "tolist") and plain(row) is row
    return "tuple" if isinstance(row, tuple | list) or array else type(row).__name__


def _by_name(
    where: Callable[[int], str], columns: Sequence[Column], first: Mapping[str, Any]
) -> tuple[Pick, tuple[str, ...]]:
    inner = first.get("translation")  # as Hugging Face keeps pairs
    found = any(column.find(first) for column in columns)
    fields = inner if isinstance(inner, Mapping) and not found else first
    nested, keys = fields is not first, list(fields)
    names: list[str] = []
    for column, name in zip(columns, find_columns(columns, keys), strict=True):
        if name is None:
            raise InputError(
                f"{where(1)}: expected '{column.name}', found {shown(keys)}. {column.advice}"
            )
        names.append(name)

    def pick(number: int, row: Mapping[str, Any]) -> Sequence[Any]:
        row = row["translation"] if nested else row
        missing = [name for name in names if name not in row]
        if missing:
            raise InputError(
                f"{where(number)}: expected '{missing[0]}' as in row 1, found {shown(list(row))}. "
                "Add it."
            )
        return [row[name] for name in names]

    return pick, tuple(names)


def _by_place(where: Callable[[int], str], columns: Sequence[Column]) -> Pick:
    numbers = [_number(where, column) for column in columns]
    chosen = any(numbers)
    places = [n - 1 if n > 0 else n or place for place, n in enumerate(numbers)]
    names = ", ".join(column.name for column in columns)

    def pick(number: int, row: Any) -> Sequence[Any]:
        row = row if isinstance(row, tuple | list) else row.tolist()
        if chosen and not all(-len(row) <= place < len(row) for place in places):
            raise InputError(f"{where(number)}: has only {len(row)} values: {shown(row)}.")
        if not chosen and len(row) != len(columns):
            pairs = all(isinstance(item, tuple | list) and len(item) == 2 for item in row)
            advice = " Turn (token, tag) pairs into a row: tuple(zip(*sentence))."
            raise InputError(
                f"{where(number)}: expected {len(columns)} values ({names}), found {len(row)}: "
                f"{shown(row)}.{advice if pairs and columns[0].kind == 'tokens' else ''}"
            )
        return [row[place] for place in places]

    return pick


def _number(where: Callable[[int], str], column: Column) -> int:
    """Which value of a tuple a column is: from 1, or from the end; 0 where none was chosen."""
    if re.fullmatch(r"-?[1-9]\d{0,5}", column.given):
        return int(column.given)
    if column.given and column.names:  # a language is no choice: pairs are in the order asked for
        raise InputError(
            f"{where(1)}: a tuple has no column '{column.given}'. Give dicts, or choose a number: "
            f"1 is the first, -1 the last. {column.advice}"
        )
    return 0
