"""Manifest: what a finished run is and what is in its files; it makes the folder complete."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any

from seqtasks.errors import InputError
from seqtasks.runs import folder as layout
from seqtasks.runs.json_files import read_json, valid_json, write_json

FORMAT = 3  # of run folders; raised when an older reader would misread them
READ_AGAIN = (  # files of a run that are read when it is loaded, looked at or trained on
    layout.SAVED_MODEL,
    layout.KERAS_MODEL,
    layout.CONFIG,
    layout.SCORES,
    layout.HISTORY,
    layout.TOKENIZERS,
    layout.CHECKPOINT,
    layout.PREDICTIONS,
)


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
        files: the SHA-256 of each file that is read again, by its path in the folder.
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
    files: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a finished run.

    Raises:
        InputError: damaged, changed since it was written, or of a newer or older version.
    """
    path = folder / layout.MANIFEST
    content = read_json(path)
    found = content.get("format")
    if found != FORMAT:
        newer = isinstance(found, int) and found > FORMAT
        raise InputError(
            f"{folder}: a run of format {found}; this version of seqtasks "
            f"({metadata.version('seqtasks')}) reads format {FORMAT}. "
            + ("Upgrade seqtasks." if newer else "Train it again.")
        )
    if content.pop("checksum", None) != _checksum(content):
        raise _changed(path)
    lists = {name: tuple(content[name]) for name in ("signatures", "labels")}
    return Manifest(**{**content, **lists})


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest with the checksums of the files, which makes the folder a complete run."""
    content = valid_json(asdict(replace(manifest, files=_checksums(folder))))
    write_json(folder / layout.MANIFEST, {**content, "checksum": _checksum(content)})


def checked(folder: Path, manifest: Manifest, name: str) -> Path:
    """The path of a file or folder of a run, whose content is what it was when it was written.

    Args:
        folder: of the run.
        manifest: of the run.
        name: of the file, or of a folder with files.

    Raises:
        InputError: a file is missing, truncated or changed.
    """
    for file, checksum in manifest.files.items():
        if file == name or file.startswith(f"{name}/"):
            try:
                found = _sha256(folder / file)
            except OSError as error:
                raise InputError(
                    f"{folder / file}: cannot be read ({error.strerror or error}). Copy the run "
                    "again, or train it again."
                ) from error
            if found != checksum:
                raise _changed(folder / file)
    return folder / name


def _checksums(folder: Path) -> dict[str, str]:
    """The SHA-256 of the files that are read again."""
    paths = [folder / name for name in READ_AGAIN]
    files = [*filter(Path.is_file, paths)]
    files += [file for path in paths if path.is_dir() for file in path.rglob("*") if file.is_file()]
    return {file.relative_to(folder).as_posix(): _sha256(file) for file in sorted(files)}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checksum(content: Mapping[str, Any]) -> str:
    """The SHA-256 of what a manifest says, however it is spaced."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _changed(path: Path) -> InputError:
    return InputError(
        f"{path}: damaged: not what it was when the run was finished. Copy the run again, or "
        "train it again."
    )


def versions() -> dict[str, str]:
    """The versions that made a result: of this package, what it stands on, and Python."""
    packages = ("seqtasks", "keras", "tensorflow")
    return {
        **{name: metadata.version(name) for name in packages},
        "python": platform.python_version(),
    }
