"""Scores of tagged sequences: span F1 as conlleval computes it, and token accuracy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from typing import Any

from seqtasks.text.bio import spans_of

Sequences = Sequence[Sequence[str]]


def _pairs(references: Sequences, others: Sequences, name: str) -> Iterator[tuple]:
    """Pairs of sequences, after a check of their number and lengths."""
    if len(references) != len(others):
        raise ValueError(
            f"Expected one sequence of {name} for each reference. "
            f"Received {len(references)} references and {len(others)} sequences of {name}."
        )
    for n, (reference, other) in enumerate(zip(references, others, strict=True)):
        if len(reference) != len(other):
            raise ValueError(
                f"Expected sequences of the same length. Received {len(reference)} reference tags "
                f"and {len(other)} {name} in sequence {n} (counted from 0)."
            )
        yield reference, other


def _scores(correct: int, predicted: int, support: int) -> dict[str, Any]:
    precision = correct / predicted if predicted else 0.0
    recall = correct / support if support else 0.0
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * correct / (predicted + support) if correct else 0.0,
        "correct": correct,
        "predicted": predicted,
        "support": support,
    }


def span_f1(references: Sequences, predictions: Sequences) -> dict[str, Any]:
    """Precision, recall and F1 of whole spans, as conlleval computes them.

    A span is correct if its type, start and end are. Spans are read from tags by conlleval's rule
    (`seqtasks.text.bio.spans_of`), ill-formed sequences too; BIO, IOB1 and BIOES tags may be mixed.
    `E` ends a span and `S` is one, an extension of conlleval.pl.

    Args:
        references: the true tags of each sequence.
        predictions: the predicted tags, in the same order and of the same lengths.

    Returns:
        `precision`, `recall` and `f1` as fractions of 1 (0 where there are no spans), the
        numbers of spans `correct`, `predicted` and `support` (those of the references); and
        `per_type`, all of these for each type.

    Raises:
        ValueError: lengths differ, or a tag belongs to no scheme.
    """
    correct: Counter[str] = Counter()
    predicted: Counter[str] = Counter()
    support: Counter[str] = Counter()
    for reference, prediction in _pairs(references, predictions, "predictions"):
        true, guessed = spans_of(reference, "bioes"), spans_of(prediction, "bioes")
        support.update(span.type for span in true)
        predicted.update(span.type for span in guessed)
        correct.update(span.type for span in {*true} & {*guessed})
    return {
        **_scores(correct.total(), predicted.total(), support.total()),
        "per_type": {
            name: _scores(correct[name], predicted[name], support[name])
            for name in sorted({*support, *predicted})
        },
    }


def token_scores(
    references: Sequences,
    predictions: Sequences,
    words: Sequences | None = None,
    known_words: Container[str] | None = None,
    worst: int = 10,
) -> dict[str, Any]:
    """Accuracy of tags, over all, known and unknown words, and the most frequent confusions.

    Args:
        references: the true tags of each sequence.
        predictions: the predicted tags, in the same order and of the same lengths.
        words: the words that were tagged, to split accuracy by `known_words`.
        known_words: the words of the training data.
        worst: number of confused pairs to list.

    Returns:
        `accuracy` as a fraction of 1 and the number of `tokens`; `confusions`, dicts with `true`,
        `predicted` and `count`, the most frequent first; and where words are given,
        `accuracy_known`, `accuracy_unknown` and the number of `unknown_tokens`. An accuracy over no
        tokens is 0.

    Raises:
        ValueError: lengths differ.
    """
    pairs = [
        pair
        for reference, prediction in _pairs(references, predictions, "predictions")
        for pair in zip(reference, prediction, strict=True)
    ]
    right = [true == guess for true, guess in pairs]
    confused = Counter((true, guess) for true, guess in pairs if true != guess)
    ranked = sorted(confused.items(), key=lambda item: (-item[1], item[0]))[:worst]
    scores = {
        "accuracy": sum(right) / max(len(right), 1),
        "tokens": len(right),
        "confusions": [{"true": t, "predicted": p, "count": c} for (t, p), c in ranked],
    }
    if words is None or known_words is None:
        return scores
    known = [w in known_words for _, row in _pairs(references, words, "words") for w in row]
    hits = {
        flag: [r for r, k in zip(right, known, strict=True) if k is flag] for flag in (True, False)
    }
    return {
        **scores,
        "accuracy_known": sum(hits[True]) / max(len(hits[True]), 1),
        "accuracy_unknown": sum(hits[False]) / max(len(hits[False]), 1),
        "unknown_tokens": len(hits[False]),
    }
