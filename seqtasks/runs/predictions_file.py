"""`predictions.jsonl`: a line for each row that scores were computed from."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from seqtasks.atomic_files import replacing
from seqtasks.runs.folder import PREDICTIONS
from seqtasks.runs.json_files import valid_json
from seqtasks.runs.manifest import checked, read_manifest
from seqtasks.training import OnPrediction


@contextlib.contextmanager
def writing_predictions(path: Path) -> Iterator[OnPrediction]:
    """A function that writes a row as a line of JSON; the file is there when all are written.

    Args:
        path: of the file. Without a row there is none.
    """
    with contextlib.ExitStack() as stack:
        file: TextIO | None = None

        def write(row: Mapping[str, Any]) -> None:
            nonlocal file
            if file is None:
                unfinished = stack.enter_context(replacing(path))
                file = stack.enter_context(unfinished.open("w", encoding="utf-8", newline="\n"))
            file.write(_line(row) + "\n")

        yield write


def _line(row: Mapping[str, Any]) -> str:
    """A row as JSON; escaped throughout where a text is no valid Unicode."""
    line = json.dumps(valid_json(row), ensure_ascii=False, allow_nan=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(valid_json(row), allow_nan=False)
    return line


def pool_predictions(path: Path, members: Iterable[tuple[Mapping[str, Any], Path]]) -> None:
    """The predictions of several runs in one file.

    Args:
        path: of the file.
        members: what is added to the rows of each run, and its folder.
    """
    with writing_predictions(path) as write:
        for added, folder in members:
            path = checked(folder, read_manifest(folder), PREDICTIONS)
            if path.is_file():
                with path.open(encoding="utf-8") as file:
                    for line in file:
                        write({**added, **json.loads(line)})
