"""The folder of a run: its layout, and how it is replaced without losing a model."""

from __future__ import annotations

import shutil
from pathlib import Path

from seqtasks.errors import InputError

MANIFEST = "run.json"  # written last: a folder that has it is complete
SAVED_MODEL = "saved_model"
KERAS_MODEL = "model.keras"
CONFIG = "config.json"
SCORES = "scores.json"
HISTORY = "history.csv"
TOKENIZERS = "tokenizers.json"
CHECKPOINT = "checkpoint.npz"
PREDICTIONS = "predictions.jsonl"
EXPERIMENT = "experiment.json"  # of several runs; complete when SCORES stands beside it


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
    """Whether a finished run, or a finished experiment, is there."""
    return (folder / MANIFEST).is_file() or is_experiment(folder)


def is_experiment(folder: Path) -> bool:
    """Whether a finished experiment is there."""
    return (folder / EXPERIMENT).is_file() and (folder / SCORES).is_file()


def is_begun(folder: Path) -> bool:
    """Whether an experiment is there with a run that has finished an epoch."""
    started = (folder.glob(pattern) for pattern in (f"*/{MANIFEST}", f"*.partial/{CHECKPOINT}"))
    return (folder / EXPERIMENT).is_file() and any(map(any, started))


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
    check_free(folder, resume=resume, overwrite=overwrite)
    started = (unfinished / CHECKPOINT).is_file()
    if resume and not started:
        for place in (unfinished, folder):
            if is_begun(place):
                raise InputError(
                    f"{place}: holds an experiment of several runs. Go on with it with --seeds or "
                    "--folds beside --resume, or choose another --out."
                )
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


def check_free(folder: Path, *, resume: bool, overwrite: bool) -> None:
    """Refuse a folder that is taken, unless what is there shall be resumed or replaced.

    Raises:
        InputError: a run or an experiment is there, finished or not, or files of others.
    """
    unfinished = partial(folder)
    if not resume and not overwrite:
        if (unfinished / CHECKPOINT).is_file() or is_begun(unfinished):
            what = "experiment" if is_begun(unfinished) else "run"
            raise InputError(
                f"{unfinished}: holds an unfinished {what}. Go on with it with --resume "
                "(resume=True in Python), discard it with --overwrite, or choose another --out."
            )
        if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]):
            what = f"holds a finished {'experiment' if is_experiment(folder) else 'run'}"
            what = what if is_complete(folder) else "is not an empty folder"
            raise InputError(
                f"{folder}: {what}. Replace it with --overwrite (overwrite=True in Python; it "
                "stays until the new run is complete), or choose another --out."
            )
    if folder.exists() and not is_complete(folder) and any(folder.iterdir()):
        raise InputError(
            f"{folder}: holds files, but no run of this version of seqtasks. Expected a run, an "
            "empty folder, or none. Move it away, or choose another --out."
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
        if is_experiment(candidate):
            _refuse_experiment(folder, candidate)
        if is_complete(candidate):
            return candidate
    if is_complete(partial(folder)) and not folder.exists():
        return partial(folder)
    for name, what, held in (
        (CHECKPOINT, "run", "its checkpoint"),
        (EXPERIMENT, "experiment", "its runs so far"),
    ):
        if (partial(folder) / name).exists() and not folder.exists():
            raise InputError(
                f"{folder}: this {what} is not finished ({partial(folder)} holds {held}). Train on "
                "with --resume."
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


def _refuse_experiment(folder: Path, found: Path) -> None:
    runs = sorted(path.parent.name for path in found.glob(f"*/{MANIFEST}"))
    raise InputError(
        f"{folder}: holds an experiment of several runs: {', '.join(runs)}. Name one of them, as "
        f"{folder / (runs[0] if runs else 'seed-0')}; `seqtasks info` and seqtasks.Experiment show "
        "all."
    )
