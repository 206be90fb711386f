"""Opens a corpus to score a saved run on: its test split, or all of it where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from seqtasks.data.partition import Partition
from seqtasks.data.readers.parallel import open_pair_streams, open_pairs, role_of
from seqtasks.data.readers.running_text import open_texts, running_texts
from seqtasks.data.sources import Format, open_splits, open_streams
from seqtasks.data.streams import Row, Stream
from seqtasks.errors import InputError
from seqtasks.text import bio


def open_for_scoring(
    spec: Any, format: Format, *, sample: Mapping[str, Stream], data_dir: str | None = None
) -> Stream:
    """The split of a corpus to score: "test", else the only one.

    Args:
        spec: as in `open_streams`; of a `Partition` the split that a run trained on it is scored
            on, cut from train where it was cut in training.
        format: how it is read.
        sample: the streams that "sample" stands for.
        data_dir: where tensorflow-datasets keeps its prepared data.

    Raises:
        InputError: the corpus cannot be read, has no rows, or has several splits but no test
            split.
    """
    if isinstance(spec, Partition):
        return open_splits(spec, format, sample=sample, data_dir=data_dir).scored
    streams, _ = open_streams(spec, format, sample=sample, data_dir=data_dir)
    if "test" not in streams and len(streams) > 1:
        raise InputError(
            f"{spec}: expected a test split or a single file, found {', '.join(streams)}. Name the "
            "file to score."
        )
    stream = streams.get("test") or next(iter(streams.values()))
    _check_rows(stream)
    return stream


def open_text_for_scoring(
    spec: Any, field: str = "", *, sample: Mapping[str, Stream], data_dir: str | None = None
) -> Stream:
    """The running text to score, likewise."""
    if isinstance(spec, Partition):
        return open_texts(spec, field=field, sample=sample, data_dir=data_dir).scored
    format = running_texts(field)
    return open_for_scoring(spec, format, sample=sample, data_dir=data_dir)


def open_pairs_for_scoring(
    spec: Any,
    source: str,
    target: str,
    *,
    sample: Mapping[str, Stream],
    data_dir: str | None = None,
) -> dict[str, Stream]:
    """The test sets of a parallel corpus by name, or all its pairs where there is none."""
    if isinstance(spec, Partition):
        pairs = open_pairs(spec, source, target, sample=sample, data_dir=data_dir)
        return dict(pairs.tests)
    streams, _ = open_pair_streams(spec, source, target, sample=sample, data_dir=data_dir)
    tests = {name: stream for name, stream in streams.items() if role_of(name) == "test"}
    tests = dict(sorted(tests.items())) or streams
    for stream in tests.values():
        _check_rows(stream)
    return tests


def _check_rows(stream: Stream) -> None:
    if next(iter(stream), None) is None:
        raise InputError(f"{stream.origin}: no rows to score. Expected some.")


def span_rows(stream: Stream) -> Stream:
    """Rows of joined tokens, tags and further columns, whatever the scheme, with tags in BIO.

    Raises:
        InputError: while iterating: a tag of no scheme.
    """

    def read() -> Iterator[tuple[int, Row]]:
        for line, (tokens, tags, *columns) in stream.read():
            try:
                converted = bio.convert(tags.split(" "), "bioes", "bio")
                yield line, (tokens, " ".join(converted), *columns)
            except ValueError as error:
                raise InputError(f"{stream.where(line)}: {error}") from error

    return Stream(stream.origin, read, stream.unit)
