"""A decoder with input feeding over a whole sequence on TensorFlow, with custom backpropagation.

    h_t, s_t = step(p_t + a_{t-1} W_f, h_{t-1} U, s_{t-1})
    c_t = softmax(score(h_t, keys)) values      a_t = tanh([h_t, c_t] W_c + b_c)

The loops contain only what depends on the step before: the gradients of the weights and of the
memory are a few large products over all steps, after the backward loop. Both loops are compiled by
XLA, as those of `tensorflow_scan` are.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import tensorflow as tf

from seqtasks.layers.kernels.compilation import compiling
from seqtasks.layers.kernels.dispatch import STEPS, Tensors
from seqtasks.layers.kernels.tensorflow_attention_scores import SCORES, outer, over_time
from seqtasks.layers.kernels.tensorflow_inference import array
from seqtasks.layers.kernels.tensorflow_scan import compiled, earlier, gates_width, rounded
from seqtasks.layers.masked_softmax import masked_softmax

SOURCE = 16  # lengths of the memory are padded to a multiple of this, so that few are compiled


class Reader(NamedTuple):
    """Weights and memory of a decoder step.

    Attributes:
        kernel: W_f [fed, gates].
        recurrent_kernel: U [units, gates].
        recurrent_bias: b', or None.
        combine: W_c [units + features, fed].
        combine_bias: b_c.
        keys: [rows, source, size].
        values: [rows, source, features].
        scoring: weights of the scoring function.
    """

    kernel: Any
    recurrent_kernel: Any
    recurrent_bias: Any
    combine: Any
    combine_bias: Any
    keys: Any
    values: Any
    scoring: Tensors


def _forward(
    name: str, kind: str, projected: Any, first: Tensors, mask: Any, r: Reader, steps: Any
) -> tuple[Tensors, Tensors]:
    """a, states, gates, attention weights and c of all steps [time, rows, ...]; final a, states."""
    time = tf.shape(projected)[0]

    def step(x: Any, now: Tensors) -> Tensors:
        fed, *states = now
        x = x + tf.matmul(fed, r.kernel)
        u = tf.matmul(states[0], r.recurrent_kernel)
        u = u if r.recurrent_bias is None else u + r.recurrent_bias
        states, gates = STEPS[name].forward(x, u, tuple(states))
        alphas = masked_softmax(SCORES[kind].forward(states[0], r.keys, r.scoring), mask)
        c = tf.linalg.matvec(r.values, alphas, transpose_a=True)
        read = tf.matmul(tf.concat([states[0], c], -1), r.combine)
        return tf.tanh(read + r.combine_bias), *states, gates, alphas, c

    def body(t: Any, now: Tensors, saved: Tensors) -> tuple:
        new = step(projected[t], now)
        return t + 1, new[: len(now)], tuple(a.write(t, x) for a, x in zip(saved, new, strict=True))

    widths = [x.shape[-1] for x in (*first, mask, r.values)]
    widths.insert(len(first), gates_width(name, first[1].shape[-1]))
    loop = (tf.constant(0), first, tuple(array(first[0], width, time) for width in widths))
    _, last, saved = tf.while_loop(lambda t, *_: t < steps, body, loop)
    return tuple(a.stack() for a in saved), last


def _backward(
    name: str, kind: str, gradients: Tensors, saved: Tensors, first: Tensors, r: Reader, steps: Any
) -> tuple[Tensors, Tensors, Tensors]:
    """Gradients of the first a and states; sums of the score; values of each step (`_products`)."""
    score = SCORES[kind]
    d_outputs, *d_last = gradients
    outputs, *history = saved[: len(first)]
    gates, alphas, _ = saved[len(first) :]
    before = tuple(map(earlier, first[1:], history))
    units, time = history[0].shape[-1], tf.shape(outputs)[0]

    def body(t: Any, d_now: Tensors, sums: Tensors, kept: Tensors) -> tuple:
        d_fed, d_h, *rest = d_now
        d_read = (d_outputs[t] + d_fed) * (1 - outputs[t] * outputs[t])
        d_both = tf.matmul(d_read, r.combine, transpose_b=True)
        d_alphas = tf.linalg.matvec(r.values, d_both[:, units:])
        d_e = alphas[t] * (d_alphas - tf.reduce_sum(alphas[t] * d_alphas, -1, keepdims=True))
        d_more, for_later, sums = score.backward(d_e, history[0][t], r.keys, r.scoring, sums)
        d_new = (d_h + d_both[:, :units] + d_more, *rest)
        old, new = tuple(b[t] for b in before), tuple(h[t] for h in history)
        dx, du, d_old = STEPS[name].backward(d_new, gates[t], old, new)
        d_h = d_old[0] + tf.matmul(du, r.recurrent_kernel, transpose_b=True)
        d_fed = tf.matmul(dx, r.kernel, transpose_b=True)
        found = (dx, du, d_read, d_e, *for_later)
        kept = tuple(a.write(t, x) for a, x in zip(kept, found, strict=True))
        return t - 1, (d_fed, d_h, *d_old[1:]), sums, kept

    sums, more = score.start(r.keys, r.scoring)
    widths = [*[r.kernel.shape[1]] * 2, outputs.shape[-1], alphas.shape[-1], *more]
    arrays = tuple(array(first[0], width, time) for width in widths)
    loop = (steps - 1, tuple(d_last), sums, arrays)
    _, d_first, sums, arrays = tf.while_loop(lambda t, *_: t >= 0, body, loop)
    return d_first, sums, tuple(a.stack() for a in arrays)


def _products(
    kind: str, saved: Tensors, sums: Tensors, kept: Tensors, first: Tensors, r: Reader
) -> Reader:
    """Gradients of the reader, from what both loops saved of each real step."""
    outputs, h = saved[:2]
    _, alphas, contexts = saved[len(first) :]
    dx, du, d_read, d_e, *rest = kept
    d_keys, d_scoring = SCORES[kind].finish(d_e, h, tuple(rest), sums)
    d_context = tf.einsum("tnf,cf->tnc", d_read, r.combine[h.shape[-1] :])
    return Reader(
        outer(earlier(first[0], outputs), dx),
        outer(earlier(first[1], h), du),
        None if r.recurrent_bias is None else tf.reduce_sum(du, (0, 1)),
        outer(tf.concat([h, contexts], -1), d_read),
        tf.reduce_sum(d_read, (0, 1)),
        d_keys,
        over_time(alphas, d_context),
        d_scoring,
    )


def scan(
    name: str, kind: str, projected: Any, first: Tensors, mask: Any, reader: Reader
) -> tuple[Any, Tensors]:
    """A decoder with input feeding over a whole sequence.

    Args:
        name: name of the cell, one of `seqtasks.layers.kernels.dispatch.STEPS`.
        kind: name of the scoring function, one of `SCORES`.
        projected: p [time, rows, gates].
        first: a [rows, fed] and the cell's states before the first step.
        mask: mask of the memory, float [rows, source].
        reader: weights and memory.

    Returns:
        a of each step [time, rows, fed]; the final a and states.
    """
    steps = tf.shape(projected)[0]
    varies = projected.shape[0] is None or not tf.inside_function()
    projected = rounded(projected, varies)
    mask, keys, values = (
        rounded(x, varies, axis=1, multiple=SOURCE) for x in (mask, reader.keys, reader.values)
    )
    reader = reader._replace(keys=keys, values=values)
    has_bias = reader.recurrent_bias is not None
    without = tf.zeros([0], projected.dtype)  # None cannot be differentiated
    given = reader if has_bias else reader._replace(recurrent_bias=without)
    flat = map(tf.convert_to_tensor, tf.nest.flatten(given))
    mask = tf.stop_gradient(mask)
    prepare = compiled if compiling() else functools.partial

    @tf.custom_gradient
    def recurrence(projected: Any, *rest: Any) -> tuple:
        projected, *rest = map(tf.stop_gradient, (projected, *rest))
        start, r = tuple(rest[: len(first)]), tf.nest.pack_sequence_as(given, rest[len(first) :])
        r = r if has_bias else r._replace(recurrent_bias=None)
        saved, last = prepare(_forward, name, kind)(projected, start, mask, r, steps)

        def gradient(*d_outputs: Any) -> tuple:
            d_first, sums, kept = prepare(_backward, name, kind)(d_outputs, saved, start, r, steps)
            real = [tuple(x[:steps] for x in each) for each in (saved, kept)]
            d_reader = _products(kind, real[0], sums, real[1], start, r)
            if not has_bias:
                d_reader = d_reader._replace(recurrent_bias=without)
            return kept[0], *d_first, *tf.nest.flatten(d_reader)

        return (saved[0], *last), gradient

    outputs, *last = recurrence(projected, *first, *flat)
    return outputs[:steps], last
