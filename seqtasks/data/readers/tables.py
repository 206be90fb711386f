"""Reads tables: TSV and CSV files with a header, JSON lines, Parquet."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from seqtasks.data.columns import Column, find_columns
from seqtasks.data.readers import json_lines, parquet
from seqtasks.data.readers.lines import MAX_LINE, read_lines
from seqtasks.data.streams import Row, Stream
from seqtasks.errors import InputError

TYPED_SUFFIXES = (*json_lines.SUFFIXES, *parquet.SUFFIXES)
SUFFIXES = (".tsv", ".csv", *TYPED_SUFFIXES)  # each but .parquet may be followed by .gz
SEPARATORS = (",", ";", "\t", "|")  # of CSV files


def read_table(path: Path, columns: Sequence[Column]) -> Stream:
    """The wanted columns of a table, as a stream of rows.

    - TSV: one row a line, columns separated by single tabs, no quoting (`"` is a character).
    - CSV: RFC 4180, so quoted fields may hold separators, quotes and line breaks. The separator is
      that of `SEPARATORS` which gives the header the wanted columns, else the one it has most of.
    - JSON lines and Parquet: see `read_json_lines` and `read_parquet`.

    Lines end with LF or CRLF. Wholly blank lines are skipped. A byte order mark is ignored.
    Unicode is left as it is; tokenizers normalize.

    Args:
        path: a file whose name ends in one of `SUFFIXES`.
        columns: what to read, in the order wanted.

    Raises:
        InputError: an empty file or a missing column; while iterating: a row of another width, an
            empty label, invalid UTF-8, NUL bytes, a line over `MAX_LINE` characters, a damaged
            gzip file. The message names file and line.
    """
    name = path.name.lower()
    if name.removesuffix(".gz").endswith(json_lines.SUFFIXES):
        return json_lines.read_json_lines(path, columns)
    if name.endswith(parquet.SUFFIXES):
        return parquet.read_parquet(path, columns)
    if not name.removesuffix(".gz").endswith(SUFFIXES):
        raise InputError(
            f"{path}: expected a file ending in one of {', '.join(SUFFIXES)} (or these and .gz). "
            "Rename it to what it is, or convert it."
        )

    def read() -> Iterator[tuple[int, Row]]:
        return _rows(path, columns)

    header, places = _header(path, _records(path, columns), columns)
    return Stream(str(path), read, columns=tuple(header[place] for place in places))


def _records(path: Path, columns: Sequence[Column]) -> Iterator[tuple[int, list[str]]]:
    lines = read_lines(path)
    return _csv(path, lines, columns) if ".csv" in path.name.lower()[-7:] else _tsv(lines)


def _header(
    path: Path, records: Iterator[tuple[int, list[str]]], columns: Sequence[Column]
) -> tuple[list[str], list[int]]:
    """The first record, and the places of the wanted columns in it."""
    top, header = next(records, (0, None))
    if header is None:
        raise InputError(
            f"{path}: the file is empty. Expected a header with {_list([c.name for c in columns])}."
        )
    header = [name.strip() for name in header]
    names = find_columns(columns, header)
    wanted = zip(names, columns, strict=True)
    return header, [_place(path, top, header, name or c.name, c) for name, c in wanted]


def _rows(path: Path, columns: Sequence[Column]) -> Iterator[tuple[int, Row]]:
    records = _records(path, columns)
    header, places = _header(path, records, columns)
    labels = [
        place for place, column in zip(places, columns, strict=True) if column.kind == "label"
    ]
    empty = True
    for line, record in records:
        if len(record) != len(header):
            raise InputError(
                f"{path}, line {line}: expected {len(header)} columns, found {len(record)}. "
                "Columns are separated by single tabs in .tsv files; in .csv files fields that "
                "hold the separator are quoted."
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


def _place(path: Path, top: int, header: Sequence[str], name: str, column: Column) -> int:
    """Where the wanted column stands, from 0."""
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


def _separator(header: str, columns: Sequence[Column]) -> str:
    """The separator of a CSV file with this header."""
    headers = {mark: next(csv.reader([header], delimiter=mark), []) for mark in SEPARATORS}
    names = {mark: [name.strip() for name in found] for mark, found in headers.items()}
    return max(SEPARATORS, key=lambda m: (all(c.find(names[m]) for c in columns), len(names[m])))


def _csv(
    path: Path, lines: Iterator[str], columns: Sequence[Column]
) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(MAX_LINE)
    before = []  # blank lines, and the header
    for line in lines:
        before.append(line)
        if line.strip():
            break
    separator = _separator(before[-1], columns) if before else ","
    reader = csv.reader(itertools.chain(before, lines), delimiter=separator, strict=True)
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
