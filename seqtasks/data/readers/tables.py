"""Reads TSV and CSV files with a header, plain or gzipped, row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from seqtasks.data.columns import Column
from seqtasks.data.readers.lines import MAX_LINE, read_lines
from seqtasks.data.streams import Row, Stream
from seqtasks.errors import InputError

SUFFIXES = (".tsv", ".csv")  # each may be followed by .gz


def read_table(path: Path, columns: Sequence[Column]) -> Stream:
    """The wanted columns of a table, as a stream of rows.

    - TSV: one row a line, columns separated by single tabs, no quoting (`"` is a character).
    - CSV: RFC 4180, so quoted fields may hold commas, quotes and line breaks.

    Lines end with LF or CRLF. Wholly blank lines are skipped. A byte order mark is ignored.
    Unicode is left as it is; tokenizers normalize.

    Args:
        path: a file whose name ends in one of `SUFFIXES`.
        columns: what to read, in the order wanted.

    Raises:
        InputError: while iterating: an empty file, a missing column, a row of another width, an
            empty label, invalid UTF-8, NUL bytes, a line over `MAX_LINE` characters, a damaged
            gzip file. The message names file and line.
    """
    if not path.name.lower().removesuffix(".gz").endswith(SUFFIXES):
        raise InputError(
            f"{path}: expected a file ending in one of {', '.join(SUFFIXES)} (or these and .gz). "
            "Rename it to what it is, or convert it."
        )

    def read() -> Iterator[tuple[int, Row]]:
        return _rows(path, read_lines(path), columns)

    return Stream(str(path), read)


def _rows(path: Path, lines: Iterator[str], columns: Sequence[Column]) -> Iterator[tuple[int, Row]]:
    records = _csv(path, lines) if ".csv" in path.name.lower()[-7:] else _tsv(lines)
    top, header = next(records, (0, None))
    if header is None:
        raise InputError(
            f"{path}: the file is empty. Expected a header with {_list([c.name for c in columns])}."
        )
    header = [name.strip() for name in header]
    places = [_place(path, top, header, column) for column in columns]
    labels = [
        place for place, column in zip(places, columns, strict=True) if column.kind == "label"
    ]
    empty = True
    for line, record in records:
        if len(record) != len(header):
            raise InputError(
                f"{path}, line {line}: expected {len(header)} columns, found {len(record)}. "
                "Columns are separated by single tabs in .tsv files, by commas in .csv files."
            )
        for place in labels:
            if not record[place].strip():
                raise InputError(
                    f"{path}, line {line}: the column '{header[place]}' is empty. Fill it."
                )
        empty = False
        yield line, tuple(record[place] for place in places)
    if empty:
        raise InputError(f"{path}: no rows after the header. Expected at least one.")


def _place(path: Path, top: int, header: Sequence[str], column: Column) -> int:
    """Where the wanted column stands, from 0."""
    name = column.find(header) or column.name
    if header.count(name) != 1:
        raise InputError(
            f"{path}, line {top}: expected one column named '{name}', found "
            f"{header.count(name) or 'none'} among {_list(header)}. {column.advice}"
        )
    return header.index(name)


def _tsv(lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(lines, start=1):
        line = line.rstrip("\r\n")
        if line.strip(" "):
            yield number, line.split("\t")


def _csv(path: Path, lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader(lines, strict=True)
    started = 1  # the line the record begins on: quoted fields may run over several
    try:
        for record in reader:
            if any(field.strip() for field in record) or len(record) > 1:
                yield started, record
            started = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{path}, line {started}: not a well-formed CSV record ({error}). Quote fields that "
            'hold commas, quotes or line breaks, and double the quotes inside ("").'
        ) from error


def _list(names: Sequence[str]) -> str:
    return ", ".join(f"'{name[:40]}'" for name in names[:20])
