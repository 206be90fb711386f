"""The folder of a run: its layout, its manifest, and how it is replaced without losing a model."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from seqtasks.errors import InputError
from seqtasks.runs.json_files import read_json, write_json

FORMAT = 1  # of run folders; raised when an older reader would misread them

MANIFEST = "run.json"  # written last: a folder that has it is complete
SAVED_MODEL = "saved_model"
KERAS_MODEL = "model.keras"
CONFIG = "config.json"
SCORES = "scores.json"
HISTORY = "history.csv"
TOKENIZERS = "tokenizers.json"
CHECKPOINT = "checkpoint.npz"


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


def partial(folder: Path) -> Path:
    """Where a run is trained before it takes its place."""
    return _beside(folder, ".partial")


def previous(folder: Path) -> Path:
    """Where the run that is replaced stands between the two renames."""
    return _beside(folder, ".previous")


def _beside(folder: Path, suffix: str) -> Path:
    named = folder if folder.name else folder.resolve()  # "." has no name of its own
    return named.with_name(named.name + suffix)


def is_complete(folder: Path) -> bool:
    """Whether a finished run is there."""
    return (folder / MANIFEST).is_file()


def begin(folder: Path, *, resume: bool, overwrite: bool) -> Path:
    """Make ready to train a run.

    Args:
        folder: where the finished run shall be.
        resume: go on with what is in `partial(folder)`, or with the finished run.
        overwrite: replace a finished run when the new one is complete, and discard an unfinished
            one.

    Returns:
        `partial(folder)`, the folder to train in.

    Raises:
        InputError: there is a run already, or the folder cannot be written.
    """
    unfinished = partial(folder)
    recover(folder)
    started = (unfinished / CHECKPOINT).is_file()
    if not resume and not overwrite:
        if started:
            raise InputError(
                f"{unfinished}: holds an unfinished run. Go on with it with --resume (resume=True "
                "in Python), discard it with --overwrite, or choose another --out."
            )
        if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]):
            what = "holds a finished run" if is_complete(folder) else "is not an empty folder"
            raise InputError(
                f"{folder}: {what}. Replace it with --overwrite (overwrite=True in Python; it "
                "stays until the new run is complete), or choose another --out."
            )
    if folder.exists() and not is_complete(folder) and any(folder.iterdir()):
        _refuse_foreign(folder)
    if resume and not started and is_complete(folder):
        _check_resumable(folder)
    try:
        if not resume:
            shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True, exist_ok=True)
        if resume and not started and is_complete(folder):
            for name in (CHECKPOINT, CONFIG):
                shutil.copy(folder / name, unfinished / name)
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be written to ({error.strerror or error}). Choose another --out."
        ) from error
    return unfinished


def _refuse_foreign(folder: Path) -> None:
    """Raise where `folder` holds files that no run of ours has: they would be deleted."""
    raise InputError(
        f"{folder}: holds files, but no run of this version of seqtasks. Expected a run, an empty "
        "folder, or none. Move it away, or choose another --out."
    )


def _check_resumable(folder: Path) -> None:
    """Raise where a finished run has lost what training goes on from."""
    for name in (CHECKPOINT, CONFIG):
        if not (folder / name).is_file():
            raise InputError(
                f"{folder / name}: no such file, so there is nothing to go on from. Begin anew "
                "with --overwrite (overwrite=True in Python)."
            )


def publish(folder: Path) -> None:
    """Let the complete run in `partial(folder)` take its place, by two renames."""
    shutil.rmtree(previous(folder), ignore_errors=True)
    if folder.exists():
        folder.rename(previous(folder))
    partial(folder).rename(folder)
    shutil.rmtree(previous(folder), ignore_errors=True)


def recover(folder: Path) -> None:
    """Finish what `publish` had begun when it was stopped between its renames."""
    if not folder.exists() and previous(folder).exists():
        done = is_complete(partial(folder))
        (partial(folder) if done else previous(folder)).rename(folder)
    if is_complete(folder):
        shutil.rmtree(previous(folder), ignore_errors=True)


def locate(folder: Path) -> Path:
    """Where the finished run is, also between the two renames of `publish`; changes nothing.

    Raises:
        InputError: no run there, half a run, or one of another version.
    """
    candidates = [folder]
    if not folder.exists() and previous(folder).exists():
        candidates = [partial(folder), previous(folder)]
    for candidate in candidates:
        if is_complete(candidate):
            return candidate
    if is_complete(partial(folder)) and not folder.exists():
        return partial(folder)
    if (partial(folder) / CHECKPOINT).exists() and not folder.exists():
        raise InputError(
            f"{folder}: this run is not finished ({partial(folder)} holds its checkpoint). Train "
            "on with --resume."
        )
    if not folder.is_dir():
        raise InputError(
            f"{folder}: no such folder. Expected the folder of a finished run, for example "
            "saved_models/sentiment. Train one with `seqtasks train`."
        )
    if (folder / SAVED_MODEL).is_dir():
        raise InputError(
            f"{folder}: has no {MANIFEST}: the run was made by an older version of seqtasks, or "
            "lost files. Train it again."
        )
    raise InputError(
        f"{folder}: no finished run in it ({MANIFEST} is missing). Expected the folder that "
        "`seqtasks train` wrote, for example saved_models/sentiment."
    )


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
