"""Scores of translations, by sacreBLEU, with the signatures that say how they were made."""

from __future__ import annotations

from collections.abc import Sequence

from sacrebleu.metrics import BLEU, CHRF


def translation_scores(
    references: Sequence[str], predictions: Sequence[str]
) -> dict[str, float | str]:
    """Corpus scores from 0 to 100, and their signatures.

    Args:
        references: one right translation each.
        predictions: the translations to be scored, in the same order.

    Returns:
        `bleu`; `bleu_lowercased`, both sides lower-cased; `chrf` (chrF2); and each one's signature
        under `NAME_signature`. And `exact_match`, the share of predictions that are the reference.

    Raises:
        ValueError: not as many predictions as references, or none.
    """
    if len(references) != len(predictions) or not references:
        raise ValueError(
            f"Expected as many predictions as references, and some. Received {len(predictions)} "
            f"and {len(references)}."
        )
    metrics = {"bleu": BLEU(), "bleu_lowercased": BLEU(lowercase=True), "chrf": CHRF()}
    scores: dict[str, float | str] = {}
    for name, metric in metrics.items():
        scores[name] = float(metric.corpus_score(list(predictions), [list(references)]).score)
        scores[f"{name}_signature"] = str(metric.get_signature())
    same = sum(a == b for a, b in zip(references, predictions, strict=True))
    return {**scores, "exact_match": same / len(references)}
