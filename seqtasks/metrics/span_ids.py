"""F1 of spans from ids, for many predictions at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqtasks.text.bio import span_parts


def span_tables(labels: Sequence[str]) -> tuple[list[int], list[bool], list[bool]]:
    """What the tag of each id says, by conlleval's rule (`seqtasks.text.bio`).

    Args:
        labels: the tag that each id stands for, of any tagging scheme.

    Returns:
        The number of its type (-1: no span); whether it can go on with the span of the step before;
        whether the next step can go on with its span.
    """
    parts = [span_parts(label) for label in labels]
    kinds = sorted({kind for _, kind in parts})
    return (
        [kinds.index(kind) if prefix != "O" else -1 for prefix, kind in parts],
        [prefix in "IE" for prefix, _ in parts],
        [prefix in "BI" for prefix, _ in parts],
    )


def span_f1_of_ids(
    true: np.ndarray, predicted: np.ndarray, first: np.ndarray, labels: Sequence[str]
) -> np.ndarray:
    """`span_f1` of several predictions for the same sentences.

    Args:
        true: ids of the tags of all sentences, one after the other, int `[steps]`.
        predicted: likewise, int `[predictions, steps]`.
        first: where a sentence begins, bool `[steps]`.
        labels: the tag that each id stands for, of any tagging scheme.

    Returns:
        F1 as fractions of 1, `[predictions]`; 0 where there is nothing to count.
    """
    kind_of, inside, still_open = map(np.array, span_tables(labels))
    kinds = kind_of.max() + 1

    def spans(ids: np.ndarray) -> np.ndarray:
        """At each step that a span begins at, a number that tells its end and type; else 0."""
        kind, before = kind_of[ids], np.roll(ids, 1, axis=-1)
        goes_on = inside[ids] & still_open[before] & (kind == kind_of[before]) & ~first
        steps = ids.shape[-1]
        stops = np.where(goes_on, steps, np.arange(steps))
        stops = np.minimum.accumulate(stops[..., ::-1], axis=-1)[..., ::-1]  # from here on
        ends = np.concatenate([stops[..., 1:], np.full_like(stops[..., :1], steps)], axis=-1)
        return np.where((kind >= 0) & ~goes_on, ends * kinds + kind, 0)

    expected, found = spans(true), spans(predicted)
    correct = np.count_nonzero((expected == found) & (expected > 0), axis=-1)
    count = np.count_nonzero(expected) + np.count_nonzero(found, axis=-1)
    return 2 * correct / np.maximum(count, 1)
