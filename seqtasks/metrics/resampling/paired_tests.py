"""Paired tests: whether the difference of two systems on the same rows may be chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from seqtasks.metrics.resampling.bootstrap import CELLS, Interval, drawn_rows
from seqtasks.metrics.resampling.row_statistics import RowStatistics

ROUNDING = 1e-10  # by which sums in another order may differ
Method = Literal["bootstrap", "randomization"]


@dataclass(frozen=True)
class PairedTest:
    """How far a score of one system differs from that of another on the same rows.

    Attributes:
        difference: the second minus the first.
        interval: 95 % bootstrap interval of the difference; None with approximate randomization.
        p: two-sided probability of a difference as large by chance; 1 where there is none.
    """

    difference: float
    interval: Interval | None
    p: float


def paired_test(
    first: RowStatistics,
    second: RowStatistics,
    *,
    method: Method = "bootstrap",
    resamples: int = 1000,
    seed: int = 12345,
) -> dict[str, PairedTest]:
    """Tests of each score that both have; p-values are those of sacreBLEU on the same seed.

    - `bootstrap`: rows are drawn with replacement, the same for both; p counts how often the
      difference of a resample, its mean subtracted, is at least the observed one.
    - `randomization`: predictions of each row are swapped or not; p counts how often the difference
      of two such mixtures is at least the observed one.

    sacreBLEU counts differences that exceed the observed one, which is the same where scores have
    no ties; accuracies have, and one row of difference would be significant. Where the two score
    the same, p is 1.

    Args:
        first: of the rows of the baseline.
        second: of the same rows of another system.
        method: see above.
        resamples: resamples, or trials.
        seed: of both.

    Raises:
        ValueError: their numbers of rows or of statistics differ, or there are no rows.

    Reference:
        Koehn, Statistical significance tests for machine translation evaluation, EMNLP 2004.
        Riezler and Maxwell, On some pitfalls in automatic evaluation and significance testing for
        MT, 2005. Post, sacreBLEU, `sacrebleu.significance`.
    """
    sizes = [(len(one), one.table.shape[1]) for one in (first, second)]
    if sizes[0] != sizes[1] or not len(first):
        raise ValueError(
            "Expected statistics of the same rows, at least one, in the same columns. Received "
            "{} rows of {} and {} rows of {}.".format(*sizes[0], *sizes[1])
        )
    draws = {"bootstrap": _bootstrapped, "randomization": _shuffled}[method]
    one, other = draws(first, second, resamples, np.random.default_rng(seed))
    observed, against = second.score(), first.score()
    tests = {}
    for name in [name for name in observed if name in against]:
        difference = observed[name] - against[name]
        drawn = np.asarray(other[name]) - np.asarray(one[name])
        extreme = np.abs(drawn)
        interval = None
        if method == "bootstrap":
            extreme = extreme - extreme.mean()
            interval = Interval(*map(float, np.percentile(drawn, [2.5, 97.5])))
        more = int(np.sum(extreme >= abs(difference) - ROUNDING))
        p = (more + 1) / (resamples + 1) if difference else 1.0
        tests[name] = PairedTest(difference, interval, p)
    return tests


def _bootstrapped(
    first: RowStatistics, second: RowStatistics, resamples: int, rng: np.random.Generator
) -> tuple:
    sums = [
        (first.totals(rows), second.totals(rows)) for rows in drawn_rows(rng, len(first), resamples)
    ]
    one, other = (np.concatenate(part) for part in zip(*sums, strict=True))
    return first.scores(one), second.scores(other)


def _shuffled(
    first: RowStatistics, second: RowStatistics, resamples: int, rng: np.random.Generator
) -> tuple:
    """Scores of mixtures of the two, by which of them gives the prediction of each row."""
    both = np.stack([first.groups, second.groups])
    pairs, groups = np.unique(both, axis=1, return_inverse=True)
    groups, lines = groups.reshape(-1), pairs.shape[1]
    ours, theirs = first.table[pairs[0]], second.table[pairs[1]]
    every = np.bincount(groups, minlength=lines)
    # Booleans are drawn 32 at a time: so many trials together give what all together would.
    step = 32 * max(1, CELLS // (32 * len(first)))
    counts = []
    for start in range(0, resamples, step):
        size = (min(step, resamples - start), len(first))
        kept = rng.integers(2, size=size, dtype=bool)
        counts += [np.bincount(groups[row], minlength=lines) for row in kept]
    taken = np.stack(counts).astype(float)
    left = every - taken
    return first.scores(taken @ ours + left @ theirs), second.scores(left @ ours + taken @ theirs)
