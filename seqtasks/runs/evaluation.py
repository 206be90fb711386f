"""Scores of a finished run on a corpus: another one, or that of its training."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seqtasks import tasks
from seqtasks.data import Partition
from seqtasks.errors import InputError
from seqtasks.pipelines.options import with_options

if TYPE_CHECKING:
    from seqtasks.runs.run import Run

ROWS_IN_MEMORY = "rows in memory"  # what config.json says of them


def scores_on(run: Run, data: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Scores of a run; see `Run.evaluate`."""
    task = tasks.find(run.task)
    saved = {name: value for name, value in run.config.items() if name != "task"}
    config = with_options(with_options(task.config, saved, run.task), options, run.task)
    corpus = task.corpus(config, data)
    if data is None and "data" not in options:
        corpus = dataclasses.replace(corpus, spec=_own_corpus(run, corpus.spec))
    return task.pipeline.evaluate(config, run.predictor, corpus)


def _own_corpus(run: Run, spec: Any) -> Partition:
    """The corpus of training, divided as it was then, but with the test split read."""
    if spec == ROWS_IN_MEMORY:
        raise InputError(f"{run}: was trained on rows in memory. Name the data to score.")
    divided = run.scores.get("partition", {})
    return Partition(spec, **(divided if divided.get("folds") else {}))
