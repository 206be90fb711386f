"""Reads JSON lines, one row a line, plain or gzipped."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from seqtasks.data.columns import Column
from seqtasks.data.readers.lines import read_lines
from seqtasks.data.readers.row_values import shown
from seqtasks.data.readers.typed_rows import stream_of_rows
from seqtasks.data.streams import Stream
from seqtasks.errors import InputError

SUFFIXES = (".jsonl", ".ndjson")  # each may be followed by .gz


def read_json_lines(path: Path, columns: Sequence[Column]) -> Stream:
    """The wanted values of the objects in a file, as a stream of rows of strings.

    One JSON object a line: `{"text": "a fine film", "label": "good"}`; of a tagger
    `{"tokens": ["Anna", "sings"], "tags": ["B-PER", "O"]}`. Labels may be strings, integers or
    booleans. Blank lines are skipped.

    Args:
        path: a file whose name ends in one of `SUFFIXES`.
        columns: what to read, in the order wanted.

    Raises:
        InputError: an empty file, or a first row without the columns; while iterating: a line that
            is no JSON object, a value that is missing or of another type, and what `read_lines`
            refuses. The message names file and line.
    """
    return stream_of_rows(str(path), lambda: _objects(path), columns, "line")


def _objects(path: Path) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(
                f"{path}, line {number}: no well-formed JSON ({error.msg} at character "
                f"{error.pos + 1}). Expected one object a line."
            ) from error
        if not isinstance(row, dict):
            raise InputError(
                f"{path}, line {number}: expected a JSON object, found {shown(row)}. Write "
                '{"text": ..., "label": ...}, one a line.'
            )
        yield number, row
