"""RowStatistics: what scores sum over rows, so that any resample of rows can be scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Scores = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class RowStatistics:
    """The sufficient statistics of rows, and the scores of their sums.

    Rows with equal statistics share a line of the table, as there are few different ones: of a
    classification as many as cells of its confusion matrix.

    Args:
        groups: int `[rows]`, the line of `table` that holds each row's statistics.
        table: float64 `[lines, statistics]`.
        scores: sums `[..., statistics]` -> `[...]` by name of the score.
    """

    groups: np.ndarray
    table: np.ndarray
    scores: Callable[[np.ndarray], Scores]

    @classmethod
    def of_rows(
        cls, rows: Sequence[Sequence[float]], scores: Callable[[np.ndarray], Scores]
    ) -> RowStatistics:
        """Statistics from a line for each row."""
        table, groups = np.unique(np.asarray(rows, float), axis=0, return_inverse=True)
        return cls(groups.reshape(-1), table, scores)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.groups)

    def totals(self, chosen: np.ndarray) -> np.ndarray:
        """Sums `[resamples, statistics]` over rows `[resamples, size]`, given by their numbers."""
        lines = len(self.table)
        counts = np.stack([np.bincount(self.groups[row], minlength=lines) for row in chosen])
        return counts.astype(float) @ self.table

    def score(self) -> dict[str, float]:
        """The scores of all rows."""
        sums = np.bincount(self.groups, minlength=len(self.table)) @ self.table
        return {name: float(value) for name, value in self.scores(sums).items()}
