"""Scores of classification: lists of labels -> accuracy, F1 and the confusion matrix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sklearn import metrics


def classification_scores(references: Sequence[str], predictions: Sequence[str]) -> dict[str, Any]:
    """Accuracy and F1 of one label per text.

    Args:
        references: the true labels.
        predictions: the predicted labels, in the same order.

    Returns:
        `accuracy`, `macro_f1` and `weighted_f1` as fractions of 1; `per_class` with precision,
        recall, f1 and support of each label; `confusion_matrix`, rows the references and columns
        the predictions, in the order of `labels` (alphabetical, all references and predictions).
        A class that is never predicted has precision 0 (scikit-learn, zero_division=0).

    Raises:
        ValueError: the lists differ in length or are empty.
    """
    if not references or len(references) != len(predictions):
        raise ValueError(
            "Expected one prediction for each of at least one reference. "
            f"Received {len(references)} references and {len(predictions)} predictions."
        )
    labels = sorted({*references, *predictions})
    pairs = Counter(zip(references, predictions, strict=True))
    columns = metrics.precision_recall_fscore_support(
        references, predictions, labels=labels, zero_division=0
    )
    averages = {
        f"{average}_f1": float(
            metrics.f1_score(
                references, predictions, labels=labels, average=average, zero_division=0
            )
        )
        for average in ("macro", "weighted")
    }
    return {
        "accuracy": float(metrics.accuracy_score(references, predictions)),
        **averages,
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
        "confusion_matrix": [[pairs[true, guess] for guess in labels] for true in labels],
    }
