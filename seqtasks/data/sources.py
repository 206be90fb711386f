"""What a user names as data -> the splits of a corpus: "sample", a path, "tfds:NAME", or rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqtasks.data.columns import Column
from seqtasks.data.partition import Partition, Unread, divided, without_test
from seqtasks.data.readers.tables import SUFFIXES
from seqtasks.data.streams import Splits, Stream, joined
from seqtasks.errors import InputError

# "sample", "tfds:NAME", a path, or rows in memory.
Source = Any

# The splits that a source has, and notes for the user.
Opened = tuple[dict[str, Stream], tuple[str, ...]]

# What file names call each split; CoNLL 2002 and 2003 call theirs train, testa and testb.
SPLIT_NAMES = {
    "train": ("train",),
    "validation": ("dev", "val", "testa"),  # "val" begins "valid" and "validation" too
    "test": ("test",),
}


@dataclass(frozen=True)
class Format:
    """How the corpora of one kind of task are read.

    Args:
        described: what such a file is, for messages: "a TSV or CSV file".
        suffixes: endings of file names, plain; each may be followed by `.gz`. In groups: a split
            of a folder is a file of the first group that has one for it.
        columns: what a row of the corpus is made of, in files, data sets and memory alike.
        read: a file -> its rows.
        read_tfds: the name of a data set and `data_dir` -> its splits and notes; None where
            tensorflow-datasets has nothing of the kind.
        read_memory: rows in memory -> their splits and notes.
        read_folders: a folder without such files -> its splits, none if it is of another kind.
    """

    described: str
    suffixes: tuple[tuple[str, ...], ...]
    columns: tuple[Column, ...]
    read: Callable[[Path], Stream]
    read_tfds: Callable[[str, str | None], Opened] | None
    read_memory: Callable[[Any], Opened]
    read_folders: Callable[[Path], dict[str, Stream]] | None = None

    @property
    def label(self) -> int | None:
        """Which value of a row is its one label; None where rows have none or several."""
        return 1 if any(column.kind == "label" for column in self.columns) else None


def open_splits(
    spec: Source,
    format: Format,
    *,
    sample: Mapping[str, Stream],
    data_dir: str | None = None,
) -> Splits:
    """Open a corpus of rows: `open_streams`, with the splits it lacks cut from train."""
    streams, notes = open_streams(spec, format, sample=sample, data_dir=data_dir)
    training_split(spec, streams)
    return divided(spec, streams, notes, format.label)


def training_split(spec: Source, streams: Mapping[str, Stream]) -> Stream:
    """The training split of a corpus.

    Raises:
        InputError: it has none.
    """
    if "train" in streams:
        return streams["train"]
    named = spec.data if isinstance(spec, Partition) else spec
    owner = named if isinstance(named, str | Path) else "rows in memory"
    found = "; ".join(f"{split}: {stream.origin}" for split, stream in streams.items())
    raise InputError(
        f"{owner}: expected a train split to learn from, found {found}. Name one of its files or "
        "splits 'train', or give a file as the whole data."
    )


def open_streams(
    spec: Source,
    format: Format,
    *,
    sample: Mapping[str, Stream],
    data_dir: str | None = None,
) -> Opened:
    """Open a corpus.

    Args:
        spec: "sample"; "tfds:NAME" or "tfds:NAME/CONFIG"; the path of a file (plain or .gz), or
            of a folder whose file names contain train, dev/valid/val and test; rows in memory
            (see `seqtasks.data.read_rows`); or a `Partition` of these.
        format: how it is read.
        sample: the streams that "sample" stands for, by split name.
        data_dir: where tensorflow-datasets keeps its prepared data.

    Returns:
        The streams of the splits it has, one at least, and notes for the user.

    Raises:
        InputError: the source does not exist or is not understood.
    """
    if isinstance(spec, Partition):
        streams, notes = _open(spec.data, format, sample, data_dir, spec.test)
    else:
        streams, notes = _open(spec, format, sample, data_dir)
    return streams, notes + _guesses(streams, format.columns)


def _guesses(streams: Mapping[str, Stream], columns: Sequence[Column]) -> tuple[str, ...]:
    """A note on the columns that were neither named nor have the first of their usual names."""
    first = next(iter(streams.values()))
    found = [
        f"the {column.kind} is column '{name}' ({column.option} chooses another)"
        for column, name in zip(columns, first.columns, strict=False)
        if not column.given and name != column.name
    ]
    return tuple(found)


def _open(
    spec: Source,
    format: Format,
    sample: Mapping[str, Stream],
    data_dir: str | None,
    test: bool = True,
) -> Opened:
    if isinstance(spec, str | Path) and spec != "sample" and Path(spec).is_dir():
        return _open_folder(Path(spec), format, test)
    streams, notes = _open_other(spec, format, sample, data_dir)
    return streams if test else without_test(streams), notes


def _open_other(
    spec: Source, format: Format, sample: Mapping[str, Stream], data_dir: str | None
) -> Opened:
    """What is no folder."""
    if not isinstance(spec, str | Path):
        return format.read_memory(spec)
    if spec == "sample":
        return dict(sample), ()
    if isinstance(spec, str) and spec.startswith("tfds:") and format.read_tfds:
        streams, notes = format.read_tfds(spec.removeprefix("tfds:"), data_dir)
        if not streams:
            raise InputError(f"{spec}: has no usable split. Choose another data set.")
        return streams, notes
    path = Path(spec)
    if not path.exists():
        raise InputError(
            f"{spec}: no such file or folder. Expected 'sample', {_tfds(format)}the path of "
            f"{format.described} or of a folder that holds them."
        )
    stream = format.read(path)
    return {"train": stream}, (f"train: {stream.origin}",)


def _open_folder(folder: Path, format: Format, test: bool) -> Opened:
    """The splits of a folder; without `test`, its test files are not opened."""
    if format.read_folders and (found := format.read_folders(folder)):
        notes = tuple(f"{split}: {stream.origin}/CLASS/" for split, stream in found.items())
        return found if test else without_test(found), notes
    streams = {
        split: joined([*map(format.read, files)])
        if test or split != "test"
        else Unread(", ".join(map(str, files)))
        for split, files in find_splits(folder, format.suffixes).items()
    }
    return streams, tuple(f"{split}: {stream.origin}" for split, stream in streams.items())


def _tfds(format: Format) -> str:
    return "tfds:NAME, or " if format.read_tfds else "or "


def find_splits(
    folder: Path, suffixes: Sequence[Sequence[str]] = (SUFFIXES,)
) -> dict[str, tuple[Path, ...]]:
    """Which files of a folder are which split, by name.

    A name says its split by a word of its own ("sst.train.tsv", "test_2016.csv") or, where no file
    does, anywhere in it ("mytrain.tsv"). A single file without such a name is the training split.
    Several files for a split are its shards if their names differ in one number alone, which
    counts from 0 or 1 ("train-00000-of-00002.parquet").

    Args:
        folder: where to look; folders in it are left alone.
        suffixes: groups of endings, as in `Format`.

    Raises:
        InputError: no file of these endings, several of which none is a split by its name, or two
            files for one split that are no shards.
    """
    everything: list[Path] = []
    found: dict[str, tuple[Path, ...]] = {}
    for group in suffixes:
        endings = tuple(ending + gz for ending in group for gz in ("", ".gz"))
        files = sorted(path for path in folder.iterdir() if path.name.lower().endswith(endings))
        _find_missing(found, folder, files)
        everything += files
    if not found and len(everything) == 1:
        found["train"] = (everything[0],)
    if found:
        return found
    endings = ", ".join(ending for group in suffixes for ending in group)
    raise InputError(
        f"{folder}: expected a file whose name contains 'train' and ends in one of {endings} "
        f"(or these and .gz); found {', '.join(path.name for path in everything) or 'none'}."
    )


def _are_shards(files: Sequence[Path]) -> bool:
    """Whether the names of files differ in one number alone, which counts from 0 or 1."""
    parts = [re.split(r"(\d+)", path.name) for path in files]
    if len({len(names) for names in parts}) > 1:
        return False
    different = [column for column in zip(*parts, strict=True) if len(set(column)) > 1]
    if len(different) != 1 or not all(name.isdecimal() for name in different[0]):
        return False
    numbers = sorted(int(name) for name in different[0])
    return numbers in (list(range(len(files))), list(range(1, len(files) + 1)))


def _find_missing(found: dict[str, tuple[Path, ...]], folder: Path, files: Sequence[Path]) -> None:
    """Add to `found` the splits that it lacks and that some of the files are, by their names."""
    for split, names in SPLIT_NAMES.items():
        if split in found:
            continue
        alternatives = "|".join(names)
        candidates: list[Path] = []
        for pattern in (rf"(?:^|[^a-z])(?:{alternatives})", alternatives):
            candidates = candidates or [
                path
                for path in files
                if not any(path in paths for paths in found.values())
                and re.search(pattern, path.name.lower())
            ]
        if len(candidates) > 1 and not _are_shards(candidates):
            raise InputError(
                f"{folder}: {len(candidates)} files could be the {split} split: "
                f"{', '.join(path.name for path in candidates)}. Keep one, or rename the others."
            )
        if candidates:
            found[split] = tuple(candidates)
