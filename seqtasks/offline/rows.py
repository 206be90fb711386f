"""Rows of a shard as they are, with all their fields; what is wrong with one does not end it."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from seqtasks.errors import InputError
from seqtasks.offline.shards import JSON_LINES, PARQUET, suffix_of

MAX_LINE = 10_000_000  # bytes; what is longer is no row of text
READ = 1024  # rows of Parquet at a time
SHOWN = 1000  # characters of a bad row


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be predicted.

    Attributes:
        reason: why.
        content: what it holds, cut after `SHOWN` characters.
    """

    reason: str
    content: str


Numbered = tuple[int, "dict[str, Any] | BadRow"]  # counted from 1: lines, or rows of Parquet


def read_rows(path: Path) -> Iterator[Numbered]:
    """The rows of a file, in constant memory.

    Raises:
        InputError: while iterating: the file cannot be read, or read on.
    """
    try:
        if suffix_of(path) in PARQUET:
            yield from _parquet_rows(path)
            return
        opened = gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")
        with opened as file:
            lines = _lines(file)  # pyright: ignore[reportArgumentType]
            read = _json_rows if suffix_of(path) in JSON_LINES else _tsv_rows
            yield from read(lines)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read ({error}). Copy the file again.") from error


def _lines(file: BinaryIO) -> Iterator[tuple[int, str | BadRow]]:
    """Lines that are not blank, without their ends."""
    number = 0
    while line := file.readline(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            start = line
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE)
            yield number, _bad(f"expected a line of at most {MAX_LINE:,} bytes", start[:SHOWN])
            continue
        line = line.rstrip(b"\r\n")
        if not line.strip():
            continue
        try:
            yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            place = f"byte 0x{line[error.start]:02x} at byte {error.start + 1}"
            yield number, _bad(f"expected UTF-8, found {place}", line)


def _json_rows(lines: Iterator[tuple[int, str | BadRow]]) -> Iterator[Numbered]:
    for number, line in lines:
        if isinstance(line, BadRow):
            yield number, line
            continue
        try:
            row = json.loads(line, parse_constant=_refused)
        except (ValueError, RecursionError) as error:
            yield number, _bad(f"expected JSON: {error}", line)
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            yield number, _bad(f"expected a JSON object, found {type(row).__name__}", line)


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _tsv_rows(lines: Iterator[tuple[int, str | BadRow]]) -> Iterator[Numbered]:
    _, header = next(lines, (0, ""))
    if isinstance(header, BadRow):
        raise InputError(f"line 1: expected a header, found none: {header.reason}.")
    names = [name.strip() for name in header.split("\t")]
    for number, line in lines:
        if isinstance(line, BadRow):
            yield number, line
            continue
        values = line.split("\t")
        if len(values) != len(names):
            reason = f"expected {len(names)} columns, found {len(values)}"
            yield number, _bad(reason, line)
        else:
            yield number, dict(zip(names, values, strict=True))


def _parquet_rows(path: Path) -> Iterator[Numbered]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(READ):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except pa.ArrowException as error:
        raise InputError(f"{path}: cannot be read ({error}). Copy the file again.") from error


def _bad(reason: str, content: str | bytes) -> BadRow:
    if isinstance(content, bytes):
        content = content[: 4 * SHOWN].decode("utf-8", "backslashreplace")
    return BadRow(reason, content[:SHOWN])
