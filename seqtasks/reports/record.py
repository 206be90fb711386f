"""RunRecord: what a report reads of a run."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from seqtasks.metrics.resampling import (
    Interval,
    RowStatistics,
    bootstrap_intervals,
    prediction_statistics,
)

MAX_ROWS = 100_000  # of more, every second, third ... is read
TOKENIZED = 20_000  # texts, at most


@dataclass(frozen=True)
class Functions:
    """What reports ask of the model itself, beyond stored predictions.

    Args:
        answer: texts and options of prediction -> results, as calling the run.
        log_probability: texts -> nats `[texts]`, of language models.
        ids: texts -> ids of their tokens, int `[tokens]` each: 1 is unknown, 4 the most frequent
            token in training, 5 the next.
        explain: a text, or `tokens`, -> explanations (`seqtasks.explanations.explain`).
    """

    answer: Callable[..., Any]
    log_probability: Callable[[Sequence[str]], np.ndarray] | None = None
    ids: Callable[[Sequence[str]], list[np.ndarray]] | None = None
    explain: Callable[..., Sequence[Any]] | None = None


@dataclass(frozen=True, eq=False)
class RunRecord:
    """What a report reads of a run.

    Args:
        name: what the user calls it, a path.
        task: the name of its task.
        title: of the task.
        kind: of its predictions.
        config: its options, `task` included.
        defaults: those of the task.
        scores: what `scores.json` holds.
        history: the metrics of each epoch.
        best_epoch: counted from 1.
        rows: of `predictions.jsonl`, all or every n-th.
        total_rows: how many there are.
        functions: of the model; None where only what is stored is read.
    """

    name: str
    task: str
    title: str
    kind: str
    config: Mapping[str, Any]
    defaults: Mapping[str, Any]
    scores: Mapping[str, Any]
    history: Sequence[Mapping[str, float]]
    best_epoch: int
    rows: Sequence[Mapping[str, Any]] = ()
    total_rows: int = 0
    functions: Functions | None = field(default=None, repr=False)

    @property
    def targets(self) -> str:
        """Of a tagging run: "tags", "spans" or "lemmas"."""
        return str(self.config.get("targets", "tags"))

    @property
    def split(self) -> str:
        """The split that was scored."""
        return str(self.scores.get("split", "test"))

    @property
    def changed(self) -> dict[str, Any]:
        """Options that differ from the task's defaults."""
        known = self.defaults
        return {k: v for k, v in self.config.items() if k in known and known[k] != v}

    @property
    def sampled(self) -> str:
        """What is to be said where not all rows are read; "" where they are."""
        if len(self.rows) == self.total_rows:
            return ""
        return (
            f"Of {self.total_rows:,} rows a sample of {len(self.rows):,}, evenly spaced, is looked "
            "at; the scores themselves are of all rows."
        )

    @functools.cached_property
    def statistics(self) -> RowStatistics | None:
        """Statistics of the scored rows; of several test sets, of the first."""
        rows = scored_rows(self.rows)
        return prediction_statistics(self.kind, rows, self.targets) if rows else None

    @functools.cached_property
    def token_ids(self) -> list[np.ndarray] | None:
        """Ids of the tokens of the first `TOKENIZED` scored texts; None where none can be told."""
        rows = scored_rows(self.rows)[:TOKENIZED]
        name = next((n for n in ("tokens", "source", "text") if rows and n in rows[0]), None)
        if self.functions is None or self.functions.ids is None or name is None:
            return None
        texts = [" ".join(row[name]) if name == "tokens" else row[name] for row in rows]
        return self.functions.ids(texts)

    @functools.cached_property
    def intervals(self) -> dict[str, Interval]:
        """95 % bootstrap intervals by name of the score."""
        return bootstrap_intervals(self.statistics) if self.statistics else {}


def scored_rows(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows of the main test set, which is the first."""
    first = rows[0].get("test_set") if rows else None
    return [row for row in rows if row.get("test_set") == first]


def read_rows(path: Path, limit: int = MAX_ROWS) -> tuple[list[dict[str, Any]], int]:
    """Rows of `predictions.jsonl`, at most `limit`, evenly spaced, and how many there are.

    A run that has none (of an older version, or of a task of its own) gives none.
    """
    if not path.is_file():
        return [], 0

    def lines() -> Iterator[str]:
        with path.open(encoding="utf-8") as file:
            yield from file

    total = sum(1 for _ in lines())
    step = -(-total // limit) or 1
    return [json.loads(line) for n, line in enumerate(lines()) if n % step == 0], total
