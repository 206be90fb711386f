"""Reads folders that stand for classes, with a text file for each text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from seqtasks.data.readers.lines import read_lines
from seqtasks.data.streams import Row, Stream

SUFFIX = ".txt"


def find_class_folders(folder: Path, splits: dict[str, tuple[str, ...]]) -> dict[str, Stream]:
    """The splits of a corpus of class folders; none where the folder is no such corpus.

    Either `SPLIT/CLASS/*.txt` or, for the training split alone, `CLASS/*.txt`.

    Args:
        folder: of the corpus.
        splits: how names of folders begin that are a split, by split.
    """
    inside = sorted(path for path in folder.iterdir() if path.is_dir())
    found: dict[str, Stream] = {}
    for split, names in splits.items():
        for path in inside:
            if split not in found and path.name.lower().startswith(names) and _classes(path):
                found[split] = _read(path)
    return found or ({"train": _read(folder)} if _classes(folder) else {})


def _classes(folder: Path) -> list[Path]:
    """The folders in it that hold text files."""
    return [p for p in sorted(folder.iterdir()) if p.is_dir() and next(p.glob(f"*{SUFFIX}"), None)]


def _read(folder: Path) -> Stream:
    """Rows `(text, name of its folder)`, in the order of file names; a text is a whole file."""

    def read() -> Iterator[tuple[int, Row]]:
        files = ((p.name, c.name, p) for c in _classes(folder) for p in c.glob(f"*{SUFFIX}"))
        for number, (_, label, path) in enumerate(sorted(files), start=1):
            yield number, ("".join(read_lines(path)).strip(), label)

    return Stream(str(folder), read, "file")
