"""A confusion matrix whose cells are buttons: each shows the texts behind it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from seqtasks.reports.page.elements import Markup, element, joined
from seqtasks.reports.page.tables import table

SHOWN_LABELS = 30
SHOWN_PAIRS = 20
TEXTS, OF_A_CELL, LENGTH = 2000, 20, 300

Pair = tuple[str, str]  # true, predicted


def confusion_matrix(
    anchor: str, counts: Counter[Pair], texts: Mapping[Pair, Sequence[str]], unit: str
) -> Markup:
    """The matrix, the most frequent confusions, and the place where texts are shown.

    Of more than `SHOWN_LABELS` labels those with the most errors have rows and columns.

    Args:
        anchor: unique in the page.
        counts: of each pair of a true and a predicted label.
        texts: examples of each pair, the most telling first.
        unit: what is counted, such as "texts".
    """
    labels = sorted({label for pair in counts for label in pair})
    shown = _most_confused(labels, counts)
    wrong = [(pair, n) for pair, n in counts.most_common() if pair[0] != pair[1]][:SHOWN_PAIRS]
    used = [pair for pair in counts if {*pair} <= {*shown}]
    used += [pair for pair, _ in wrong if pair not in {*used}]
    most = max(1, min(OF_A_CELL, TEXTS // max(len(used), 1)))
    keys = {pair: f"{labels.index(pair[0])}-{labels.index(pair[1])}" for pair in used}
    examples = {keys[pair]: [_cut(text) for text in texts[pair][:most]] for pair in used}
    data = json.dumps(examples, ensure_ascii=False).replace("<", "\\u003c")
    note = "Rows are true labels, columns predicted ones. A cell shows its texts when pressed"
    note += f", {most} at most."
    if len(labels) > len(shown):
        note += f" Shown are the {len(shown)} of {len(labels):,} labels with the most errors."
    button = _Buttons(keys, unit)
    return element(
        "div",
        element("p", note, class_="note"),
        _grid(shown, counts, button),
        _pairs(wrong, button) if wrong and len(shown) > 2 else None,
        element("div", id=f"{anchor}-shown", class_="texts", aria_live="polite", hidden=True),
        element("script", Markup(data), type="application/json", id=f"{anchor}-cells"),
        data_cells=f"{anchor}-cells",
        data_shown=f"{anchor}-shown",
    )


def _most_confused(labels: list[str], counts: Counter[Pair]) -> list[str]:
    if len(labels) <= SHOWN_LABELS:
        return labels
    errors: Counter[str] = Counter()
    for (true, guess), n in counts.items():
        if true != guess:
            errors.update({true: n, guess: n})
    ranked = sorted(labels, key=lambda label: (-errors[label], label))
    return sorted(ranked[:SHOWN_LABELS])


class _Buttons:
    def __init__(self, keys: Mapping[Pair, str], unit: str) -> None:
        self.keys, self.unit = keys, unit

    def __call__(self, pair: Pair, count: int, dark: bool = False) -> Markup:
        says = f"true {pair[0]}, predicted {pair[1]}: {count:,} {self.unit}"
        return element(
            "button",
            f"{count:,}",
            type="button",
            data_cell=self.keys[pair],
            data_count=count,
            aria_pressed="false",
            aria_label=says,
            title=says,
            style="color:#fff" if dark else None,
        )


def _grid(labels: Sequence[str], counts: Counter[Pair], button: _Buttons) -> Markup:
    rows = []
    for true in labels:
        total = sum(n for (label, _), n in counts.items() if label == true) or 1
        cells = []
        for guess in labels:
            count = counts.get((true, guess), 0)
            if not count:
                cells.append(element("td", element("span", "0", class_="none")))
                continue
            share = count / total
            colour = "0,114,178" if true == guess else "181,55,28"
            style = f"background:rgba({colour},{0.08 + 0.92 * share:.2f})"
            cells.append(element("td", button((true, guess), count, share > 0.88), style=style))
        rows.append(element("tr", element("th", true, scope="row"), cells))
    head = [element("th", label, scope="col") for label in ("true \\ predicted", *labels)]
    whole = element(
        "table",
        element("caption", "Confusion matrix"),
        element("thead", element("tr", head)),
        element("tbody", rows),
        class_="matrix",
    )
    return element(
        "div", whole, class_="scroll", tabindex=0, role="region", aria_label="Confusion matrix"
    )


def _pairs(wrong: Sequence[tuple[Pair, int]], button: _Buttons) -> Markup:
    rows = [[pair[0], pair[1], element("td", button(pair, n))] for pair, n in wrong]
    return joined(table(["true", "predicted", "count"], rows, "The most frequent confusions"))


def _cut(text: str) -> str:
    return text if len(text) <= LENGTH else text[:LENGTH] + "…"
