"""One spec string -> the splits of a corpus: "sample", a path, or "tfds:NAME[/CONFIG]"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from seqtasks.data.streams import Splits, Stream, cut_missing
from seqtasks.data.tables import SUFFIXES, read_table
from seqtasks.data.tfds_reader import read_tfds
from seqtasks.errors import InputError

# What file names call each split.
SPLIT_NAMES = {
    "train": ("train",),
    "validation": ("dev", "val"),  # "val" begins "valid" and "validation" too
    "test": ("test",),
}


def open_splits(
    spec: str,
    *,
    fields: Sequence[str] = ("text", "label"),
    sample: Mapping[str, Stream],
    data_dir: str | None = None,
) -> Splits:
    """Open a corpus of labelled texts.

    Args:
        spec: "sample"; "tfds:NAME" or "tfds:NAME/CONFIG"; or the path of a TSV or CSV file (plain
            or .gz), or of a folder whose file names contain train, dev/valid/val and test.
        fields: names of the text and the label column; "" takes "text" and "label" in files, and
            finds them from the features in tensorflow-datasets.
        sample: the streams that "sample" stands for, by split name.
        data_dir: where tensorflow-datasets keeps its prepared data.

    Returns:
        The three splits; those that the source lacks are cut from train.

    Raises:
        InputError: the source does not exist or is not understood.
    """
    if spec == "sample":
        return cut_missing(sample["train"], sample.get("validation"), sample.get("test"))
    if spec.startswith("tfds:"):
        streams, notes = read_tfds(spec.removeprefix("tfds:"), fields, data_dir)
        if "train" not in streams:
            raise InputError(f"{spec}: has no labelled train split. Choose another data set.")
        return cut_missing(streams["train"], streams.get("validation"), streams.get("test"), notes)
    path = Path(spec)
    if not path.exists():
        raise InputError(
            f"{spec}: no such file or folder. Expected 'sample', tfds:NAME, or the path of a TSV "
            "or CSV file or of a folder that holds them."
        )
    files = find_splits(path) if path.is_dir() else {"train": path}
    names = [given or usual for given, usual in zip(fields, ("text", "label"), strict=True)]
    streams = {split: read_table(file, names) for split, file in files.items()}
    notes = tuple(f"{split}: {file}" for split, file in files.items())
    return cut_missing(streams["train"], streams.get("validation"), streams.get("test"), notes)


def find_splits(folder: Path) -> dict[str, Path]:
    """Which file of a folder is which split, by name.

    A name says its split by a word of its own ("sst.train.tsv", "test_2016.csv") or, where no file
    does, anywhere in it ("mytrain.tsv"). A single file without such a name is the training split.

    Raises:
        InputError: no table, no training split, or two files for one split.
    """
    tables = sorted(path for path in folder.iterdir() if path.name.lower().endswith(SUFFIXES))
    found = {}
    for split, names in SPLIT_NAMES.items():
        alternatives = "|".join(names)
        candidates = []
        for pattern in (rf"(?:^|[^a-z])(?:{alternatives})", alternatives):
            candidates = candidates or [
                path
                for path in tables
                if path not in found.values() and re.search(pattern, path.name.lower())
            ]
        if len(candidates) > 1:
            raise InputError(
                f"{folder}: {len(candidates)} files could be the {split} split: "
                f"{', '.join(path.name for path in candidates)}. Keep one, or rename the others."
            )
        if candidates:
            found[split] = candidates[0]
    if not found and len(tables) == 1:
        found["train"] = tables[0]
    if "train" not in found:
        raise InputError(
            f"{folder}: expected a table whose name contains 'train' and ends in one of "
            f"{', '.join(SUFFIXES)}; found {', '.join(path.name for path in tables) or 'none'}."
        )
    return found
