"""Whole-sequence inference on TensorFlow, in operations that any loader of a saved model can run.

Inside an XLA-compiled function it is one plain loop, which XLA fuses into operations that use all
cores. Elsewhere TensorFlow schedules each operation, and a product as small as that of one step
uses one core. There the units are split into two groups that run in parallel, so that each core
keeps its half of U in its cache; as few operations as possible are used, since each is one pass
through memory; four steps are unrolled in each iteration of the loop; and masked steps are not
computed: the rows are packed (`tensorflow_packing`), and each step computes only the rows that
still have one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from seqtasks.layers.kernels.dispatch import STEPS, Tensors, Weights
from seqtasks.layers.kernels.tensorflow_packing import Packing, pack

SPLIT = 256  # batch * units from which two groups of units are faster than one
TURN = 4  # steps unrolled in one iteration of the loop
# These cells read a step's row of inputs in the step before and pass it on as a loop variable:
# read in the step itself, XLA fuses the read with this arithmetic and loses the vector instructions
# (a third slower at batch 64). The other cells are faster without.
READ_AHEAD = {"gru"}


def hold(mask_t: Any, new: Tensors, old: Tensors) -> Tensors:
    """The new states where the mask is True, the old ones elsewhere."""
    if mask_t is None:
        return new
    return tuple(tf.where(mask_t, n, o) for n, o in zip(new, old, strict=True))


def array(row: Any, width: int, steps: Any) -> tf.TensorArray:
    """A TensorArray of `steps` rows [batch, width], with the batch size and type of `row`."""
    return tf.TensorArray(row.dtype, size=steps, element_shape=[row.shape[0], width])


def _slices(weights: Weights, parts: int) -> list[Weights]:
    """The weights of each of `parts` equal groups of units; h stays whole."""
    units = weights.recurrent_kernel.shape[0]

    def cut(tensor: Any) -> list:
        if tensor is None or parts == 1:
            return [tensor] * parts
        gates, width = tensor.shape[-1] // units, units // parts
        by_gate = tf.reshape(tensor, [*tensor.shape[:-1], gates, parts, width])
        return [
            tf.reshape(by_gate[..., n, :], [*tensor.shape[:-1], gates * width])
            for n in range(parts)
        ]

    return [Weights(*of_part) for of_part in zip(*map(cut, weights), strict=True)]


def _lstm(x: Any, recurrent: Any, states: Tensors) -> Tensors:
    """As in `STEPS`, in as few operations as possible: each is one pass through memory."""
    i, f, g, o = tf.split(x + recurrent, 4, axis=-1)
    c = tf.sigmoid(f) * states[1] + tf.sigmoid(i) * tf.tanh(g)
    return tf.sigmoid(o) * tf.tanh(c), c


def _gru(x: Any, recurrent: Any, states: Tensors) -> Tensors:
    double = 2 * states[0].shape[-1]
    z, r = tf.split(tf.sigmoid(x[:, :double] + recurrent[:, :double]), 2, axis=-1)
    candidate = tf.tanh(x[:, double:] + r * recurrent[:, double:])
    return (candidate + z * (states[0] - candidate),)


PLAIN = {"lstm": _lstm, "gru": _gru}


def _product(x: Any, kernel: Any, bias: Any) -> Any:
    """Rows [n, size] times a kernel, plus a bias, which TensorFlow fuses into one operation."""
    product = tf.matmul(x, kernel)
    return product if bias is None else tf.nn.bias_add(product, bias)


def _project(x: Any, slices: list[Weights], bias: bool) -> list:
    """The products x W + b of each group: [..., features] -> [..., gates]."""
    lead = [size or tf.shape(x)[n] for n, size in enumerate(x.shape[:-1])]
    flat = tf.reshape(x, [-1, x.shape[-1]])
    projected = [_product(flat, s.kernel, s.bias if bias else None) for s in slices]
    return [tf.reshape(p, [*lead, p.shape[1]]) for p in projected]


def _whole(groups: tuple, n: int = 0) -> Any:
    """The n-th state of all units."""
    return groups[0][n] if len(groups) == 1 else tf.concat([group[n] for group in groups], 1)


def _loop(
    step: Callable,
    read: Callable,
    ahead: bool,
    turns: tuple[int, ...],
    groups: tuple,
    steps: Any,
    packing: Packing | None,
) -> tuple[Any, tuple]:
    """The loop: h of every step [time, batch, units], and the final states of each group.

    With a packing, h of the rows that have that step, [real steps, units].

    Args:
        step: (t, rows, h before, states of each group) -> states of each group; with a packing,
            t is a `Step` of it.
        read: t -> the rows of x W that `step` needs.
        ahead: whether to read them in the step before.
        turns: steps unrolled in an iteration, for each of several consecutive loops; the last is 1.
        groups: the states of each group before the first step.
        steps: how many.
        packing: which rows have which step, or None for all.
    """

    def turn(t: Any, rows: Tensors, groups: tuple, outputs: Any, length: int) -> tuple:
        h = _whole(groups)
        for k in range(length):
            now = t + k if k else t
            here = packing.step(now) if packing else now
            groups = step(here, rows or read(here), h, groups)
            h = _whole(groups)
            outputs = outputs.write(now, here.begun((h,))[0] if packing else h)
        return t + length, rows and read(tf.minimum(t + 1, steps - 1)), groups, outputs

    h = _whole(groups)
    room = packing.array(h) if packing else array(h, h.shape[1], steps)
    loop = (tf.constant(0), read(0) if ahead else (), groups, room)
    for length in turns:
        loop = tf.while_loop(
            lambda t, *_, length=length: t + length <= steps,
            functools.partial(turn, length=length),
            loop,
        )
    _, _, groups, outputs = loop
    return outputs.concat() if packing else outputs.stack(), groups


def infer(
    name: str, inputs: Any, states: Tensors, mask: Any, weights: Weights
) -> tuple[Any, Tensors]:
    """As `seqtasks.layers.kernels.dispatch.scan`."""
    jit = tf.__internal__.get_enclosing_xla_context() is not None
    if jit or mask is None:
        return _infer(name, inputs, states, mask, weights, jit)
    # One text alone needs no packing, which is most of the work then.
    alone = (tf.shape(mask)[0] == 1) & tf.reduce_all(mask)
    outputs, last = tf.cond(
        alone,
        lambda: _infer(name, inputs, states, None, weights, jit, parts=1),
        lambda: _infer(name, inputs, states, mask, weights, jit),
    )
    outputs = tf.ensure_shape(outputs, [*inputs.shape[:2], weights.recurrent_kernel.shape[0]])
    return outputs, tuple(map(tf.ensure_shape, last, (state.shape for state in states)))


def _infer(
    name: str,
    inputs: Any,
    states: Tensors,
    mask: Any,
    weights: Weights,
    jit: bool,
    parts: int | None = None,
) -> tuple[Any, Tensors]:
    """As `infer`, in so many groups of units (None: as many as pay), packed if there is a mask."""
    units = weights.recurrent_kernel.shape[0]
    if parts is None:
        small = (inputs.shape[0] or SPLIT) * units < SPLIT
        parts = 1 if jit or tf.executing_eagerly() or small or units % 2 else 2
    slices = _slices(weights, parts)
    late = jit and weights.bias is not None  # in the loop XLA adds the bias at no cost
    packing = None if jit or mask is None else pack(mask)
    x = packing.rows(inputs) if packing else tf.transpose(inputs, [1, 0, 2])
    projected = _project(x, slices, not late)
    states = packing.sort(states) if packing else states
    steps = packing.steps if packing else x.shape[0] or tf.shape(x)[0]
    mask = None if mask is None else tf.transpose(mask)

    def by_step(*of_step: Any) -> Tensors:
        return STEPS[name].forward(*of_step)[0]

    arithmetic = by_step if jit else PLAIN.get(name, by_step)

    def read(t: Any) -> tuple:
        if packing:
            return tuple(map(t.of, projected))
        # As `group[t]`, in one operation, which XLA does not turn into a slice.
        rows = tuple(
            group[t] if jit else tf.raw_ops.Gather(params=group, indices=t) for group in projected
        )
        return tuple(map(tf.add, rows, (s.bias for s in slices))) if late else rows

    def step(t: Any, rows: Tensors, h: Any, groups: tuple) -> tuple:
        after = []
        for row, part, old in zip(rows, slices, groups, strict=True):
            now = t.begun((h, *old)) if packing else (h, *old)
            recurrent = _product(now[0], part.recurrent_kernel, part.recurrent_bias)
            new = arithmetic(row, recurrent, now[1:])
            if packing:
                new = t.ended(new, old)
            elif mask is not None:
                new = hold(mask[t, :, None], new, old)
            after.append(new)
        return tuple(after)

    groups = tuple(zip(*(tf.split(s, parts, axis=1) for s in states), strict=True))
    if jit:
        turns = (1,)
    elif isinstance(steps, int):
        turns = (TURN,) * (steps >= TURN) + (1,) * (steps % TURN > 0)
    else:
        turns = (TURN, 1)
    outputs, groups = _loop(step, read, jit and name in READ_AHEAD, turns, groups, steps, packing)
    last = tuple(_whole(groups, n) for n in range(len(states)))
    if packing:
        return packing.unpack(outputs, states[0]), packing.unsort(last)
    return tf.transpose(outputs, [1, 0, 2]), last
