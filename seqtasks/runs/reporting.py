"""What a report reads of a run, and the report of a finished one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.errors import InputError
from seqtasks.features import WordFeatures, split_tokens
from seqtasks.features.columns import WORD
from seqtasks.pipelines.options import flat
from seqtasks.reports import Functions, RunRecord, read_rows, write_report
from seqtasks.runs import folder as layout
from seqtasks.runs.run import Run
from seqtasks.tasks import find
from seqtasks.text import id_arrays


def report(run: Run) -> Path:
    """Write `report.html` of a run into its folder, and `errors.csv` beside it.

    Args:
        run: a finished one; what is stored in its folder is read, nothing is predicted again but
            samples and attention.

    Returns:
        The path of the page.

    Raises:
        InputError: the folder cannot be written.
    """
    folder = layout.locate(run.path)
    try:
        return write_report(folder, record_of(run, run.path.resolve().name))
    except OSError as error:
        raise InputError(
            f"{folder}: the report cannot be written ({error.strerror or error}). Free some space "
            "or make the folder writable, then make it with `seqtasks report`."
        ) from error


def record_of(run: Run, name: str = "") -> RunRecord:
    """All that a report reads of a run.

    Args:
        run: a finished one.
        name: what it is called; "" is its path.
    """
    rows, total = read_rows(layout.locate(run.path) / layout.PREDICTIONS)
    try:
        task = find(run.task)
        title, defaults = task.title, json.loads(json.dumps(flat(task.config)))
    except InputError:  # of a package that is not installed here
        title, defaults = run.kind, {}
    return RunRecord(
        name=name or str(run),
        task=run.task,
        title=title,
        kind=run.kind,
        config=run.config,
        defaults=defaults,
        scores=run.scores,
        history=run.history,
        best_epoch=run.manifest.best_epoch,
        rows=rows,
        total_rows=total,
        functions=_functions(run),
    )


def _functions(run: Run) -> Functions:
    def log_probability(texts: Sequence[str]) -> np.ndarray:
        outputs = run.predictor.signatures["score"](text=tf.constant(_valid(texts)))
        return outputs["log_probability"].numpy()

    def ids(texts: Sequence[str]) -> list[np.ndarray]:
        return id_arrays(_ids_of(run.tokenizer), _valid(texts))

    return Functions(
        answer=run,
        log_probability=log_probability if "score" in run.predictor.signatures else None,
        ids=ids if run.tokenizers else None,
    )


def _ids_of(tokenizer: Any) -> Any:
    """A function from texts to the ids of their tokens, of taggers those of the words."""
    if not isinstance(tokenizer, WordFeatures):
        return tokenizer

    def words(texts: tf.Tensor) -> tf.RaggedTensor:
        tokens = split_tokens(texts)
        return tokens.with_flat_values(tokenizer.of_words(tokens.flat_values)[:, WORD])

    return words


def _valid(texts: Sequence[str]) -> list[str]:
    """Texts as valid Unicode."""
    return [text.encode("utf-8", "replace").decode() for text in texts]
