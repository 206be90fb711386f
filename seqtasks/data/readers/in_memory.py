"""Reads rows in memory: lists of tuples or dicts, data frames, Hugging Face datasets.

What holds the rows is recognised by what it can do: none of these libraries is imported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from seqtasks.data.columns import Column
from seqtasks.data.readers.in_memory_tables import table_of
from seqtasks.data.readers.row_forms import described
from seqtasks.data.readers.row_values import shown
from seqtasks.data.readers.typed_rows import (
    columns_of,
    no_rows,
    stream_of_rows,
    stream_of_table,
)
from seqtasks.data.streams import Stream
from seqtasks.errors import InputError

# What users call the splits.
SPLITS = {
    **{name: "train" for name in ("train", "training")},
    **{name: "validation" for name in ("validation", "valid", "val", "dev", "development")},
    "test": "test",
}


def read_rows(data: Any, columns: Sequence[Column]) -> tuple[dict[str, Stream], tuple[str, ...]]:
    """The splits of a corpus in memory, as streams of rows of strings.

    - Rows are tuples or lists, with the values in the order of `columns`, or dicts by column name;
      where there is one column, a row may be the text itself.
    - A data frame (pandas, polars) or a Hugging Face dataset is a table of such rows. Categories
      and class labels become their names.
    - A dict gives any of these for each split. Anything else is the training split.

    Labels and tags may be strings, integers, booleans or numpy scalars and become strings. Tokens
    and tags are sequences, or one string of them joined by spaces; they are joined by single
    spaces in the result, white space inside a token becomes `_`, and sentences without tokens are
    left out.

    Args:
        data: the rows; what can be iterated again and again.
        columns: the values of a row.

    Returns:
        Streams by split name ("train", "validation", "test"), and notes for the user.

    Raises:
        InputError: rows that cannot be read twice, no rows, columns that are not there; while
            iterating: a value that is missing or of another type. The message names the row.
    """
    if not isinstance(data, Mapping):
        return {"train": _stream("train", data, columns)}, ()
    splits, notes = _by_split(data)
    streams = {}
    for split, rows in splits.items():
        if split != "train" and _without_labels(rows, columns):
            notes += (f"{split} rows have no labels: left out",)
        else:
            streams[split] = _stream(split, rows, columns)
    return streams, notes


def _by_split(data: Mapping[Any, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The rows of each split, and notes on splits of data sets that are of no use."""
    splits: dict[str, Any] = {}
    unknown = []
    for name, rows in data.items():
        split = SPLITS.get(name) if isinstance(name, str) else None
        if split is None:
            unknown.append(str(name))
        elif split in splits:
            raise InputError(
                f"rows in memory: two splits are for {split}, '{name}' the second of them. Keep "
                "one."
            )
        else:
            splits[split] = rows
    datasets = all(hasattr(rows, "features") for rows in data.values())
    names = ", ".join(f"'{name[:40]}'" for name in unknown[:5])
    if (unknown and not datasets) or not splits:
        raise InputError(
            "rows in memory: expected a dict of splits, 'train' and where there are such "
            f"'validation' and 'test', found {names or shown(list(data))}. If these are columns, "
            "turn them into rows: list(zip(*data.values()))."
        )
    return splits, (f"splits left out: {names}",) if unknown else ()


def _stream(split: str, data: Any, columns: Sequence[Column]) -> Stream:
    """One split's rows as strings; what can be told from the first row is told at once."""
    origin = f"{split} rows"
    table = table_of(data)
    if table is None:
        _check_rows(origin, data, columns)
        stream = stream_of_rows(origin, lambda: enumerate(data, start=1), columns)
    else:
        stream = stream_of_table(origin, table, columns)
    if next(stream.read(), None) is None:  # sentences without tokens alone
        raise no_rows(origin, columns)
    return stream


def _check_rows(origin: str, data: Any, columns: Sequence[Column]) -> None:
    """Raises unless `data` can be iterated again and again, in one order."""
    expected = f"{origin}: expected rows, each a {described(columns)}"
    unordered = isinstance(data, str | bytes | Mapping | Set) or hasattr(data, "collect")
    try:
        rows = None if unordered else iter(data)
    except TypeError:
        rows = None
    if rows is None:
        if isinstance(data, str):
            advice = "A file is named as the whole data."
        elif hasattr(data, "collect"):
            advice = "Call .collect() on it first."
        else:
            advice = "Give a list, a data frame or a dataset."
        raise InputError(f"{expected}, found {shown(data)}. {advice}")
    if rows is data:
        raise InputError(
            f"{expected}, that can be read again and again; found {shown(data)}, which can be read "
            "once. Give list(...) of it, or an object whose __iter__ begins anew."
        )


def _without_labels(data: Any, columns: Sequence[Column]) -> bool:
    """Whether a split's labels are kept back, as in GLUE: None or a class label of -1."""
    table = table_of(data)
    place = next((n for n, c in enumerate(columns) if c.kind in ("label", "tags")), None)
    if table is None or not table.classes or place is None:
        return False
    names = columns_of("rows", table, columns)
    first = next(table.read(names), None)
    label = 0 if first is None else first[place]
    return label is None or (isinstance(label, int) and label < 0)
