"""Scores and a baseline as a table of text."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from seqtasks.wording import table

MAX_CLASSES = 20
MAX_RUNS = 5


def beside_baseline(
    scores: Mapping[str, Any], baseline: Mapping[str, Any], title: str
) -> dict[str, Any]:
    """Scores with the numbers of a baseline added, named as `score_table` expects them."""
    plain = {f"baseline_{name}": v for name, v in baseline.items() if isinstance(v, float)}
    return {**scores, **plain, "baseline": title}


def network_scores(scores: Mapping[str, Any]) -> dict[str, float]:
    """Scores of the network, without the baseline's and what is no single number."""
    return {
        name: value
        for name, value in scores.items()
        if isinstance(value, float) and not name.startswith("baseline_")
    }


def score_table(scores: Mapping[str, Any]) -> str:
    """A table of the scores of a run, with a column for the baseline if there is one.

    Args:
        scores: numbers by name; `baseline_NAME` is the baseline's score of `NAME`, `baseline`
            its title; `split` the split that was scored (default: test); `per_class` makes a second
            table, if it has at most `MAX_CLASSES` rows.

    Returns:
        Lines of text.
    """
    names = network_scores(scores)
    header = [f"{scores.get('split', 'test')} scores", "network"]
    header += ["baseline"] if "baseline" in scores else []
    rows = []
    for name in names:
        cells = [scores[key] for key in (name, f"baseline_{name}") if key in scores]
        rows.append([name, *(f"{value:.4f}" for value in cells)])
    text = table(header, rows)
    if "baseline" in scores:
        text += f"\n(baseline: {scores['baseline']})"
    per_class = scores.get("per_class", {})
    if 0 < len(per_class) <= MAX_CLASSES:
        columns = list(next(iter(per_class.values())))
        rows = []
        for label, values in per_class.items():
            rows.append([label, *(_number(values[column]) for column in columns)])
        text += "\n\n" + table(["class", *columns], rows)
    return text


def score_table_html(scores: Mapping[str, Any], title: str) -> str:
    """The table of `score_table` as HTML, for notebooks.

    Args:
        scores: as there.
        title: of the table.
    """
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{value:.4f}</td>"
        f"<td>{_number(scores.get(f'baseline_{name}', ''))}</td></tr>"
        for name, value in network_scores(scores).items()
    )
    split = scores.get("split", "test")
    header = f"<tr><th>{split} scores</th><th>run</th><th>baseline</th></tr>"
    return f"<table><caption>{html.escape(title)}</caption>{header}{rows}</table>"


def experiment_table(
    scores: Mapping[str, Mapping[str, Any]], names: Sequence[str], split: str = "test"
) -> str:
    """A table of the scores of several runs: mean, standard deviation, and each run's if few.

    Args:
        scores: `mean`, `std` (None for one run) and `values` by name; `baseline_NAME` makes a
            column.
        names: of the runs, in the order of `values`.
        split: that was scored.

    Returns:
        Lines of text.
    """
    shown = names if len(names) <= MAX_RUNS else ()
    baseline = any(name.startswith("baseline_") for name in scores)
    header = [f"{split} scores", "mean", "std", *(["baseline"] if baseline else []), *shown]
    rows = []
    for name, score in scores.items():
        if name.startswith("baseline_"):
            continue
        other = scores.get(f"baseline_{name}")
        cells = [f"{score['mean']:.4f}", "-" if score["std"] is None else f"{score['std']:.4f}"]
        if baseline:
            cells.append(f"{other['mean']:.4f}" if other else "")
        rows.append([name, *cells, *(f"{value:.4f}" for value in score["values"][: len(shown)])])
    return table(header, rows)


def comparison_table(
    names: Sequence[str],
    scores: Mapping[str, Sequence[float | None]],
    chances: Mapping[str, Sequence[float | None]],
) -> str:
    """A table of the scores of runs, with a p-value behind each run but the first.

    Args:
        names: of the runs.
        scores: of each run, by name; None for none.
        chances: the p-value of each run after the first, by name of the score; None for none.

    Returns:
        Lines of text; p-values below 0.05 have a star.
    """
    header = ["score", names[0]]
    for name in names[1:]:
        header += [name, "p"]
    rows = []
    for name, (first, *others) in scores.items():
        row = [name, _score(first)]
        for value, p in zip(others, chances.get(name) or [None] * len(others), strict=True):
            row += [_score(value), "-" if p is None else f"{p:.4f}{'*' if p < 0.05 else ' '}"]
        rows.append(row)
    return table(header, rows)


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else ""
