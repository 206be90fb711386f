"""Scores of translations by sacreBLEU, with the signatures of its settings."""

from __future__ import annotations

from collections.abc import Sequence

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF


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
    metrics = {"bleu": BLEU(), "bleu_lowercased": BLEU(lowercase=True), "chrf": CHRF()}
    scores: dict[str, float | str] = {}
    for name, metric in metrics.items():
        scores[name] = float(metric.corpus_score(list(predictions), [list(references)]).score)
        scores[f"{name}_signature"] = str(metric.get_signature())
    same = sum(a == b for a, b in zip(references, predictions, strict=True))
    return {**scores, "exact_match": same / len(references)}
