"""Atomic writes: a file or folder is in place when all of it is written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path that takes the place of `path` once it is written: a file or a folder.

    Where writing fails, `path` stays as it was, and the temporary one is removed by the next try.
    """
    unfinished = path.with_name(f".{path.name}.unfinished{path.suffix}")
    _remove(unfinished)
    yield unfinished
    if unfinished.is_file():
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
    elif path.exists():
        shutil.rmtree(path)
    unfinished.replace(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
