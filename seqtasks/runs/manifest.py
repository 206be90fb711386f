"""Manifest: what a finished run is, in the file that makes its folder complete."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from seqtasks.errors import InputError
from seqtasks.runs.folder import MANIFEST
from seqtasks.runs.json_files import read_json, write_json

FORMAT = 2  # of run folders; raised when an older reader would misread them


@dataclass(frozen=True)
class Manifest:
    """What a finished run is.

    Args:
        task: the name of the task.
        kind: of its predictions, see `seqtasks.predictors.Predictor`.
        signatures: names of the functions of its SavedModel.
        settings: defaults of prediction, which a user may override.
        best_epoch: counted from 1.
        epochs: that were trained.
        labels: that the model learned, labels or tags, in the order of its outputs.
        versions: of seqtasks and what it stands on.
        format: of the folder.
    """

    task: str
    kind: str
    signatures: tuple[str, ...]
    settings: Mapping[str, Any]
    best_epoch: int
    epochs: int
    labels: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a finished run.

    Raises:
        InputError: damaged, or of a newer or older version.
    """
    content = read_json(folder / MANIFEST)
    found = content.get("format")
    if found != FORMAT:
        newer = isinstance(found, int) and found > FORMAT
        raise InputError(
            f"{folder}: a run of format {found}; this version of seqtasks "
            f"({metadata.version('seqtasks')}) reads format {FORMAT}. "
            + ("Upgrade seqtasks." if newer else "Train it again.")
        )
    try:
        lists = {name: tuple(content.get(name, ())) for name in ("signatures", "labels")}
        return Manifest(**{**content, **lists})
    except (TypeError, KeyError) as error:
        raise InputError(
            f"{folder / MANIFEST}: damaged ({error}). Copy the run again, or train it again."
        ) from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, which makes the folder a complete run."""
    write_json(folder / MANIFEST, asdict(manifest))


def versions() -> dict[str, str]:
    """The versions that made a result: of this package, what it stands on, and Python."""
    packages = ("seqtasks", "keras", "tensorflow")
    return {
        **{name: metadata.version(name) for name in packages},
        "python": platform.python_version(),
    }
