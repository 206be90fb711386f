"""What must be so for a run to be resumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seqtasks.errors import InputError
from seqtasks.runs import folder as layout
from seqtasks.runs.json_files import read_json, valid_json
from seqtasks.runs.manifest import checked, read_manifest

CHANGEABLE = ("epochs", "patience", "data_dir", "tensorboard")  # options that may differ


def check_same_options(work: Path, options: dict[str, Any]) -> None:
    """Refuse to resume a run with options other than its own.

    Raises:
        InputError: an option outside `CHANGEABLE` differs from the folder's `config.json`, or that
            file is damaged.
    """
    path = work / layout.CONFIG
    if not path.exists():
        return
    earlier = read_json(path)
    differences = [
        f"{name} was {earlier[name]!r}, is {value!r}"
        for name, value in valid_json(options).items()
        if name in earlier and name not in CHANGEABLE and earlier[name] != value
    ]
    if differences:
        raise InputError(
            f"{work}: cannot resume with other options: {'; '.join(differences)}. Give the "
            "options the run began with, or another --out for a new run."
        )


def check_unchanged(path: Path) -> None:
    """Refuse to train a finished run on from files that are not what they were.

    Raises:
        InputError: its checkpoint or options were changed.
    """
    if (path / layout.MANIFEST).is_file():
        manifest = read_manifest(path)
        for name in (layout.CHECKPOINT, layout.CONFIG):
            if (path / name).is_file():  # `begin` says what is missing
                checked(path, manifest, name)
