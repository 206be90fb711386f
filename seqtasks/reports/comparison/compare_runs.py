"""Compares runs of one kind with the first of them, from their stored predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqtasks.errors import InputError
from seqtasks.metrics import network_scores
from seqtasks.metrics.resampling import PairedTest, paired_test, prediction_statistics
from seqtasks.metrics.resampling.paired_tests import Method
from seqtasks.metrics.resampling.predictions import labels_of
from seqtasks.metrics.translation import sentence_chrf
from seqtasks.reports.record import RunRecord, scored_rows

INPUTS = "text", "tokens", "source", "reference"  # what rows must share to be the same


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs beside the first of them.

    Attributes:
        records: of the runs, at least two.
        method: of the tests.
        resamples: of the tests.
        tests: of each run after the first, by name of the score; {} where there is none.
        untested: of each run after the first why it is not tested; "" where it is.
        settings: options that differ, the value of each run.
    """

    records: Sequence[RunRecord]
    method: Method
    resamples: int
    tests: Sequence[Mapping[str, PairedTest]]
    untested: Sequence[str]
    settings: Mapping[str, Sequence[Any]]

    @property
    def scores(self) -> dict[str, list[float | None]]:
        """Scores that the first run has, of each run."""
        return {
            name: [record.scores.get(name) for record in self.records]
            for name in network_scores(self.records[0].scores)
        }

    def gains(self, number: int) -> list[tuple[float, int]]:
        """Rows on which a run, counted from 1 after the first, does better or worse than that.

        Returns:
            (its quality minus that of the first, number of the row), the largest gain first; of
            labels 1 and -1, of tags tokens, of translations chrF, of documents nats a token.
        """
        one, other = (_qualities(self.records[n]) for n in (0, number))
        differences = [(b - a, n) for n, (a, b) in enumerate(zip(one, other, strict=True))]
        return sorted((found for found in differences if found[0]), key=lambda x: (-x[0], x[1]))


def compare_runs(
    records: Sequence[RunRecord], *, method: Method = "bootstrap", resamples: int = 1000
) -> Comparison:
    """Compare runs with the first of them.

    Args:
        records: of runs of one kind, at least two.
        method: of the paired tests.
        resamples: resamples of each test, or trials.

    Raises:
        InputError: fewer than two runs, or runs of several kinds.
    """
    if len(records) < 2:
        raise InputError("expected at least two runs to compare. Name another one.")
    first, *others = records
    for record in others:
        if (record.kind, record.targets) != (first.kind, first.targets):
            raise InputError(
                f"{record.name}: expected a run of kind {_kind(first)} as {first.name}, found "
                f"{_kind(record)}. Compare runs of one kind."
            )
    reasons = [_untested(first, record) for record in others]
    tests = [
        {} if why else _tests(first, record, method, resamples)
        for record, why in zip(others, reasons, strict=True)
    ]
    names = dict.fromkeys(name for record in records for name in record.config)
    values = {name: [record.config.get(name) for record in records] for name in names}
    settings = {n: found for n, found in values.items() if any(v != found[0] for v in found)}
    return Comparison(records, method, resamples, tests, reasons, settings)


def _kind(record: RunRecord) -> str:
    return f"{record.kind} of {record.targets}" if record.kind == "tagging" else record.kind


def _tests(
    first: RunRecord, second: RunRecord, method: Method, resamples: int
) -> dict[str, PairedTest]:
    rows = [scored_rows(record.rows) for record in (first, second)]
    labels = labels_of([*rows[0], *rows[1]]) if "classification" in first.kind else ()
    one, other = (prediction_statistics(first.kind, r, first.targets, labels) for r in rows)
    if one is None or other is None:
        return {}
    return paired_test(one, other, method=method, resamples=resamples)


def _untested(first: RunRecord, second: RunRecord) -> str:
    """Why two runs cannot be tested; "" where they can."""
    one, other = (scored_rows(record.rows) for record in (first, second))
    if not one or not other:
        empty = second if one else first
        return f"{empty.name} has no stored predictions"
    if first.split != second.split:
        return f"{first.name} was scored on {first.split}, {second.name} on {second.split}"
    if _inputs(one) != _inputs(other):
        return f"{first.name} and {second.name} were scored on different rows"
    if first.statistics is None:
        return f"no test is known for scores of kind {first.kind}"
    return ""


def _inputs(rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row.get(name) for name in INPUTS) for row in rows]


def _qualities(record: RunRecord) -> list[float]:
    """How good the prediction of each row is."""
    rows = scored_rows(record.rows)
    if record.kind == "generation":
        return [-(row["nats_per_token"] or 0.0) for row in rows]
    if record.kind == "translation":
        return sentence_chrf([r["reference"] for r in rows], [r["prediction"] for r in rows])
    if record.kind == "tagging":
        pairs = (zip(r["reference"], r["prediction"], strict=True) for r in rows)
        return [float(sum(a == b for a, b in pair)) for pair in pairs]
    return [float(_labels(row["reference"]) == _labels(row["prediction"])) for row in rows]


def _labels(labels: str | list[str]) -> list[str]:
    return [labels] if isinstance(labels, str) else sorted(labels)
