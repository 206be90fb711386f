"""Explanations of the tags of tokens and of spans."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.errors import InputError
from seqtasks.explanations.explanation import Explanation, WordContribution
from seqtasks.explanations.integrated_gradients import integrated_gradients, takes_presence
from seqtasks.explanations.labels import log_odds
from seqtasks.predictors import SERVING

MAX_WORDS = 512  # the work grows with their square
CELLS = 4_000_000  # rows * words * tags that the CRF takes at a time


@dataclass(frozen=True)
class Target:
    """Tag of one token to explain; the least certain token of a span stands for the span."""

    label: str
    start: int
    end: int
    step: int
    tag: int


def explain_tags(
    source: Any, text: str, columns: Sequence[str], label: str | None, *, tokens: bool
) -> tuple[Explanation, ...]:
    """Why spans, or tokens where tags do not mark spans, have their tags.

    A word is left out by blanking it: what the networks read of it becomes zeros, so that the
    tokens stay where they are, and the own word of a tag has a contribution too.

    Args:
        source: `seqtasks.explanations.explain.Explained`.
        text: as valid UTF-8; tokens joined by single spaces, where `tokens`.
        columns: the values of each further column, joined likewise.
        label: type of spans, or tag, that is explained; None for all.
        tokens: whether the text is not to be cut into words.

    Raises:
        InputError: more than `MAX_WORDS` words, or a model that takes no `presence`.
    """
    if not takes_presence(source.model):
        raise InputError(
            f"{source}: expected a model whose `call` takes `presence`, as "
            "`seqtasks.models.RecurrentTagger` does, found none. Without it nothing is explained."
        )
    given = {"features": tf.constant([[*columns]])} if columns else {}
    function = source.predictor.signatures["tokens" if tokens else SERVING]
    row = {k: v.numpy()[0] for k, v in function(text=tf.constant([text]), **given).items()}
    words = [word for word in row["tokens"].tolist() if word]
    if len(words) > MAX_WORDS:
        raise InputError(f"explain: expected at most {MAX_WORDS} words, found {len(words):,}.")
    if not words:
        return ()
    cut = [tf.ragged.constant([column.split(" ")]) for column in columns]
    features = source.tokenizer(tf.ragged.constant([words]), cut).to_tensor()  # [1, words, columns]
    targets = [t for t in _targets(source, row, features) if label in (None, t.label)]
    if not targets:
        return ()
    outputs = functools.partial(_log_odds, source.model, features, targets)
    contributions = integrated_gradients(outputs, len(words))  # [targets, words]
    ones = tf.ones([1, len(words)])
    whole, blank, *left = outputs(tf.concat([ones, 0 * ones, ones - tf.eye(len(words))], 0)).numpy()
    places = list(zip(row["starts"].tolist(), row["ends"].tolist(), strict=True))[: len(words)]
    whole_text = row["text"].decode()
    return tuple(
        Explanation(
            whole_text,
            target.label,
            float(whole[k]),
            tuple(
                WordContribution(
                    whole_text[start:end],
                    start,
                    end,
                    float(whole[k] - left[n][k]),
                    float(contributions[k, n]),
                )
                for n, (start, end) in enumerate(places)
            ),
            float(blank[k]),
            whole_text[target.start : target.end],
            target.start,
            target.end,
        )
        for k, target in enumerate(targets)
    )


def _targets(source: Any, row: dict[str, Any], features: tf.Tensor) -> list[Target]:
    """The spans of a sentence, each with its least certain token; else all tokens."""
    tags, probabilities = (np.asarray(value)[0] for value in source.model.decode(features))
    starts, ends = row["starts"], row["ends"]
    if "span_types" not in row:
        names = source.manifest.labels
        return [
            Target(names[tag], int(starts[n]), int(ends[n]), n, int(tag))
            for n, tag in enumerate(tags)
        ]
    sure = np.take_along_axis(probabilities, tags[:, None], axis=1)[:, 0]  # [words]
    found = []
    for kind, start, end in zip(
        row["span_types"].tolist(), row["span_starts"], row["span_ends"], strict=True
    ):
        inside = np.flatnonzero((starts >= start) & (ends <= end))
        step = int(inside[sure[inside].argmin()])
        found.append(Target(kind.decode(), int(start), int(end), step, int(tags[step])))
    return found


def _log_odds(
    model: Any, features: tf.Tensor, targets: Sequence[Target], presence: tf.Tensor
) -> tf.Tensor:
    """Log-odds of the tag of each target: presences [rows, words] -> [rows, targets]."""
    rows = tf.repeat(features, tf.shape(presence)[0], axis=0)
    emissions = model(rows, training=False, presence=presence)["logits"]
    if model.crf is None:
        every = log_odds(emissions)  # [rows, words, tags]
        return tf.stack([every[:, t.step, t.tag] for t in targets], axis=1)
    size = max(1, CELLS // (2 * int(tf.size(emissions))))
    parts = [targets[n : n + size] for n in range(0, len(targets), size)]
    likelihood: Callable = model.crf.log_likelihood
    return tf.concat([_of_chain(likelihood, emissions, part) for part in parts], axis=1)


def _of_chain(likelihood: Callable, emissions: tf.Tensor, targets: Sequence[Target]) -> tf.Tensor:
    """Log p(y_t = j) - log p(y_t ≠ j) by the CRF, [rows, targets], all in one batch."""
    rows, steps, tags = emissions.shape
    permitted = np.ones((len(targets), 2, steps, tags), bool)
    for n, target in enumerate(targets):
        permitted[n, 0, target.step] = np.arange(tags) == target.tag
        permitted[n, 1, target.step] = np.arange(tags) != target.tag
    permitted = np.repeat(permitted.reshape(-1, 1, steps, tags), rows, axis=1)
    every = tf.tile(emissions, [2 * len(targets), 1, 1])
    found = likelihood(every, permitted.reshape(-1, steps, tags))
    found = tf.reshape(found, [len(targets), 2, rows])
    return tf.transpose(found[:, 0] - found[:, 1])
