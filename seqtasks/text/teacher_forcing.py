"""Decoder inputs and targets of a sequence, for teacher forcing."""

from __future__ import annotations

import tensorflow as tf

from seqtasks.text.special_ids import END, PAD, START


def with_end(ids: tf.RaggedTensor) -> tf.RaggedTensor:
    """Append END to each row of ids `[batch, (time)]`."""
    return tf.concat([ids, tf.fill(tf.stack([ids.nrows(out_type=tf.int32), 1]), END)], axis=1)


def after_start(target: tf.Tensor) -> tf.Tensor:
    """Decoder inputs for `target` `[batch, time]`: START, then all but the last step."""
    start = tf.fill(tf.stack([tf.shape(target)[0], 1]), tf.cast(START, target.dtype))
    return tf.concat([start, target[:, :-1]], axis=1)


def teacher_forced(source: tf.Tensor, target: tf.Tensor, rows: int | None = None) -> tuple:
    """A batch for `fit`: ((source, decoder inputs), target, weights).

    Args:
        source: ids `[batch, source]`, padded.
        target: ids `[batch, target]`, each row with its END, padded.
        rows: pad the batch to this many rows, so that the smaller last batch of an epoch has the
            shape of the others and needs no compilation of its own; None does not pad.
    """
    if rows is not None:
        missing = [[0, rows - tf.shape(source)[0]], [0, 0]]
        source, target = (tf.pad(ids, missing, constant_values=PAD) for ids in (source, target))
    return (source, after_start(target)), target, tf.cast(target != PAD, tf.float32)
