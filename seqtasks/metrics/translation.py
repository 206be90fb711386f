"""Scores of translations by sacreBLEU, with the signatures of its settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF


def _metrics() -> dict[str, Any]:
    return {"bleu": BLEU(), "bleu_lowercased": BLEU(lowercase=True), "chrf": CHRF()}


def translation_scores(
    references: Sequence[str], predictions: Sequence[str]
) -> dict[str, float | str]:
    """Corpus scores from 0 to 100, and their signatures.

    Args:
        references: one reference translation of each sentence.
        predictions: the translations to score, in the same order.

    Returns:
        `bleu`; `bleu_lowercased`, of lower-cased references and predictions; `chrf` (chrF2); the
        signature of each as `NAME_signature`; and `exact_match`, the fraction of predictions that
        equal their reference.

    Raises:
        ValueError: the lists differ in length or are empty.
    """
    if len(references) != len(predictions) or not references:
        raise ValueError(
            "Expected one prediction for each of at least one reference. "
            f"Received {len(references)} references and {len(predictions)} predictions."
        )
    metrics = _metrics()
    scores: dict[str, float | str] = {}
    for name, metric in metrics.items():
        scores[name] = float(metric.corpus_score(list(predictions), [list(references)]).score)
        scores[f"{name}_signature"] = str(metric.get_signature())
    same = sum(a == b for a, b in zip(references, predictions, strict=True))
    return {**scores, "exact_match": same / len(references)}


def sentence_chrf(references: Sequence[str], predictions: Sequence[str]) -> list[float]:
    """chrF2 of each translation, from 0 to 100."""
    metric = CHRF()
    pairs = zip(predictions, references, strict=True)
    return [float(metric.sentence_score(guess, [true]).score) for guess, true in pairs]


def sentence_statistics(
    references: Sequence[str], predictions: Sequence[str]
) -> tuple[np.ndarray, Callable[[np.ndarray], dict[str, np.ndarray]]]:
    """What `translation_scores` sums over sentences: sacreBLEU's n-gram counts.

    Args:
        references: one reference translation of each sentence.
        predictions: the translations, in the same order.

    Returns:
        Statistics, float64 `[sentences, statistics]`, and a function from sums of them,
        `[..., statistics]`, to the scores, `[...]` by name.
    """
    metrics = _metrics()
    parts = [  # the methods by which `sacrebleu.significance` resamples
        np.asarray(metric._extract_corpus_statistics(predictions, [references]), float)
        for metric in metrics.values()
    ]
    exact = [[a == b, 1] for a, b in zip(references, predictions, strict=True)]
    ends = np.cumsum([part.shape[1] for part in parts])

    def scores(sums: np.ndarray) -> dict[str, np.ndarray]:
        *columns, same = np.split(sums, ends, axis=-1)
        found = {
            name: np.apply_along_axis(
                lambda row, metric=metric: metric._compute_score_from_stats(row).score, -1, part
            )
            for (name, metric), part in zip(metrics.items(), columns, strict=True)
        }
        return {**found, "exact_match": same[..., 0] / same[..., 1]}

    return np.concatenate([*parts, np.asarray(exact, float)], axis=1), scores
