"""Draws ids of continuations, piece by piece, each row by a key of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import tensorflow as tf

from seqtasks.decoding import Rules, sample
from seqtasks.text import END, PAD

WINDOW = 1024  # ids drawn at a time


class Drawing(NamedTuple):
    """What the ids of each row are drawn by, each `[batch]`; see `seqtasks.decoding.sample`.

    Attributes:
        length: ids to draw.
        temperature: of the distribution.
        top_k: most probable ids to keep.
        top_p: probability to keep.
        seed: of the user.
        key: a hash of the row's text.
        first: ids drawn before.
    """

    length: tf.Tensor
    temperature: tf.Tensor
    top_k: tf.Tensor
    top_p: tf.Tensor
    seed: tf.Tensor
    key: tf.Tensor
    first: tf.Tensor


def draw(
    step: Callable,
    sizes: Sequence[int],
    rules: Rules,
    last: tf.Tensor,
    state: tf.Tensor,
    drawing: Drawing,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Draw ids until each row has its length, or has ended.

    Args:
        step: ids and states -> logits and states, of a language model.
        sizes: of its states.
        rules: constraints on the ids.
        last: the ids before, int32 `[batch]`.
        state: the states after them, concatenated, `[batch, sum of sizes]`.
        drawing: settings of each row.

    Returns:
        Ids `[batch, longest]`, PAD behind those of a shorter row; the last id of each row and its
        state then.
    """
    rows, total = tf.shape(last)[0], sum(sizes)
    longest = tf.reduce_max(tf.concat([drawing.length, [1]], 0))
    pieces = -(-longest // WINDOW)

    def held_step(ids: tf.Tensor, carried: tuple) -> tuple:
        """A step that leaves the states of a row as they are when it has its length."""
        left, *before = carried
        logits, after = step(ids, before)
        going = left[:, None] > 0
        return logits, (
            left - 1,
            *(tf.where(going, a, b) for a, b in zip(after, before, strict=True)),
        )

    def piece(
        number: tf.Tensor, last: tf.Tensor, state: tf.Tensor, over: tf.Tensor, done: tf.TensorArray
    ) -> tuple:
        left = drawing.length - number * WINDOW
        ids, (_, *states) = sample(
            held_step,
            (left, *tf.split(state, sizes, axis=-1)),
            last,
            length=tf.minimum(WINDOW, longest - number * WINDOW),
            temperature=drawing.temperature,
            top_k=drawing.top_k,
            top_p=drawing.top_p,
            seed=drawing.seed + drawing.key,
            first=drawing.first + number * WINDOW,
            rules=rules,
            return_state=True,
        )
        width = tf.shape(ids)[1]
        ids = tf.where(tf.range(width)[None] < left[:, None], ids, PAD)
        end = tf.clip_by_value(left, 1, width) - 1
        last = tf.where(left > 0, tf.gather(ids, end, axis=1, batch_dims=1), last)
        over = over | tf.reduce_any(ids == END, axis=1) | (left <= width)
        state = tf.reshape(tf.concat(states, -1), [-1, total])
        return number + 1, last, state, over, done.write(number, tf.transpose(ids))

    done = tf.TensorArray(tf.int32, size=pieces, infer_shape=False, element_shape=[None, None])
    count, last, state, _, done = tf.while_loop(
        lambda number, last, state, over, done: tf.logical_and(
            number < pieces, tf.logical_not(tf.reduce_all(over))
        ),
        piece,
        (0, last, state, last == END, done),
        parallel_iterations=1,
    )
    # Pieces that were not needed are empty.
    _, done = tf.while_loop(
        lambda number, done: number < pieces,
        lambda number, done: (number + 1, done.write(number, tf.zeros([0, rows], tf.int32))),
        (count, done),
    )
    return tf.transpose(done.concat()), last, state


def same_rows(text: tf.Tensor, **inputs: tf.Tensor) -> None:
    """Refuse inputs that have not one row for each text, by name.

    Raises:
        InvalidArgumentError: when the graph runs.
    """
    for name, value in inputs.items():
        message = f"expected one row of {name} for each text"
        tf.debugging.assert_equal(tf.shape(value)[0], tf.shape(text)[0], message)
