"""Reads Parquet files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from seqtasks.data.columns import Column
from seqtasks.data.readers.in_memory_tables import Table
from seqtasks.data.readers.typed_rows import stream_of_table
from seqtasks.data.streams import Stream
from seqtasks.errors import InputError

SUFFIXES = (".parquet",)
ROWS = 4096  # read at a time


def read_parquet(path: Path, columns: Sequence[Column]) -> Stream:
    """The wanted columns of a file, as a stream of rows of strings.

    Class labels that Hugging Face datasets have written become their names.

    Args:
        path: a file whose name ends in `.parquet`.
        columns: what to read, in the order wanted.

    Raises:
        InputError: no Parquet file, or a missing column; while iterating: a value that is missing
            or of another type. The message names file and row.
    """
    with _opened(path) as file:
        names, metadata = list(file.schema_arrow.names), file.schema_arrow.metadata or {}

    def read(wanted: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        with _opened(path) as file:
            for batch in file.iter_batches(ROWS, columns=list(dict.fromkeys(wanted))):
                values = [batch.column(name).to_pylist() for name in wanted]
                yield from zip(*values, strict=True)

    table = Table(names, read, _classes(metadata.get(b"huggingface", b"{}")))
    return stream_of_table(str(path), table, columns)


def _opened(path: Path) -> Any:
    import pyarrow
    from pyarrow.parquet import ParquetFile

    try:
        return ParquetFile(path)
    except (OSError, pyarrow.ArrowException) as error:
        reason = str(error).splitlines()[0][:200]
        raise InputError(f"{path}: cannot be read as Parquet ({reason}). Write it anew.") from error


def _classes(written: bytes) -> dict[str, list[str]]:
    """The names of class labels by column, from what Hugging Face datasets write of features."""
    features = json.loads(written).get("info", {}).get("features", {})
    found = {}
    for name, feature in features.items():
        inner = feature.get("feature", feature) if isinstance(feature, dict) else feature
        if isinstance(inner, dict) and inner.get("_type") == "ClassLabel":
            found[name] = list(inner.get("names") or ())
    return {name: names for name, names in found.items() if names}
