"""scikit-learn estimators: text classification and sequence tagging with `fit` and `predict`."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

import seqtasks
from seqtasks.errors import InputError


class _Estimator(BaseEstimator):
    """What both estimators share: a run in a private folder, which pickles as its files' bytes."""

    task: str
    validation: Any
    options: dict[str, Any] | None

    def _train(self, rows: list[tuple]) -> None:
        data: dict[str, Any] = {"train": rows}
        if self.validation is not None:
            data["validation"] = _rows(*self.validation)
        given = {
            name: value
            for name, value in self.get_params(deep=False).items()
            if name not in ("task", "validation", "verbose", "options") and value is not None
        }
        folder = tempfile.mkdtemp(prefix="seqtasks-")
        self._own(folder)
        self.run_ = seqtasks.train(
            self.task,
            data,
            out=Path(folder) / "run",
            verbose=self.get_params()["verbose"],
            **{**given, **(self.options or {})},
        )

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


class TextClassifier(ClassifierMixin, _Estimator):
    """Text classification as a scikit-learn classifier.

    Parameters are those of `seqtasks train sentiment`; None takes the task's default.

    Args:
        task: the name of a text classification task.
        epochs: maximum number of passes over the training rows.
        units: units of the recurrent network.
        learning_rate: peak learning rate.
        batch_size: rows in a batch.
        members: networks of the ensemble.
        seed: random seed.
        validation: texts and labels to choose the best epoch by, a pair of sequences; None cuts a
            tenth of the training rows.
        verbose: 0 prints nothing.
        options: more options of the task, by name.

    Attributes:
        classes_: the labels, sorted, [labels].
        run_: the fitted `seqtasks.Run`.

    Example:
        >>> classifier = TextClassifier(epochs=2)
        >>> classifier.fit(texts, labels).predict(["a fine film"])  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        task: str = "sentiment",
        epochs: int | None = None,
        units: int | None = None,
        learning_rate: float | None = None,
        batch_size: int | None = None,
        members: tuple[str, ...] | None = None,
        seed: int | None = None,
        validation: tuple[Sequence[str], Sequence[Any]] | None = None,
        verbose: int = 0,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.task = task
        self.epochs = epochs
        self.units = units
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.members = members
        self.seed = seed
        self.validation = validation
        self.verbose = verbose
        self.options = options

    def fit(self, X: Sequence[str], y: Sequence[Any]) -> Self:
        """Train on texts X and labels y, both [rows].

        Raises:
            InputError: lengths differ, or rows that cannot be trained on.
        """
        labels = np.asarray(y)
        self.classes_ = np.unique(labels)
        self._labels = {str(label): label for label in self.classes_}
        self._train(_rows(X, labels))
        return self

    def predict(self, X: Sequence[str]) -> np.ndarray:
        """The label of each text, [rows], of the type that `fit` was given."""
        check_is_fitted(self, "run_")
        found = [self._labels[result.label] for result in self.run_.stream(_texts(X))]
        return np.array(found, dtype=self.classes_.dtype)

    def predict_proba(self, X: Sequence[str]) -> np.ndarray:
        """Probabilities, [rows, labels], columns in the order of `classes_`."""
        check_is_fitted(self, "run_")
        names = [str(label) for label in self.classes_]
        rows = [
            [result.probabilities.get(name, 0.0) for name in names]
            for result in self.run_.stream(_texts(X))
        ]
        return np.array(rows).reshape(-1, len(names))


class SequenceTagger(_Estimator):
    """Sequence tagging as a scikit-learn estimator: sentences of tokens, and a tag for each token.

    Not a `ClassifierMixin`: lists of tags are no classes, so cross-validation folds are not
    stratified. Parameters are those of `seqtasks train ner` or `pos`; None takes the default.

    Args:
        task: "ner" for spans in IOB1, BIO or BIOES, "pos" for any label of each token.
        epochs: maximum number of passes over the training sentences.
        units: units of the recurrent network.
        learning_rate: peak learning rate.
        batch_size: sentences in a batch.
        members: networks of the ensemble.
        seed: random seed.
        validation: sentences and tags to choose the best epoch by; None cuts a tenth of the
            training sentences.
        verbose: 0 prints nothing.
        options: more options of the task, by name.

    Attributes:
        run_: the fitted `seqtasks.Run`.

    Example:
        >>> tagger = SequenceTagger(task="ner", epochs=5)
        >>> tagger.fit(sentences, tags).predict([["Anna", "sings"]])  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        task: str = "ner",
        epochs: int | None = None,
        units: int | None = None,
        learning_rate: float | None = None,
        batch_size: int | None = None,
        members: tuple[str, ...] | None = None,
        seed: int | None = None,
        validation: tuple[Sequence[Sequence[str]], Sequence[Sequence[str]]] | None = None,
        verbose: int = 0,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.task = task
        self.epochs = epochs
        self.units = units
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.members = members
        self.seed = seed
        self.validation = validation
        self.verbose = verbose
        self.options = options

    def fit(self, X: Sequence[Sequence[str]], y: Sequence[Sequence[str]]) -> Self:
        """Train on sentences of tokens X and their tags y.

        Raises:
            InputError: lengths differ, or rows that cannot be trained on.
        """
        self._train(_rows(X, y))
        return self

    def predict(self, X: Sequence[Sequence[str]]) -> list[list[str]]:
        """The tags of each sentence; tags of spans are BIO."""
        check_is_fitted(self, "run_")
        return [list(result.tags) for result in self.run_(tokens=[list(tokens) for tokens in X])]

    def score(self, X: Sequence[Sequence[str]], y: Sequence[Sequence[str]]) -> float:
        """F1 of spans where the task marks spans, else the accuracy of tokens."""
        from seqtasks.metrics import span_f1, token_scores
        from seqtasks.text import bio

        found = self.predict(X)
        references = [list(tags) for tags in y]
        if self.run_.config.get("targets") != "spans":
            return token_scores(references, found)["accuracy"]
        bioes = [bio.convert(tags, "bioes", "bio") for tags in references]
        return span_f1(bioes, found)["f1"]


def _texts(texts: Any) -> list[str]:
    if isinstance(texts, str):
        raise InputError("X: expected a sequence of texts, found one str. Pass [text].")
    return [str(text) if isinstance(text, np.str_) else text for text in np.ravel(texts).tolist()]


def _rows(inputs: Any, outputs: Any) -> list[tuple]:
    """Rows of both, after a check that they fit each other."""
    first, second = list(inputs), list(outputs)
    if len(first) != len(second):
        raise InputError(
            f"X and y: expected one y for each X, found {len(first):,} and {len(second):,}."
        )
    return list(zip(first, second, strict=True))
