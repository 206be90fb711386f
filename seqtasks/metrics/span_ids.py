"""Span F1 from ids of tags, for many predictions at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqtasks.text.bio import continuation_table, span_type_numbers


def span_f1_of_ids(
    true: np.ndarray, predicted: np.ndarray, first: np.ndarray, labels: Sequence[str]
) -> np.ndarray:
    """`span_f1` of several predictions for the same sentences.

    Args:
        true: ids of the tags of all sentences, concatenated, int `[steps]`.
        predicted: likewise, int `[predictions, steps]`.
        first: whether a step is the first of its sentence, bool `[steps]`.
        labels: the tag of each id, of any tagging scheme.

    Returns:
        F1 as fractions of 1, `[predictions]`; 0 where there are no spans.
    """
    table, types = np.array(continuation_table(labels)), np.array(span_type_numbers(labels))

    def spans(ids: np.ndarray) -> np.ndarray:
        """At the first step of each span a code of its end and type; 0 elsewhere."""
        continued = table[np.roll(ids, 1, axis=-1), ids] & ~first
        steps = ids.shape[-1]
        stops = np.where(continued, steps, np.arange(steps))
        stops = np.minimum.accumulate(stops[..., ::-1], axis=-1)[..., ::-1]  # from here on
        ends = np.concatenate([stops[..., 1:], np.full_like(stops[..., :1], steps)], axis=-1)
        span_type = types[ids]
        codes = ends * (types.max() + 1) + span_type
        return np.where((span_type >= 0) & ~continued, codes, 0)

    expected, found = spans(true), spans(predicted)
    correct = np.count_nonzero((expected == found) & (expected > 0), axis=-1)
    count = np.count_nonzero(expected) + np.count_nonzero(found, axis=-1)
    return 2 * correct / np.maximum(count, 1)
