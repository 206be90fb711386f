"""Statistics of stored predictions, rows of `predictions.jsonl`, by the kind of the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from seqtasks.metrics.resampling.row_statistics import RowStatistics, Scores
from seqtasks.metrics.translation import sentence_statistics
from seqtasks.text.bio import spans_of

Rows = Sequence[Mapping[str, Any]]


def prediction_statistics(
    kind: str, rows: Rows, targets: str = "tags", labels: Iterable[str] = ()
) -> RowStatistics | None:
    """What the scores of a run's kind sum over its rows.

    Args:
        kind: of the run's predictions.
        rows: at least one.
        targets: of a tagging run: "tags", "spans" or "lemmas".
        labels: to have columns of too, beside those of the rows: of another run, to be tested with
            it. Averages are over the labels of the rows alone.

    Returns:
        Statistics whose `score()` has the names and values of `scores.json`; None of a kind that is
        not known here.
    """
    if kind == "tagging":
        return _of_tags(rows, spans=targets == "spans")
    if kind == "classification":
        return _of_labels(rows, labels)
    if kind == "multilabel_classification":
        return _of_label_sets(rows, labels)
    makers = {"translation": _of_translations, "generation": _of_documents}
    return makers[kind](rows) if kind in makers else None


def labels_of(rows: Rows) -> set[str]:
    """All true and predicted labels of rows of classification."""
    found: set[str] = set()
    for row in rows:
        for labels in (row["reference"], row["prediction"]):
            found |= {labels} if isinstance(labels, str) else {*labels}
    return found


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _f1(correct: np.ndarray, predicted: np.ndarray, support: np.ndarray) -> np.ndarray:
    return _ratio(2 * correct, predicted + support)


def _of_labels(rows: Rows, others: Iterable[str]) -> RowStatistics:
    own = labels_of(rows)
    labels = sorted({*own, *others})
    averaged = [label in own for label in labels]
    places, size = {label: n for n, label in enumerate(labels)}, len(labels)
    cells = [places[row["reference"]] * size + places[row["prediction"]] for row in rows]
    found, groups = np.unique(cells, return_inverse=True)
    true, guess = np.eye(size)[found // size], np.eye(size)[found % size]

    def scores(sums: np.ndarray) -> Scores:
        correct, predicted, support = np.split(sums, 3, axis=-1)
        f1, count = _f1(correct, predicted, support), support.sum(-1)
        return {
            "accuracy": correct.sum(-1) / count,
            "macro_f1": f1[..., averaged].mean(-1),
            "weighted_f1": (f1 * support).sum(-1) / count,
        }

    return RowStatistics(groups, np.concatenate([true * guess, guess, true], axis=1), scores)


def _of_label_sets(rows: Rows, others: Iterable[str]) -> RowStatistics:
    present = labels_of(rows)
    names = sorted({*present, *others})
    averaged = [label in present for label in names]
    places, size = {label: n for n, label in enumerate(names)}, len(names)
    sets = [tuple(frozenset(row[side]) for side in ("reference", "prediction")) for row in rows]
    lines = {pair: n for n, pair in enumerate(dict.fromkeys(sets))}
    table = np.zeros((len(lines), 3 * size + 3))
    for (true, guess), line in lines.items():
        for part, labels in enumerate((true & guess, guess, true)):
            table[line, [part * size + places[label] for label in labels]] = 1
        both = len(true) + len(guess)
        own = 2 * len(true & guess) / both if both else 1.0
        table[line, -3:] = own, true == guess, 1

    def scores(sums: np.ndarray) -> Scores:
        parts = np.split(sums[..., :-3], 3, axis=-1)
        own, exact, count = (sums[..., n] for n in (-3, -2, -1))
        if not present:
            return dict.fromkeys(("micro_f1", "macro_f1", "sample_f1", "exact_match"), own / count)
        return {
            "micro_f1": _f1(*(part.sum(-1) for part in parts)),
            "macro_f1": _f1(*parts)[..., averaged].mean(-1),
            "sample_f1": own / count,
            "exact_match": exact / count,
        }

    return RowStatistics(np.array([lines[pair] for pair in sets]), table, scores)


def _of_tags(rows: Rows, spans: bool) -> RowStatistics:
    lines = []
    for row in rows:
        true, guess = row["reference"], row["prediction"]
        line = [sum(a == b for a, b in zip(true, guess, strict=True)), len(true)]
        if spans:
            gold, found = {*spans_of(true, "bioes")}, {*spans_of(guess, "bioes")}
            line += [len(gold & found), len(found), len(gold)]
        lines.append(line)

    def scores(sums: np.ndarray) -> Scores:
        right, tokens, *counts = np.moveaxis(sums, -1, 0)
        found = {"accuracy": _ratio(right, tokens)}
        if not counts:
            return found
        correct, predicted, support = counts
        return found | {
            "precision": _ratio(correct, predicted),
            "recall": _ratio(correct, support),
            "f1": _f1(correct, predicted, support),
        }

    return RowStatistics.of_rows(lines, scores)


def _of_translations(rows: Rows) -> RowStatistics:
    table, scores = sentence_statistics(
        [row["reference"] for row in rows], [row["prediction"] for row in rows]
    )
    return RowStatistics(np.arange(len(table)), table, scores)


def _of_documents(rows: Rows) -> RowStatistics:
    def scores(sums: np.ndarray) -> Scores:
        nats, tokens, characters = np.moveaxis(sums, -1, 0)
        return {
            "perplexity": np.exp(np.minimum(_ratio(nats, tokens), 700)),
            "bits_per_character": _ratio(nats, characters) / np.log(2),
            "nats_per_token": _ratio(nats, tokens),
        }

    lines = [
        (row["nats_per_token"] * row["tokens"], row["tokens"], len(row["text"]))
        for row in rows
        if row["tokens"] and row["nats_per_token"] is not None
    ]
    return RowStatistics.of_rows(lines or [(0, 0, 0)], scores)
