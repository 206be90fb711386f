"""Reads sentence pairs: line-parallel files, tables of pairs, translations of TFDS."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from seqtasks.data.columns import language_columns
from seqtasks.data.partition import Partition, Unread, divided
from seqtasks.data.readers.in_memory import read_rows
from seqtasks.data.readers.lines import read_lines
from seqtasks.data.readers.tables import SUFFIXES, read_table
from seqtasks.data.readers.tfds import read_tfds
from seqtasks.data.sources import Source
from seqtasks.data.streams import Row, Splits, Stream, joined
from seqtasks.errors import InputError

ROLES = {"train": "train", "dev": "validation", "val": "validation", "test": "test"}


@dataclass(frozen=True)
class Pairs:
    """The splits of a parallel corpus, rows of (source, target), and all test sets by name."""

    splits: Splits
    tests: Mapping[str, Stream]


def open_pair_streams(
    spec: Source,
    source: str,
    target: str,
    *,
    sample: Mapping[str, Stream],
    data_dir: str | None = None,
) -> tuple[dict[str, Stream], tuple[str, ...]]:
    """Open a parallel corpus as it is: all its splits and test sets, by their own names.

    Pairs with an empty side are left out; the notes count them.

    Args:
        spec: "sample"; "tfds:NAME" or "tfds:NAME/CONFIG"; or a path: a folder of line-parallel
            files NAME.LANGUAGE (plain or .gz), line n of one the translation of line n of the
            other, whose names begin with train, dev/val and test (of which there may be several);
            a TSV or CSV file with a column for each language, or a folder of such files; or rows
            in memory: (source, target) tuples, dicts by language (see `read_rows`); or a
            `Partition` of these.
        source: language to translate from: an ending, a column, a feature.
        target: language to translate into.
        sample: the streams that "sample" stands for, by split, rows of (English, Vietnamese).
        data_dir: where tensorflow-datasets keeps its prepared data.

    Raises:
        InputError: the source does not exist, lacks a language or is not understood; files of
            unequal length.
    """
    if source == target:
        raise InputError(
            f"--source {source} --target {target}: expected two languages. Name another one."
        )
    notes: tuple[str, ...] = ()
    columns = language_columns(source, target)
    test = True
    if isinstance(spec, Partition):
        spec, test = spec.data, spec.test
    if not isinstance(spec, str | Path):
        streams, notes = read_rows(spec, columns)
    elif spec == "sample":
        if {source, target} != {"en", "vi"}:
            raise InputError(
                f"the sample holds 'en' and 'vi', not '{source}' and '{target}'. Choose among "
                "these, or name a corpus with --data."
            )
        streams = {name: _turned(s) if source == "vi" else s for name, s in sample.items()}
    elif str(spec).startswith("tfds:"):
        streams, notes = read_tfds(str(spec).removeprefix("tfds:"), columns, data_dir)
    else:
        streams = _open_path(Path(spec), source, target, test)
        notes = tuple(f"{name}: {stream.origin}" for name, stream in streams.items())
    found = {}
    for name, stream in streams.items():
        if role_of(name) == "test" and not test:
            found[name] = Unread(stream.origin)
            continue
        found[name], dropped = _without_empty(stream)
        if dropped:
            notes += (f"{name}: {dropped:,} pairs with an empty side were left out",)
    return found, notes


def open_pairs(
    spec: Source,
    source: str,
    target: str,
    *,
    sample: Mapping[str, Stream],
    data_dir: str | None = None,
) -> Pairs:
    """Open a parallel corpus to train on: `open_pair_streams`, with missing splits cut from train.

    Raises:
        InputError: what `open_pair_streams` refuses; no training split, or several.
    """
    streams, notes = open_pair_streams(spec, source, target, sample=sample, data_dir=data_dir)
    return _splits(spec, streams, notes)


def _splits(spec: Source, streams: Mapping[str, Stream], notes: tuple[str, ...]) -> Pairs:
    named = spec.data if isinstance(spec, Partition) else spec
    owner = named if isinstance(named, str) else "rows in memory"
    by_role: dict[str, dict[str, Stream]] = {"train": {}, "validation": {}, "test": {}}
    for name, stream in streams.items():
        by_role[role_of(name)][name] = stream
    for role in ("train", "validation"):
        if len(by_role[role]) > 1:
            raise InputError(
                f"{owner}: {', '.join(by_role[role])} could each be the {role} split. Keep one."
            )
    if not by_role["train"]:
        raise InputError(f"{owner}: expected a train split, found {', '.join(streams) or 'none'}.")
    for stream in streams.values():
        if not isinstance(stream, Unread) and next(iter(stream), None) is None:
            raise InputError(f"{stream.origin}: no pairs in it. Expected some, or no such split.")
    tests = dict(sorted(by_role["test"].items()))
    found = {role: next(iter(named.values())) for role, named in by_role.items() if named}
    if isinstance(spec, Partition) and spec.folds and tests:
        found["test"], tests = joined([*tests.values()]), {}
    splits = divided(spec, found, notes, None)
    if splits.test is None:
        return Pairs(splits, {"validation": splits.validation})
    return Pairs(splits, tests or {"test": splits.test})


def role_of(name: str) -> str:
    """The split that a name belongs to: "test_2016" is a test set; "train" if none is said."""
    found = re.search(r"(?:^|[^a-z])(train|dev|val|test)", name.lower())
    return ROLES[found[1]] if found else "train"


def _open_path(path: Path, source: str, target: str, test: bool) -> dict[str, Stream]:
    if not path.exists():
        raise InputError(
            f"{path}: no such file or folder. Expected 'sample', tfds:NAME, a folder of files "
            f"NAME.{source} and NAME.{target}, or a table (TSV, CSV, JSON lines, Parquet) with "
            "these columns."
        )
    files = [path] if path.is_file() else sorted(path.iterdir())
    tables = [f for f in files if f.name.lower().removesuffix(".gz").endswith(SUFFIXES)]
    if tables:
        endings = "|".join(re.escape(ending) for ending in SUFFIXES)
        names = [re.sub(rf"({endings})(\.gz)?$", "", file.name.lower()) for file in tables]
        return {
            name: read_table(file, language_columns(source, target))
            if test or role_of(name) != "test"
            else Unread(str(file))
            for name, file in zip(names, tables, strict=True)
        }
    sides = [
        {
            re.sub(rf"\.{re.escape(language)}(\.gz)?$", "", file.name): file
            for file in files
            if re.search(rf"\.{re.escape(language)}(\.gz)?$", file.name)
        }
        for language in (source, target)
    ]
    for side, language in zip(sides, (source, target), strict=True):
        if not side:
            endings = {re.sub(r"\.gz$", "", file.name).rpartition(".")[2] for file in files}
            raise InputError(
                f"{path}: no file ends in .{language} or .{language}.gz. Found the endings "
                f"{', '.join(sorted(endings)) or 'of none'}. Choose with --source and --target."
            )
    both = [name for name in sides[0] if name in sides[1]]
    return {name: read_parallel(sides[0][name], sides[1][name]) for name in both}


def read_parallel(source: Path, target: Path) -> Stream:
    """Line n of one file with line n of the other, as a stream of pairs.

    Raises:
        InputError: while iterating: files of unequal length, invalid UTF-8, a damaged gzip file.
    """

    def read() -> Iterator[tuple[int, Row]]:
        rows = itertools.zip_longest(
            *(map(str.strip, read_lines(path)) for path in (source, target))
        )
        for number, row in enumerate(rows, start=1):
            if None in row:
                ended, longer = (source, target) if row[0] is None else (target, source)
                raise InputError(
                    f"{ended} ends after line {number - 1:,}, but {longer} goes on. Expected files "
                    "of equal length, line n of one the translation of line n of the other."
                )
            yield number, row

    return Stream(f"{source} and {target.name}", read)


def _turned(stream: Stream) -> Stream:
    return Stream(
        stream.origin, lambda: ((line, row[::-1]) for line, row in stream.read()), stream.unit
    )


def _without_empty(stream: Stream) -> tuple[Stream, int]:
    """The pairs with two sides, and how many others there are; reads the stream once."""

    def read() -> Iterator[tuple[int, Row]]:
        return ((line, row) for line, row in stream.read() if all(map(str.strip, row)))

    dropped = sum(1 for row in stream if not all(map(str.strip, row)))
    return (Stream(stream.origin, read, stream.unit) if dropped else stream), dropped
