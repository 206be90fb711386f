"""Ids of a target sequence: what a decoder is fed and what it is to give."""

from __future__ import annotations

import tensorflow as tf

from seqtasks.text.special_ids import END, PAD, START


def with_end(ids: tf.RaggedTensor) -> tf.RaggedTensor:
    """Ids `[batch, (time)]`, each row with END after it."""
    return tf.concat([ids, tf.fill(tf.stack([ids.nrows(out_type=tf.int32), 1]), END)], axis=1)


def after_start(target: tf.Tensor) -> tf.Tensor:
    """What a decoder is fed to give `target` `[batch, time]`: START, then all but its last step."""
    start = tf.fill(tf.stack([tf.shape(target)[0], 1]), tf.cast(START, target.dtype))
    return tf.concat([start, target[:, :-1]], axis=1)


def teacher_forced(source: tf.Tensor, target: tf.Tensor, rows: int | None = None) -> tuple:
    """A batch as `fit` wants it: ((source, what the decoder is fed), target, weights).

    Args:
        source: ids `[batch, source]`, padded.
        target: ids `[batch, target]`, each row with its END, padded.
        rows: fill the batch up to so many rows with padding, so that the last and smaller one of a
            pass has the shape of the others and nothing is compiled for it; None leaves it.
    """
    if rows is not None:
        missing = [[0, rows - tf.shape(source)[0]], [0, 0]]
        source, target = (tf.pad(ids, missing, constant_values=PAD) for ids in (source, target))
    return (source, after_start(target)), target, tf.cast(target != PAD, tf.float32)
