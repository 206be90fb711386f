"""Runs a network over sequences of very different lengths, in the graph, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from seqtasks.text import padded

# What one call of the network sees at most: enough to keep the processor busy, few enough that a
# request of ten thousand long texts fits into memory.
SERVING_ROWS = 256
SERVING_STEPS = 16_384  # rows * the longest of them, unless a single row is longer


def in_length_order(
    network: Callable[[tf.Tensor], tf.Tensor],
    ids: tf.RaggedTensor,
    width: int,
    *,
    per_step: bool = False,
) -> tf.Tensor | tf.RaggedTensor:
    """Run `network` over chunks of rows of like length, each padded to its own longest.

    Args:
        network: ids `[rows, time, ...]`, padded with 0 -> float32 `[rows, width]`, or
            `[rows, time, width]`.
        ids: `[batch, (time), ...]`.
        width: of the network's output.
        per_step: whether that output has a time axis.

    Returns:
        The network's outputs in the order of `ids`: `[batch, width]`, or `[batch, (time), width]`.
    """
    order = tf.argsort(ids.row_lengths(), direction="DESCENDING", stable=True)
    ids = tf.gather(ids, order)
    lengths = tf.cast(ids.row_lengths(), tf.int32)
    rows = tf.shape(lengths)[0]

    def one_chunk(
        start: tf.Tensor, number: tf.Tensor, outputs: tf.TensorArray
    ) -> tuple[tf.Tensor, tf.Tensor, tf.TensorArray]:
        fitting = tf.maximum(1, SERVING_STEPS // tf.maximum(1, lengths[start]))
        end = tf.minimum(rows, start + tf.minimum(SERVING_ROWS, fitting))
        output = network(padded(ids[start:end]))
        if per_step:
            output = tf.boolean_mask(
                output, tf.sequence_mask(lengths[start:end], tf.shape(output)[1])
            )
        return end, number + 1, outputs.write(number, output)

    outputs = tf.TensorArray(
        tf.float32, size=1, dynamic_size=True, infer_shape=False, element_shape=[None, width]
    )
    # An empty first chunk: an empty batch has something to concatenate, the network none to run.
    outputs = outputs.write(0, tf.zeros([0, width]))
    _, _, outputs = tf.while_loop(
        lambda start, *_: start < rows, one_chunk, (0, 1, outputs), parallel_iterations=1
    )
    outputs = outputs.concat()
    if per_step:
        outputs = tf.RaggedTensor.from_row_lengths(outputs, lengths, validate=False)
    return tf.gather(outputs, tf.argsort(order))
