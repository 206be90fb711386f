"""Whether confidence can be believed: how often predictions are right, by their confidence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seqtasks.reports.page import Markup, element, line_chart, table
from seqtasks.reports.page.elements import joined
from seqtasks.reports.record import RunRecord

BINS = 10


def calibration(record: RunRecord) -> Markup | None:
    """The reliability curve of predicted labels, and the expected calibration error.

    Reference:
        Guo et al., On calibration of modern neural networks, ICML 2017.
    """
    pairs = np.array([*_pairs(record)], float).reshape(-1, 2)
    if not len(pairs):
        return None
    confidence, right = pairs.T
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    rows, points, error = [], [], 0.0
    for n in range(BINS):
        here = places == n
        if here.any():
            mean, accuracy = float(confidence[here].mean()), float(right[here].mean())
            error += float(here.mean()) * abs(mean - accuracy)
            points.append((mean, accuracy))
            rows.append([f"{n / BINS:.1f} – {(n + 1) / BINS:.1f}", int(here.sum()), mean, accuracy])
    what = {"tagging": "tokens", "classification": "texts"}.get(record.kind, "predicted labels")
    picture = line_chart(
        "Calibration",
        f"Accuracy by confidence of {len(pairs):,} {what}; expected calibration error {error:.4f}. "
        + "; ".join(f"confidence {x:.2f}, accuracy {y:.2f}" for x, y in points),
        {"predictions": points},
        x_label="mean confidence",
        y_label="accuracy",
        diagonal=True,
        limits=(0.0, 1.0),
    )
    return joined(
        element(
            "p",
            f"Expected calibration error over {BINS} bins: {error:.4f}. Above the dashed line the "
            "model is more often right than its confidence says, below it less often.",
        ),
        element("div", picture, class_="figures"),
        element(
            "details",
            element("summary", "The bins as a table"),
            table(["confidence", what, "mean confidence", "accuracy"], rows),
        ),
    )


def _pairs(record: RunRecord) -> Iterator[tuple[float, bool]]:
    """The confidence of each prediction, and whether it is right."""
    for row in record.rows:
        if record.kind == "classification":
            yield row["confidence"], row["reference"] == row["prediction"]
        elif record.kind == "multilabel_classification":
            for label, confidence in zip(row["prediction"], row["confidence"], strict=True):
                yield confidence, label in row["reference"]
        elif record.kind == "tagging":
            columns = zip(row["reference"], row["prediction"], row["confidence"], strict=True)
            yield from ((confidence, true == guess) for true, guess, confidence in columns)
