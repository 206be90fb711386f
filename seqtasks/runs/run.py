"""Run: a trained task in the hand, loaded from its folder."""

from __future__ import annotations

import csv
import functools
import itertools
import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, overload

import keras

from seqtasks.errors import InputError
from seqtasks.explanations import Explanation, explain
from seqtasks.features import WordFeatures
from seqtasks.metrics import score_table_html
from seqtasks.results import Result
from seqtasks.runs import answers, folder
from seqtasks.runs.evaluation import scores_on
from seqtasks.runs.inputs import called_with, checked_text
from seqtasks.runs.json_files import read_json
from seqtasks.runs.manifest import checked, read_manifest
from seqtasks.runs.saved_predictor import SavedPredictor
from seqtasks.text import tokenizer_from_config

CHUNK = 1024  # texts predicted at a time


class Run:
    """A trained task: call it with texts, look at its scores, score it on other data.

    Args:
        path: the folder of a finished run.

    Attributes:
        path: of the folder.
        manifest: what the run is.
        task: the name of its task.
        kind: of its predictions.

    Raises:
        InputError: no finished run there, a damaged one, or one of another version.

    Example:
        >>> run = seqtasks.load("saved_models/ner")  # doctest: +SKIP
        >>> run("Ms. Dover lives in Huế.").spans[0].type  # doctest: +SKIP
        'PER'
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._folder = folder.locate(self.path)
        self.manifest = read_manifest(self._folder)
        self.predictor = SavedPredictor(self._folder, self.manifest)

    @property
    def task(self) -> str:
        """The name of its task."""
        return self.manifest.task

    @property
    def kind(self) -> str:
        """The kind of its predictions."""
        return self.manifest.kind

    @functools.cached_property
    def config(self) -> dict[str, Any]:
        """The options it was trained with, by name, and `task`."""
        return read_json(self._file(folder.CONFIG))

    @functools.cached_property
    def scores(self) -> dict[str, Any]:
        """The scores on the test split (`split` says which it was), and how they were made."""
        return read_json(self._file(folder.SCORES))

    @functools.cached_property
    def history(self) -> list[dict[str, float]]:
        """The metrics of each epoch."""
        path = self._file(folder.HISTORY)
        try:
            with path.open(newline="") as file:
                rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
        except (OSError, TypeError, ValueError) as error:
            raise _unreadable(path, error) from error
        return rows

    @functools.cached_property
    def model(self) -> keras.Model:
        """The Keras model: ids in, logits out."""
        import seqtasks.models  # noqa: F401 (registers what the file names)

        path = self._file(folder.KERAS_MODEL)
        try:
            return keras.models.load_model(path)
        except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
            advice = "If it has layers of your own, import their module first. "
            raise _unreadable(path, error, advice) from error

    @functools.cached_property
    def tokenizers(self) -> dict[str, Any]:
        """What makes ids of strings for `model`, by name: "text", or "source" and "target"."""
        content = read_json(self._file(folder.TOKENIZERS))
        return {
            name: WordFeatures.from_config(config)
            if config["class_name"] == WordFeatures.__name__
            else tokenizer_from_config(config)
            for name, config in content.items()
        }

    @property
    def tokenizer(self) -> Any:
        """The tokenizer of the texts that the run takes."""
        return next(iter(self.tokenizers.values()))

    @overload  # a str is a Sequence[str] too; the first match counts
    def __call__(self, texts: str, **options: Any) -> Result: ...  # pyright: ignore[reportOverlappingOverload]
    @overload
    def __call__(self, texts: Sequence[str], **options: Any) -> list[Result]: ...
    @overload
    def __call__(self, *, tokens: Sequence[Any], **options: Any) -> Any: ...

    def __call__(
        self, texts: Any = None, *, tokens: Any = None, features: Any = None, **options: Any
    ) -> Any:
        """Predictions for a text or for several.

        Args:
            texts: a text, or an iterable of texts.
            tokens: for taggers, instead of texts: the tokens of a sentence, or of several
                sentences, which are then not cut into words.
            features: with tokens, for runs that were trained with `features`: a dict of the values
                of each column, a list for a sentence, or a list of such lists for several.
            **options: of prediction; those not given are the run's own settings. Generation:
                `length`, `temperature`, `top_k`, `top_p`, `seed`. Translation: `n_best`,
                `attention`.

        Returns:
            A result (see `seqtasks.results`), or a list of them for several texts.

        Raises:
            InputError: an option that does not apply, a text that is none, or tokens for a run
                that takes texts.
        """
        rows, several = called_with(texts, tokens, features, self)
        given = {} if tokens is None else {"tokens": True}
        found = [*self.stream(rows, **given, **options)]
        return found if several else found[0]

    def explain(
        self,
        text: str | None = None,
        *,
        tokens: Sequence[str] | None = None,
        features: Any = None,
        label: str | None = None,
    ) -> tuple[Explanation, ...]:
        """What each word of a text adds to what is predicted: see `seqtasks.explanations`.

        Args:
            text: one text.
            tokens: for taggers, instead of it: the tokens of a sentence.
            features: with tokens, as in calling the run.
            label: a label, a type of spans or a tag to explain; None for all that are predicted.

        Returns:
            One for each label of a text, each span, or each token where tags mark no spans.

        Raises:
            InputError: the run neither classifies nor tags, or knows no such label.
        """
        rows, several = called_with(text, tokens, features, self)
        if several:
            raise InputError(f"{self}: explain takes one text at a time. Call it for each.")
        row, *columns = rows[0].split("\t") if tokens is not None else rows
        return explain(self, checked_text(1, row), columns, label=label, tokens=tokens is not None)

    def stream(
        self, texts: Iterable[str], *, chunk_size: int = CHUNK, **options: Any
    ) -> Iterator[Result]:
        """Predictions for a corpus larger than memory, one after the other.

        Args:
            texts: read once, `chunk_size` at a time. For a tagger with `tokens=True` each is its
                tokens, joined by single spaces; of a run with `features`, then a tab and the
                joined values of each column.
            chunk_size: texts predicted together.
            **options: as in calling the run.
        """
        if isinstance(texts, bytes) or not isinstance(texts, Iterable):
            raise InputError(f"{self}: expected texts, found {type(texts).__name__} ({texts!r}).")
        if chunk_size < 1:
            raise InputError(f"chunk_size: expected at least 1, found {chunk_size}.")
        numbered = enumerate(iter(texts), start=1)
        first = True
        while chunk := list(itertools.islice(numbered, chunk_size)):
            yield from answers.answer(
                self.predictor, [checked_text(*item) for item in chunk], options, str(self)
            )
            first = False
        if first:  # options are checked whatever there is to predict
            answers.answer(self.predictor, [], options, str(self))

    def continue_text(self, text: str, **options: Any) -> Iterator[str]:
        """What a language model writes after a prompt, piece by piece as it is generated.

        Args:
            text: the prompt.
            **options: of generation, as in calling the run.

        Raises:
            InputError: the run does not generate, or an option does not apply.
        """
        answers.answer(self.predictor, [], options, str(self))
        if self.kind != "generation":
            raise InputError(f"{self}: expected a run that generates text, found {self.kind}.")
        return answers.continuation(self.predictor, text, options)

    def evaluate(self, data: Any = None, **options: Any) -> dict[str, Any]:
        """Scores on a corpus of the task's kind.

        Args:
            data: what `seqtasks.train` takes. Of a corpus with several splits, the test split is
                scored, and of one without a test split, all of it. None is the corpus that the run
                was trained on, of which the test split is scored as it was cut then, also where
                training left it unread.
            **options: that say how the corpus is read, by name (`text_field`, `layer` ...); those
                not given are the run's own.

        Returns:
            Scores by name, as in `scores`, without a baseline.

        Raises:
            InputError: the corpus cannot be read, or the task is unknown here.
        """
        return scores_on(self, data, options)

    def _file(self, name: str) -> Path:
        return checked(self._folder, self.manifest, name)

    def __str__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        plain = {k: v for k, v in self.scores.items() if isinstance(v, float)}
        shown = ", ".join(f"{name}={value:.4f}" for name, value in list(plain.items())[:3])
        return f"<Run {self.task} at {self.path}: {shown}>"

    def _repr_html_(self) -> str:
        """The run in a notebook: its scores beside the baseline's."""
        return score_table_html(self.scores, f"{self.task} at {self.path}")


def _unreadable(path: Path, error: Exception, advice: str = "") -> InputError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
    return InputError(
        f"{path}: cannot be read ({reason}). {advice}Copy the run again, or train it again."
    )
