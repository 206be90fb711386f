"""Scores of several labels a text: sets of labels -> F1 and exact matches."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sklearn import metrics
from sklearn.preprocessing import MultiLabelBinarizer

# Name -> scikit-learn's name of the average, and F1 where there is nothing to find or found.
AVERAGES: dict[str, tuple[str, Any]] = {
    "micro_f1": ("micro", 0),
    "macro_f1": ("macro", 0),
    "sample_f1": ("samples", 1.0),
}


def multilabel_scores(
    references: Sequence[Collection[str]], predictions: Sequence[Collection[str]]
) -> dict[str, Any]:
    """F1 and exact matches of any number of labels per text.

    Args:
        references: the true labels of each text.
        predictions: the predicted ones, in the same order.

    Returns:
        As fractions of 1: `micro_f1`, of all pairs of a text and a label; `macro_f1`, the mean of
        the labels' F1; `sample_f1`, the mean of the texts' F1 (1 where a text has no label and
        gets none); `exact_match`, texts whose labels are all right. `per_class` with precision,
        recall, f1 and support of each label that is among references or predictions; `labels`,
        their names.

    Raises:
        ValueError: the lists differ in length or are empty.
    """
    if not references or len(references) != len(predictions):
        raise ValueError(
            "Expected one set of labels for each of at least one reference. "
            f"Received {len(references)} references and {len(predictions)} predictions."
        )
    labels = sorted({label for found in (*references, *predictions) for label in found})
    if not labels:  # nothing but texts without labels
        return {**dict.fromkeys(AVERAGES, 1.0), "exact_match": 1.0, "labels": [], "per_class": {}}
    binary = MultiLabelBinarizer(classes=labels)
    true, found = binary.fit_transform(references), binary.transform(predictions)
    columns = metrics.precision_recall_fscore_support(true, found, zero_division=0)
    averages = {
        name: float(metrics.f1_score(true, found, average=average, zero_division=absent))
        for name, (average, absent) in AVERAGES.items()
    }
    return {
        **averages,
        "exact_match": float(metrics.accuracy_score(true, found)),
        "labels": labels,
        "per_class": {
            label: {
                "precision": float(precision),
                "recall": float(recall),
                "f1": float(f1),
                "support": int(support),
            }
            for label, precision, recall, f1, support in zip(labels, *columns, strict=True)
        },
    }
