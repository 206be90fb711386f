"""TextClassifier and SequenceTagger: `fit` and `predict` as scikit-learn has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from seqtasks.sklearn.run_estimator import RunEstimator, column, sequences, zipped


class TextClassifier(ClassifierMixin, RunEstimator):
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
            tenth of the training rows for it, and another for `run_.scores`.
        verbose: 0 prints nothing.
        options: more options of the task, by name.

    Attributes:
        classes_: the labels, sorted, [labels].
        run_: the fitted `seqtasks.Run`.

    Example:
        >>> classifier = TextClassifier(epochs=2)
        >>> classifier.fit(texts, labels).predict(["a fine film"])  # doctest: +SKIP
    """

    _kind = "classification"

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
        labels = column(y, "y")
        self._train(zipped(column(X, "X"), labels))
        self.classes_ = np.unique(labels)
        self._labels = {_name(label): label for label in self.classes_}
        return self

    def predict(self, X: Sequence[str]) -> np.ndarray:
        """The label of each text, [rows], of the type that `fit` was given."""
        check_is_fitted(self, "run_")
        found = [self._labels[result.label] for result in self.run_.stream(column(X, "X"))]
        return np.array(found, dtype=self.classes_.dtype)

    def predict_proba(self, X: Sequence[str]) -> np.ndarray:
        """Probabilities, [rows, labels], columns in the order of `classes_`."""
        check_is_fitted(self, "run_")
        rows = [
            [result.probabilities[name] for name in self._labels]
            for result in self.run_.stream(column(X, "X"))
        ]
        return np.array(rows).reshape(-1, len(self._labels))


class SequenceTagger(RunEstimator):
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
            training sentences for it, and another for `run_.scores`.
        verbose: 0 prints nothing.
        options: more options of the task, by name.

    Attributes:
        run_: the fitted `seqtasks.Run`.

    Example:
        >>> tagger = SequenceTagger(task="ner", epochs=5)
        >>> tagger.fit(sentences, tags).predict([["Anna", "sings"]])  # doctest: +SKIP
    """

    _kind = "tagging"

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
        self._train(zipped(X, y))
        return self

    def predict(self, X: Sequence[Sequence[str]]) -> list[list[str]]:
        """The tags of each sentence; tags of spans are BIO.

        Raises:
            InputError: a sentence that is no list of tokens.
        """
        check_is_fitted(self, "run_")
        sentences = sequences(X, "X")
        found = self.run_(tokens=sentences) if sentences else []
        return [list(result.tags) for result in found]

    def score(self, X: Sequence[Sequence[str]], y: Sequence[Sequence[str]]) -> float:
        """F1 of spans where the task marks spans, else the accuracy of tokens."""
        from seqtasks.metrics import span_f1, token_scores
        from seqtasks.text import bio

        found, references = self.predict(X), sequences(y, "y")
        if self.run_.config.get("targets") != "spans":
            return token_scores(references, found)["accuracy"]
        bioes = [bio.convert(tags, "bioes", "bio") for tags in references]
        return span_f1(bioes, found)["f1"]


def _name(label: Any) -> str:
    """The string that the run knows a label by."""
    from seqtasks.data.readers.row_values import plain

    return str(plain(label))
