"""What the estimators stand on: a run in a private folder, and rows as scikit-learn gives them."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import tempfile
import weakref
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

import seqtasks
from seqtasks.errors import InputError


class RunEstimator(BaseEstimator):
    """What both estimators share: a run in a private folder, which pickles as its files' bytes."""

    task: str
    validation: Any
    options: dict[str, Any] | None
    _kind: str  # of the predictions of its tasks

    def _train(self, rows: list[tuple]) -> None:
        data: dict[str, Any] = {"train": rows}
        if self.validation is not None:
            held_out = zipped(*self.validation, names="the two of validation")
            data |= {"validation": held_out, "test": held_out}  # nothing is cut from X
        given = {
            name: value
            for name, value in self.get_params(deep=False).items()
            if name not in ("task", "validation", "verbose", "options") and value is not None
        }
        folder = tempfile.mkdtemp(prefix="seqtasks-")
        self._own(folder)
        run = seqtasks.train(
            self.task,
            data,
            out=Path(folder) / "run",
            verbose=self.get_params()["verbose"],
            report=False,
            **{**given, **(self.options or {})},
        )
        if run.kind != self._kind:
            raise InputError(
                f"{type(self).__name__}: expected a task of kind {self._kind}, found "
                f"'{self.task}', which is of kind {run.kind}. Name another task."
            )
        self.run_ = run

    def _own(self, folder: str) -> None:
        """Delete the folder with the estimator."""
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        run = state.pop("run_", None)
        if run is not None:
            packed = io.BytesIO()
            with tarfile.open(fileobj=packed, mode="w:gz") as archive:
                archive.add(run.path, "run")
            state["run_files"] = packed.getvalue()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        files = state.pop("run_files", None)
        super().__setstate__(state)
        if files is not None:
            folder = tempfile.mkdtemp(prefix="seqtasks-")
            self._own(folder)
            with tarfile.open(fileobj=io.BytesIO(files)) as archive:
                archive.extractall(folder, filter="data")
            self.run_ = seqtasks.load(os.path.join(folder, "run"))


def column(values: Any, name: str) -> list[Any]:
    """One value for each row, also from an array or a data frame of one column."""
    if isinstance(values, str):
        raise InputError(f"{name}: expected a sequence of texts, found one str. Pass [text].")
    shape = getattr(values, "shape", ())
    if len(shape) < 2:
        return list(values)
    if shape[1:] != (1,):
        raise InputError(f"{name}: expected one value for each row, found the shape {shape}.")
    return list(np.asarray(values, dtype=object)[:, 0])


def sequences(rows: Any, name: str) -> list[list[str]]:
    """Tokens or tags of each sentence; as in `fit`, a str holds those of one joined by spaces."""
    if isinstance(rows, str):
        raise InputError(f"{name}: expected a list for each sentence, found one str.")
    return [
        list(filter(None, row.split(" "))) if isinstance(row, str) else list(row) for row in rows
    ]


def zipped(inputs: Any, outputs: Any, names: str = "X and y") -> list[tuple]:
    """Rows of both, after a check that they fit each other."""
    first, second = list(inputs), list(outputs)
    if len(first) != len(second):
        raise InputError(
            f"{names}: expected equal lengths, found {len(first):,} and {len(second):,}."
        )
    return list(zip(first, second, strict=True))
