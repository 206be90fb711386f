"""The page of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seqtasks.metrics.resampling import Interval, PairedTest
from seqtasks.reports.comparison.compare_runs import Comparison
from seqtasks.reports.page import Markup, element, number, page, table
from seqtasks.reports.page.elements import joined
from seqtasks.reports.record import scored_rows

SHOWN, LENGTH = 25, 500
METHODS = {
    "bootstrap": "paired bootstrap, {:,} resamples",
    "randomization": "approximate randomization, {:,} trials",
}


def comparison_page(comparison: Comparison) -> str:
    """An HTML document: settings, scores with p-values, and the rows where runs disagree."""
    names = [record.name for record in comparison.records]
    first = comparison.records[0]
    sections = [
        ("scores", "Scores", _scores(comparison)),
        ("settings", "Settings that differ", _settings(comparison)),
    ]
    for number_of, name in enumerate(names[1:], start=1):
        rows = _disagreements(comparison, number_of)
        sections.append((f"rows-{number_of}", f"Where {name} and {names[0]} disagree", rows))
    lead = joined(
        element("p", f"{first.task}: {first.title}. Scored on the {first.split} split."),
        element("p", first.sampled, class_="note") if first.sampled else None,
    )
    return page(f"Comparison of {' and '.join(names)}", lead, sections)


def method_of(comparison: Comparison) -> str:
    """The test in words."""
    return METHODS[comparison.method].format(comparison.resamples)


def _scores(comparison: Comparison) -> Markup:
    names = [record.name for record in comparison.records]
    rows = []
    for name, values in comparison.scores.items():
        row: list[object] = [name, values[0], _interval(comparison.records[0].intervals.get(name))]
        for record, tests, value in zip(
            comparison.records[1:], comparison.tests, values[1:], strict=True
        ):
            row += [value, _interval(record.intervals.get(name)), *_tested(tests.get(name))]
        rows.append(row)
    header = ["score", names[0], "95 % interval"]
    for name in names[1:]:
        header += [name, "95 % interval", "difference", "p"]
    notes = [
        f"p: two-sided probability of such a difference by chance ({method_of(comparison)}), "
        f"against {names[0]}; below 0.05 it is in bold. It says nothing of other seeds of training."
    ]
    if len(names) > 2:
        notes.append("Several runs are tested: expect one in twenty below 0.05 by chance.")
    notes += [f"Not tested: {why}." for why in comparison.untested if why]
    return joined(table(header, rows), element("p", " ".join(notes), class_="note"))


def _interval(interval: Interval | None) -> Markup:
    shown = f"{number(interval.low)} – {number(interval.high)}" if interval else "–"
    return element("td", shown, class_="number")


def _tested(test: PairedTest | None) -> list[object]:
    if test is None:
        return [None, None]
    shown = f"{test.p:.4f}"
    p = element("strong", shown) if test.p < 0.05 else shown
    difference = element("td", f"{test.difference:+.4f}", class_="number")
    return [difference, element("td", p, class_="number")]


def _settings(comparison: Comparison) -> Markup:
    if not comparison.settings:
        return element("p", "None: the runs were trained with the same options.")
    names = [record.name for record in comparison.records]
    rows = [[name, *map(_option, values)] for name, values in comparison.settings.items()]
    return table(["option", *names], rows)


def _option(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "none" if value in (None, "") else str(value)


def _disagreements(comparison: Comparison, number_of: int) -> Markup:
    if comparison.untested[number_of - 1]:
        return element("p", f"Not shown: {comparison.untested[number_of - 1]}.")
    first, other = comparison.records[0], comparison.records[number_of]
    gains = comparison.gains(number_of)
    better = [found for found in gains if found[0] > 0]
    worse = [found for found in gains[::-1] if found[0] < 0]
    rows = [scored_rows(record.rows) for record in (first, other)]
    said = (
        f"Of {len(rows[0]):,} rows {other.name} does better on {len(better):,}, {first.name} on "
        f"{len(worse):,}; on the others they do equally well."
    )
    names = first.name, other.name
    return joined(
        element("p", said),
        _rows(better[:SHOWN], rows, names, f"Better with {other.name}"),
        _rows(worse[:SHOWN], rows, names, f"Better with {first.name}"),
    )


def _rows(
    found: Sequence[tuple[float, int]],
    rows: Sequence[Sequence[Mapping[str, Any]]],
    names: tuple[str, str],
    caption: str,
) -> Markup | None:
    if not found:
        return None
    outputs = "prediction" in rows[0][0]
    header = ["row", "text", *(["true", *names] if outputs else names), "gain"]
    lines = []
    for gain, place in found:
        one, other = rows[0][place], rows[1][place]
        text = next(one[name] for name in ("text", "tokens", "source") if name in one)
        values = (
            [_said(one["reference"]), _said(one["prediction"]), _said(other["prediction"])]
            if outputs
            else [one["nats_per_token"], other["nats_per_token"]]
        )
        shown = element("td", f"{gain:+.2f}", class_="number")
        lines.append([place + 1, _said(text), *values, shown])
    return table(header, lines, f"{caption}: the {len(found)} with the largest difference")


def _said(value: Any) -> str:
    text = " ".join(value) if isinstance(value, list) else str(value)
    return text if len(text) <= LENGTH else text[:LENGTH] + "…"
