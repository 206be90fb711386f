"""Runs a tagging network over long texts in overlapping windows, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from seqtasks.predictors.chunks import in_length_order

# A token's tag hardly depends on what is further away than the context: of English texts of 5,000
# tokens, tagged by models of the samples, all tags were those of one pass (docs/serving.md).
WINDOW = 512  # tokens; a text that has no more is one window
CONTEXT = 64  # tokens that a window sees on each side of those it answers for


def in_windows(
    network: Callable[[tf.Tensor], tf.Tensor], ids: tf.RaggedTensor, width: int
) -> tuple[tf.RaggedTensor, tf.Tensor]:
    """Run `network` over texts, long ones in overlapping windows as further rows.

    Args:
        network: ids `[rows, time, ...]`, padded with 0 -> float32 `[rows, time, width]`.
        ids: `[batch, (time), ...]`.
        width: of the network's output.

    Returns:
        The network's outputs `[batch, (time), width]`, those of each step from the window in which
        it has context on both sides; and which steps a window begins with whose text began before,
        bool `[steps of all texts]`.
    """
    lengths = ids.row_lengths()
    stride = WINDOW - 2 * CONTEXT
    further = tf.maximum(lengths - WINDOW + stride - 1, 0) // stride  # windows after the first
    windows = further + 1
    owners = tf.repeat(tf.range(tf.size(windows)), windows)
    number = tf.ragged.range(windows).flat_values
    offset = number * stride
    size = tf.minimum(tf.gather(lengths, owners) - offset, WINDOW)
    begin = tf.gather(ids.row_splits[:-1], owners) + offset
    places = tf.ragged.range(begin, begin + size)
    pieces = places.with_flat_values(tf.gather(ids.flat_values, places.flat_values))
    found = in_length_order(network, pieces, width, per_step=True)

    later, last = number > 0, number == tf.gather(further, owners)
    rows, step = places.value_rowids(), tf.ragged.range(size).flat_values
    early = tf.gather(later, rows) & (step < CONTEXT)
    late = ~tf.gather(last, rows) & (step >= tf.gather(size, rows) - CONTEXT)
    kept = tf.where(~(early | late))[:, 0]
    seams = tf.gather(later, rows) & (step == CONTEXT)
    return ids.with_flat_values(tf.gather(found.flat_values, kept)), tf.gather(seams, kept)
