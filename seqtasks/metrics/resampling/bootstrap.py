"""Bootstrap confidence intervals of scores of a whole test split."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from seqtasks.metrics.resampling.row_statistics import RowStatistics

CELLS = 10_000_000  # row numbers drawn at a time


class Interval(NamedTuple):
    """A confidence interval.

    Attributes:
        low: its lower end.
        high: its upper end.
    """

    low: float
    high: float


def drawn_rows(rng: np.random.Generator, rows: int, resamples: int) -> Iterator[np.ndarray]:
    """Row numbers of resamples with replacement, int64 `[some resamples, rows]` at a time."""
    step = max(1, CELLS // max(rows, 1))
    for start in range(0, resamples, step):
        yield rng.integers(0, rows, (min(step, resamples - start), rows))


def bootstrap_intervals(
    statistics: RowStatistics, *, resamples: int = 1000, level: float = 0.95, seed: int = 0
) -> dict[str, Interval]:
    """Percentile bootstrap intervals of each score; rows are drawn with replacement.

    On the same seed they equal `scipy.stats.bootstrap(..., method="percentile")`.

    Args:
        statistics: of the rows; fewer than two give no intervals.
        resamples: number of resamples.
        level: of confidence.
        seed: of the resamples.

    Returns:
        By name of the score; a score that is not finite in some resample has none.

    Reference:
        Efron and Tibshirani, An introduction to the bootstrap, 1993, chapter 13.
    """
    if len(statistics) < 2:
        return {}
    rng = np.random.default_rng(seed)
    totals = np.concatenate(
        [statistics.totals(rows) for rows in drawn_rows(rng, len(statistics), resamples)]
    )
    tail = 100 * (1 - level) / 2
    return {
        name: Interval(*map(float, np.percentile(values, [tail, 100 - tail])))
        for name, values in statistics.scores(totals).items()
        if np.isfinite(values).all()
    }
