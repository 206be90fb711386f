"""Scoring functions of attention and their gradients, for the kernel of a decoder on TensorFlow.

Inside the loops of `tensorflow_attention` only what the next step depends on is computed; `finish`
computes the rest for all steps at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from seqtasks.layers.kernels.dispatch import Tensors


class Score(NamedTuple):
    """A scoring function of a state and the keys, and its gradient.

    Attributes:
        forward: (h [rows, units], keys, weights) -> e [rows, source].
        start: (keys, weights) -> sums, zero, and the widths of what `backward` saves of a step.
        backward: (gradient of e, h, keys, weights, sums) -> (gradient of h, values saved for
            `finish`, sums).
        finish: (gradients of e, h, saved values, each [time, rows, ...]; sums) -> gradients of the
            keys and of the weights.
    """

    forward: Callable[[Any, Any, Tensors], Any]
    start: Callable[[Any, Tensors], tuple[Tensors, tuple[int, ...]]]
    backward: Callable[[Any, Any, Any, Tensors, Tensors], tuple[Any, Tensors, Tensors]]
    finish: Callable[[Any, Any, Tensors, Tensors], tuple[Any, Tensors]]


def _additive_backward(
    d_e: Any, h: Any, keys: Any, weights: Tensors, sums: Tensors
) -> tuple[Any, Tensors, Tensors]:
    kernel, vector = weights
    hidden = tf.tanh(tf.matmul(h, kernel)[:, None] + keys)
    d_hidden = d_e[..., None] * vector[:, 0] * (1 - hidden * hidden)
    d_query = tf.reduce_sum(d_hidden, 1)
    d_vector = tf.reduce_sum(d_e[..., None] * hidden, (0, 1))
    sums = sums[0] + d_hidden, sums[1] + d_vector[:, None]
    return tf.matmul(d_query, kernel, transpose_b=True), (d_query,), sums


def outer(left: Any, right: Any) -> Any:
    """Σ_t,n left_tn ⊗ right_tn: [time, rows, a] and [time, rows, b] -> [a, b]."""
    flat = (tf.reshape(x, [-1, x.shape[-1]]) for x in (left, right))
    return tf.matmul(*flat, transpose_a=True)


def over_time(left: Any, right: Any) -> Any:
    """Σ_t left_tn ⊗ right_tn: [time, rows, a] and [time, rows, b] -> [rows, a, b]."""
    return tf.matmul(tf.transpose(left, [1, 2, 0]), tf.transpose(right, [1, 0, 2]))


SCORES = {
    "product": Score(
        lambda h, keys, weights: tf.linalg.matvec(keys, h),
        lambda keys, weights: ((), ()),
        lambda d_e, h, keys, weights, sums: (
            tf.linalg.matvec(keys, d_e, transpose_a=True),
            (),
            sums,
        ),
        lambda d_e, h, kept, sums: (over_time(d_e, h), ()),
    ),
    "additive": Score(
        lambda h, keys, weights: tf.reduce_sum(
            tf.tanh(tf.matmul(h, weights[0])[:, None] + keys) * weights[1][:, 0], -1
        ),
        lambda keys, weights: (
            (tf.zeros_like(keys), tf.zeros_like(weights[1])),
            (keys.shape[-1],),
        ),
        _additive_backward,
        lambda d_e, h, kept, sums: (sums[0], (outer(h, kept[0]), sums[1])),
    ),
}
