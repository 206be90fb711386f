"""One spec string -> the splits of a corpus: "sample", a path, or "tfds:NAME[/CONFIG]"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seqtasks.data.readers.tables import SUFFIXES, read_table
from seqtasks.data.readers.tfds import read_tfds
from seqtasks.data.streams import Splits, Stream, cut_missing
from seqtasks.errors import InputError

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
        read: a file -> its rows.
        read_tfds: the name of a data set and `data_dir` -> its splits and notes; None where
            tensorflow-datasets has nothing of the kind.
    """

    described: str
    suffixes: tuple[tuple[str, ...], ...]
    read: Callable[[Path], Stream]
    read_tfds: Callable[[str, str | None], tuple[dict[str, Stream], tuple[str, ...]]] | None = None


def labelled_texts(fields: Sequence[str] = ("", "")) -> Format:
    """Tables of texts with one label each.

    Args:
        fields: names of the text and the label column; "" takes "text" and "label" in files, and
            finds them from the features in tensorflow-datasets.
    """
    names = [given or usual for given, usual in zip(fields, ("text", "label"), strict=True)]
    return Format(
        "a TSV or CSV file",
        (SUFFIXES,),
        lambda path: read_table(path, names),
        lambda name, data_dir: read_tfds(name, fields, data_dir),
    )


def open_splits(
    spec: str,
    format: Format,
    *,
    sample: Mapping[str, Stream],
    data_dir: str | None = None,
) -> Splits:
    """Open a corpus of rows: `open_streams`, with the splits it lacks cut from train."""
    streams, notes = open_streams(spec, format, sample=sample, data_dir=data_dir)
    return cut_missing(streams["train"], streams.get("validation"), streams.get("test"), notes)


def open_streams(
    spec: str,
    format: Format,
    *,
    sample: Mapping[str, Stream],
    data_dir: str | None = None,
) -> tuple[dict[str, Stream], tuple[str, ...]]:
    """Open a corpus.

    Args:
        spec: "sample"; "tfds:NAME" or "tfds:NAME/CONFIG"; or the path of a file (plain or .gz), or
            of a folder whose file names contain train, dev/valid/val and test.
        format: how it is read.
        sample: the streams that "sample" stands for, by split name.
        data_dir: where tensorflow-datasets keeps its prepared data.

    Returns:
        The streams of the splits it has, "train" among them, and notes for the user.

    Raises:
        InputError: the source does not exist or is not understood.
    """
    if spec == "sample":
        return dict(sample), ()
    if spec.startswith("tfds:") and format.read_tfds:
        streams, notes = format.read_tfds(spec.removeprefix("tfds:"), data_dir)
        if "train" not in streams:
            raise InputError(f"{spec}: has no usable train split. Choose another data set.")
        return streams, notes
    path = Path(spec)
    if not path.exists():
        raise InputError(
            f"{spec}: no such file or folder. Expected 'sample', {_tfds(format)}the path of "
            f"{format.described} or of a folder that holds them."
        )
    files = find_splits(path, format.suffixes) if path.is_dir() else {"train": path}
    streams = {split: format.read(file) for split, file in files.items()}
    return streams, tuple(f"{split}: {file}" for split, file in files.items())


def _tfds(format: Format) -> str:
    return "tfds:NAME, or " if format.read_tfds else "or "


def find_splits(folder: Path, suffixes: Sequence[Sequence[str]] = (SUFFIXES,)) -> dict[str, Path]:
    """Which file of a folder is which split, by name.

    A name says its split by a word of its own ("sst.train.tsv", "test_2016.csv") or, where no file
    does, anywhere in it ("mytrain.tsv"). A single file without such a name is the training split.

    Args:
        folder: where to look; folders in it are left alone.
        suffixes: groups of endings, as in `Format`.

    Raises:
        InputError: no file of these endings, no training split, or two files for one split.
    """
    everything: list[Path] = []
    found: dict[str, Path] = {}
    for group in suffixes:
        endings = tuple(ending + gz for ending in group for gz in ("", ".gz"))
        files = sorted(path for path in folder.iterdir() if path.name.lower().endswith(endings))
        _find_missing(found, folder, files)
        everything += files
    if not found and len(everything) == 1:
        found["train"] = everything[0]
    if "train" in found:
        return found
    endings = ", ".join(ending for group in suffixes for ending in group)
    raise InputError(
        f"{folder}: expected a file whose name contains 'train' and ends in one of {endings} "
        f"(or these and .gz); found {', '.join(path.name for path in everything) or 'none'}."
    )


def _find_missing(found: dict[str, Path], folder: Path, files: Sequence[Path]) -> None:
    """Add to `found` the splits that it lacks and that one of the files is, by its name."""
    for split, names in SPLIT_NAMES.items():
        if split in found:
            continue
        alternatives = "|".join(names)
        candidates: list[Path] = []
        for pattern in (rf"(?:^|[^a-z])(?:{alternatives})", alternatives):
            candidates = candidates or [
                path
                for path in files
                if path not in found.values() and re.search(pattern, path.name.lower())
            ]
        if len(candidates) > 1:
            raise InputError(
                f"{folder}: {len(candidates)} files could be the {split} split: "
                f"{', '.join(path.name for path in candidates)}. Keep one, or rename the others."
            )
        if candidates:
            found[split] = candidates[0]
