"""The scores of a run, beside its baseline, with bootstrap intervals; and those of each label."""

from __future__ import annotations

from collections.abc import Mapping

from seqtasks.metrics import network_scores
from seqtasks.reports.page import Markup, bar_chart, element, number, table
from seqtasks.reports.page.elements import joined
from seqtasks.reports.record import RunRecord

SHOWN_LABELS = 300
DRAWN_LABELS = 12


def scores(record: RunRecord) -> Markup:
    """Every score of `scores.json`, and the bootstrap interval of those of the predictions."""
    found, intervals = record.scores, record.intervals
    names = network_scores(found)
    baseline = "baseline" in found
    header = [f"{record.split} score", "network", "95 % interval"]
    header += ["baseline"] if baseline else []
    rows = []
    for name in names:
        interval = intervals.get(name)
        shown = f"{number(interval.low)} – {number(interval.high)}" if interval else "–"
        row = [name, found[name], element("td", shown, class_="number")]
        rows.append([*row, *([found.get(f"baseline_{name}")] if baseline else [])])
    statistics = record.statistics
    how = (
        f"Intervals: percentile bootstrap, 1,000 resamples of {len(statistics):,} rows."
        if statistics and intervals
        else "No intervals: they need at least two scored rows."
    )
    notes = [how, f"Baseline: {found['baseline']}."] if baseline else [how]
    if "baseline" in found:
        notes.append("A baseline inside the interval may be as good as the network.")
    return joined(
        table(header, rows),
        element("p", " ".join(notes), class_="note"),
        _test_sets(record),
    )


def _test_sets(record: RunRecord) -> Markup | None:
    sets = record.scores.get("test_sets") or {}
    if not isinstance(sets, Mapping) or len(sets) < 2:
        return None
    names = [name for name, value in next(iter(sets.values())).items() if isinstance(value, float)]
    rows = [[name, *(found.get(n) for n in names)] for name, found in sets.items()]
    return table(["test set", *names], rows, "Each test set")


def by_label(record: RunRecord) -> Markup | None:
    """Scores of each label; the weakest as a picture."""
    per_class = record.scores.get("per_class")
    if not per_class:
        return None
    columns = list(next(iter(per_class.values())))
    rows = sorted(per_class.items(), key=lambda item: (item[1]["f1"], item[0]))
    kept = rows[:SHOWN_LABELS]
    drawn = kept[:DRAWN_LABELS]
    picture = bar_chart(
        f"F1 of {'the lowest' if len(rows) > len(drawn) else 'all'} {len(drawn)} labels",
        "; ".join(f"{name} {values['f1']:.2f}" for name, values in drawn),
        [(_cut(name, len(drawn)), values["f1"], None) for name, values in drawn],
        y_label="F1",
        highest=1.0,
    )
    note = None
    if len(rows) > len(kept):
        note = f"{len(kept)} of {len(rows):,} labels, the lowest F1 first; scores.json has all."
    return joined(
        element("div", picture, class_="figures"),
        table(
            ["label", *columns],
            [[name, *(values[column] for column in columns)] for name, values in kept],
            "The lowest F1 first",
        ),
        element("p", note, class_="note") if note else None,
    )


def _cut(name: str, bars: int) -> str:
    room = max(3, 54 // bars)
    return name if len(name) <= room else name[: room - 1] + "…"
