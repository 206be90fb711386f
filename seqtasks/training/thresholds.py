"""Thresholds of labels, tuned for micro F1 on the validation split."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.models import MultilabelEnsemble

LOG_ODDS = np.arange(-3, 3.1, 0.25)  # of the thresholds that are tried
SWEEPS = 5  # over the labels, at most


class ThresholdTuner:
    """Tunes the thresholds of a classifier of several labels for micro F1.

    For calibrated probabilities the best threshold is the same for all labels, half of the F1 that
    it reaches; networks are not calibrated, and by how much differs between labels. So the best
    common threshold is found first, then the labels' own in turn, given all others. For each unit
    of log-odds that a label's threshold leaves the common one by, it must gain one more right
    decision, so that chance does not decide on rare labels.

    Args:
        model: whose `thresholds` are set.

    Reference:
        Lipton, Elkan and Narayanaswamy, Thresholding classifiers to maximize F1 score,
        arXiv:1402.1892.
    """

    def __init__(self, model: MultilabelEnsemble) -> None:
        self.model = model
        ids = tf.TensorSpec([None, None], tf.int32)
        # Traced once for all calls of `tune`.
        self._logits = tf.function(
            lambda ids: model(ids, training=False)["logits"], input_signature=[ids], autograph=False
        )

    def tune(self, batches: Iterable[tuple[Any, ...]]) -> float:
        """Set the model's thresholds.

        Args:
            batches: ids [batch, time] and 0 or 1 for each label [batch, labels] of the validation
                split.

        Returns:
            Micro F1 on these batches, with the new thresholds.
        """
        seen = [(self._logits(ids).numpy(), np.asarray(labels)) for ids, labels, *_ in batches]
        logits, labels = (np.concatenate(column) for column in zip(*seen, strict=True))
        chosen, f1 = best_log_odds(logits, labels > 0.5)
        self.model.thresholds.assign(1 / (1 + np.exp(-LOG_ODDS[chosen])))
        return f1


def best_log_odds(logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
    """The threshold of each label with the best micro F1, and that F1.

    Args:
        logits: [rows, labels].
        labels: whether a row has a label, [rows, labels].

    Returns:
        Indices into `LOG_ODDS` [labels], and micro F1.
    """
    predicted = logits[None] >= LOG_ODDS[:, None, None]  # [tried, rows, labels]
    found, right = predicted.sum(axis=1), (predicted & labels).sum(axis=1)  # [tried, labels]
    total = labels.sum()

    def f1(right: Any, found: Any) -> Any:
        return 2 * right / np.maximum(found + total, 1)

    centre = len(LOG_ODDS) // 2
    offsets = abs(LOG_ODDS) * 1e-6  # of equal ones the one nearest to 0.5
    common = int(np.argmax(f1(right.sum(axis=1), found.sum(axis=1)) - offsets))
    common = common if total else centre
    chosen = np.full(labels.shape[1], common)
    cost = abs(LOG_ODDS - LOG_ODDS[common]) / (total + 1)
    places = np.arange(len(chosen))
    for _ in range(SWEEPS):
        before = chosen.copy()
        for label in places:
            others = places != label
            rest = [counts[chosen[others], places[others]].sum() for counts in (right, found)]
            scores = f1(rest[0] + right[:, label], rest[1] + found[:, label])
            chosen[label] = np.argmax(scores - cost)
        if np.array_equal(before, chosen):
            break
    sums = [counts[chosen, places].sum() for counts in (right, found)]
    return chosen, float(f1(*sums))
