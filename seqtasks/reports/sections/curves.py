"""Learning curves: training and validation by epoch, the kept epoch marked."""

from __future__ import annotations

from seqtasks.reports.page import Markup, element, line_chart, table
from seqtasks.reports.page.elements import joined
from seqtasks.reports.record import RunRecord


def learning_curves(record: RunRecord) -> Markup | None:
    """A picture for each validated metric, and all metrics as a table."""
    history = record.history
    if not history:
        return None
    names = [name.removeprefix("val_") for name in history[0] if name.startswith("val_")]
    pictures = []
    for name in names:
        lines = {
            title: [(n, row[key]) for n, row in enumerate(history, start=1) if key in row]
            for title, key in (("training", name), ("validation", f"val_{name}"))
        }
        lines = {title: points for title, points in lines.items() if points}
        said = ", ".join(
            f"{title} from {points[0][1]:.4g} to {points[-1][1]:.4g}"
            for title, points in lines.items()
        )
        pictures.append(
            line_chart(
                name,
                f"{name} over {len(history)} epochs: {said}; epoch {record.best_epoch} is kept.",
                lines,
                x_label=f"epoch (dotted: epoch {record.best_epoch}, kept)",
                mark=record.best_epoch,
            )
        )
    columns = [name for name in history[0] if name != "epoch"]
    rows = [
        [f"{n} (kept)" if n == record.best_epoch else n, *(row.get(name) for name in columns)]
        for n, row in enumerate(history, start=1)
    ]
    return joined(
        element("div", pictures, class_="figures"),
        element(
            "details",
            element("summary", "Every epoch as a table"),
            table(["epoch", *columns], rows),
        ),
    )
