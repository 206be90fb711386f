"""Packed sequences on TensorFlow: the real steps of a batch, one after another.

For any mask: each row's real steps are moved to its front and the rows are sorted by their number,
so that the first `alive[t]` rows have step t. Plain operations, which any loader can run.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from seqtasks.layers.kernels.dispatch import Tensors


class Step(NamedTuple):
    """Bounds of one step, [1] each.

    Attributes:
        begin: index of its first packed row.
        end: index after its last one.
        alive: number of rows that have it.
    """

    begin: Any
    end: Any
    alive: Any

    def of(self, packed: Any) -> Any:
        """The step of a packed tensor, [alive, ...]."""
        return tf.strided_slice(packed, self.begin, self.end, [1])

    def begun(self, states: Tensors) -> Tensors:
        """The states of the rows that have the step."""
        return tuple(tf.strided_slice(s, [0], self.alive, [1]) for s in states)

    def ended(self, new: Tensors, old: Tensors) -> Tensors:
        """The new states of the rows that have the step, the old ones of the others."""

        def joined(a: Any, b: Any) -> Any:
            rest = tf.strided_slice(b, self.alive, [0], [1], end_mask=1)
            return tf.ensure_shape(tf.concat([a, rest], 0), b.shape)

        return tuple(map(joined, new, old))


class Packing(NamedTuple):
    """Positions of the m real steps of a batch of n rows.

    Attributes:
        steps: the largest number of real steps of a row, at least 1.
        alive: number of rows that have step t, [steps, 1].
        begins: index of the first packed row of step t, [steps + 1, 1].
        source: for each packed step, its index in the flattened batch [n * time], [m].
        order: rows, sorted by their number of real steps, most first, [n].
        places: for each step of the batch, the packed step whose state it has, [n, time]; m plus
            the rank of its row in `order` before the first real step.
    """

    steps: Any
    alive: Any
    begins: Any
    source: Any
    order: Any
    places: Any

    def rows(self, inputs: Any) -> Any:
        """[n, time, features] -> [m, features]."""
        return tf.gather(tf.reshape(inputs, [-1, inputs.shape[2]]), self.source)

    def sort(self, states: Tensors) -> Tensors:
        """States [n, units] in the order of the loop."""
        # The reshape makes their gradients tensors, not `IndexedSlices`.
        return tuple(tf.gather(tf.reshape(s, [-1, s.shape[1]]), self.order) for s in states)

    def unsort(self, states: Tensors) -> Tensors:
        """States in the order of the batch, from that of the loop."""
        back = tf.math.invert_permutation(self.order)
        return tuple(tf.gather(s, back) for s in states)

    def step(self, t: Any) -> Step:
        """Where step t is, read once for all that is cut by it."""
        read = tf.raw_ops.Gather  # as `tensor[t]`, in one operation
        return Step(
            read(params=self.begins, indices=t),
            read(params=self.begins, indices=t + 1),
            read(params=self.alive, indices=t),
        )

    def array(self, h: Any) -> tf.TensorArray:
        """A TensorArray for the h of each step, of the rows that have it."""
        shape = [None, h.shape[1]]
        return tf.TensorArray(h.dtype, size=self.steps, infer_shape=False, element_shape=shape)

    def unpack(self, outputs: Any, first: Any) -> Any:
        """[m, units] -> [n, time, units]; masked steps repeat the last h, at the start `first`."""
        return tf.gather(tf.concat([outputs, first], 0), self.places)


def pack(mask: Any) -> Packing:
    """The packing of a batch, from a mask [batch, time], True on real steps."""
    batch, time = mask.shape[0] or tf.shape(mask)[0], mask.shape[1] or tf.shape(mask)[1]
    seen = tf.cumsum(tf.cast(mask, tf.int32), axis=1)  # real steps up to each
    counts = tf.math.count_nonzero(mask, 1, dtype=tf.int32)
    order = tf.argsort(counts, direction="DESCENDING", stable=True)
    steps = tf.maximum(tf.reduce_max(counts), 1)
    alive = tf.math.count_nonzero(counts[None, :] > tf.range(steps)[:, None], 1, dtype=tf.int32)
    begins = tf.concat([[0], tf.cumsum(alive)], 0)
    rank = tf.math.invert_permutation(order)[:, None]
    held = tf.gather(begins, tf.maximum(seen - 1, 0)) + rank
    places = tf.where(seen > 0, held, begins[-1] + rank)
    real = tf.where(tf.reshape(mask, [batch * time]))[:, 0]
    target = tf.gather(tf.reshape(places, [batch * time]), real)
    source = tf.scatter_nd(target[:, None], tf.cast(real, tf.int32), tf.reshape(begins[-1], [1]))
    return Packing(steps, alive[:, None], begins[:, None], source, order, places)
