"""Explanations of the labels of texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops

from seqtasks.errors import InputError
from seqtasks.explanations.explanation import Explanation, WordContribution
from seqtasks.explanations.integrated_gradients import integrated_gradients, takes_presence
from seqtasks.explanations.words import Words, words_of
from seqtasks.predictors import ATTENTION, SERVING

ROWS = 256  # texts without a word that are predicted together
SMALLEST = 1e-37  # probability, above which float32 has its logarithm


def explain_labels(source: Any, text: str, label: str | None) -> tuple[Explanation, ...]:
    """Why a text has its label, or each of its labels.

    Leaving out is done to the string, and the SavedModel is asked again. Integrated gradients are
    those of the Keras model.

    Args:
        source: `seqtasks.explanations.explain.Explained`.
        text: as valid UTF-8.
        label: to explain; None for those that are predicted, and where none of several is, for the
            most probable one.

    Raises:
        InputError: no such label.
    """
    words = words_of(text, source.tokenizer)
    several = source.predictor.kind == "multilabel_classification"
    odds = _served(source, [text, *words.without()], several)  # [1 + words, labels]
    names = list(source.manifest.labels)
    chosen = _chosen(names, label, several, source, text, odds[0])
    left = odds[0] - odds[1:]  # [words, labels]
    gradients, blank = _gradients(source, words, chosen, several)
    attention = _attention(source, words)
    return tuple(
        Explanation(
            words.text,
            names[c],
            float(odds[0, c]),
            tuple(
                WordContribution(
                    words.text[start:end],
                    start,
                    end,
                    float(left[n, c]),
                    None if gradients is None else float(gradients[k, n]),
                    None if attention is None else float(attention[n]),
                )
                for n, (start, end) in enumerate(words.places)
            ),
            blank[k] if blank else None,
        )
        for k, c in enumerate(chosen)
    )


def _served(source: Any, texts: Sequence[str], several: bool) -> np.ndarray:
    """Log-odds of all labels by the SavedModel, float64 [texts, labels]."""
    serve = source.predictor.signatures[SERVING]
    parts = [texts[n : n + ROWS] for n in range(0, len(texts), ROWS)]
    found = [serve(text=tf.constant(part))["probabilities"].numpy() for part in parts]
    p = np.concatenate(found).astype(np.float64)
    others = 1 - p if several else p.sum(axis=1, keepdims=True) - p
    if not several and p.shape[1] > 1:  # summed anew: a difference has no digits left
        others = np.stack([np.delete(p, c, axis=1).sum(axis=1) for c in range(p.shape[1])], axis=1)
    smallest = 2.0**-24 if several else SMALLEST  # half of float32's distance of 1 from below
    return np.log(np.maximum(p, SMALLEST)) - np.log(np.maximum(others, smallest))


def _chosen(
    names: list[str], label: str | None, several: bool, source: Any, text: str, odds: np.ndarray
) -> list[int]:
    if label is not None:
        if label not in names:
            raise InputError(
                f"label: expected one of {', '.join(names[:20])}, found {label!r}. "
                "Choose one of these, or leave it out."
            )
        return [names.index(label)]
    if several:
        found = source.predictor.signatures[SERVING](text=tf.constant([text]))["labels"].numpy()
        if labels := [name.decode() for name in found[0] if name]:
            return [names.index(name) for name in labels]
    return [int(odds.argmax())]


def _gradients(
    source: Any, words: Words, chosen: list[int], several: bool
) -> tuple[np.ndarray | None, list[float]]:
    """Integrated gradients [labels, words], and the log-odds of the blank text."""
    if words.owners is None or not words.places or not takes_presence(source.model):
        return None, []
    ids = source.tokenizer(tf.constant([words.text])).to_tensor()  # [1, tokens]

    def outputs(presence: tf.Tensor) -> tf.Tensor:
        rows = tf.repeat(ids, tf.shape(presence)[0], axis=0)
        logits = source.model(rows, training=False, presence=presence)["logits"]
        return tf.gather(logits if several else log_odds(logits), chosen, axis=1)

    tokens = int(ids.shape[1])
    blank = outputs(tf.zeros([1, tokens]))[0].numpy().tolist()
    return words.summed(integrated_gradients(outputs, tokens)), blank


def log_odds(logits: Any) -> Any:
    """Logits of a softmax [..., labels] -> log-odds of each label against all others."""
    every = range(logits.shape[-1])
    others = [ops.take(logits, [n for n in every if n != c], axis=-1) for c in every]
    sums = ops.stack([ops.logsumexp(other, axis=-1) for other in others], axis=-1)
    return logits - sums


def _attention(source: Any, words: Words) -> np.ndarray | None:
    """The weight of each word in pooling by attention, [words]."""
    if ATTENTION not in source.predictor.signatures or words.owners is None or not words.places:
        return None
    found = source.predictor.signatures[ATTENTION](text=tf.constant([words.text]))
    return words.summed(found["attention"].numpy()[0])
