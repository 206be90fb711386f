"""Running text as ids on disk, and contiguous batches for truncated backpropagation through time.

    t: a b c d e f g h i j k l m     two rows, windows of three:    inputs  a b c | d e f
                                                                            g h i | j k l
                                                                    targets b c d | e f g
                                                                            h i j | k l m

Each row of a batch goes on where the same row of the batch before ended, so a model that carries
its state from batch to batch reads whole documents, while gradients reach back one window.
"""

from __future__ import annotations

import heapq
import os
import random
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import tensorflow as tf

from seqtasks.data.batching.read_ahead import read_ahead
from seqtasks.errors import InputError
from seqtasks.text.special_ids import END, PAD, START

Position = tuple[int, int, bool]  # first id of a window, targets in it, whether a document begins


class TokenFile:
    """Documents as ids in one temporary file, in constant memory.

    Each document lies between START and END; the file is deleted with the object.

    Args:
        pieces: pieces of text, and whether each begins a document.
        encode: pieces to ids, int `[n]` each; runs on a few pieces at a time.
        vocabulary_size: ids are smaller than this.

    Attributes:
        borders: where each document's START is, and the end of all; int64 [documents + 1].
    """

    def __init__(
        self,
        pieces: Iterable[tuple[str, bool]],
        encode: Callable[[list[str]], list[np.ndarray]],
        vocabulary_size: int,
    ) -> None:
        self.dtype = np.dtype(np.uint16 if vocabulary_size <= 1 << 16 else np.int32)
        self.file = tempfile.TemporaryFile()
        weakref.finalize(self, self.file.close)
        self.size = 0
        borders: list[int] = []
        for group in _groups(pieces):
            for ids, (_, begins) in zip(encode([text for text, _ in group]), group, strict=True):
                if begins:
                    if borders:
                        self._append([END])
                    borders.append(self.size)
                    self._append([START])
                self._append(ids)
        if borders:
            self._append([END])
        self.file.flush()
        self.borders = np.array([*borders, self.size], np.int64)

    def _append(self, ids: Iterable[int]) -> None:
        array = np.asarray(ids, self.dtype)
        self.file.write(array.tobytes())
        self.size += len(array)

    def __len__(self) -> int:
        """Ids in the file, START and END included."""
        return self.size

    def read(self, start: int, count: int) -> np.ndarray:
        """Ids `[count]` from place `start` on, int32."""
        width = self.dtype.itemsize
        data = os.pread(self.file.fileno(), count * width, start * width)
        return np.frombuffer(data, self.dtype).astype(np.int32)


def _groups(pieces: Iterable[tuple[str, bool]]) -> Iterator[list[tuple[str, bool]]]:
    """Pieces of about a million characters together."""
    group: list[tuple[str, bool]] = []
    characters = 0
    for piece in pieces:
        group.append(piece)
        characters += len(piece[0])
        if characters > 1_000_000:
            yield group
            group, characters = [], 0
    if group:
        yield group


def contiguous_batches(
    tokens: TokenFile,
    *,
    rows: int,
    steps: int,
    windows: int | None = None,
    vary_steps: bool = False,
    seed: int | None = None,
    done: Callable[[], int] = lambda: 0,
    with_begins: bool = True,
) -> tf.data.Dataset:
    """Batches of windows in which each row goes on where it ended in the batch before.

    A row reads one stretch of text after another; a document is one stretch, or several where it is
    longer than its share of a row. Windows end with the stretch: the rest of the row is padded.

    Args:
        tokens: the text.
        rows: stretches read side by side.
        steps: ids in a window (the length of truncated backpropagation).
        windows: of the dataset; None is one pass over the text.
        vary_steps: draw the length of each window from 3/4, 1 and 5/4 of `steps`, so that its ends
            fall elsewhere in each pass.
        seed: of the order of stretches, anew in each pass; None keeps the text's own, for
            evaluation.
        done: called as iteration begins: how many batches of this endless series were read before.
            `lambda: int(optimizer.iterations)` resumes and continues where training is.
        with_begins: give `begins` too; without it the batches suit any stateful Keras layer
            (reset its states between epochs).

    Returns:
        A dataset of `(inputs, targets, weights)`: ids int32 `[rows, steps]`, targets alike (the
        next ids), weights float32 `[rows, steps]`, 0 on padding. With `with_begins`, inputs are a
        pair `(ids, begins)`: `begins` bool `[rows]` is True where a row takes up a new stretch:
        states carried over must be forgotten. A stretch that begins inside a document has START as
        its first input.

    Raises:
        InputError: the text is too short for one window in every row.

    Reference:
        Williams and Peng, An efficient gradient-based algorithm for on-line training of recurrent
        network trajectories, 1990; random window lengths: Merity et al., arXiv:1708.02182.
    """
    stretches = _stretches(tokens.borders, rows, steps)
    count = _windows_of_a_pass(stretches, rows, steps) if windows is None else windows

    def one_pass() -> Iterator[tuple]:
        plan = _plan(stretches, rows, steps, seed, vary_steps, done())
        for _ in range(count):
            yield _batch(tokens, *next(plan), with_begins)

    ids = tf.TensorSpec([rows, None], tf.int32)
    inputs = (ids, tf.TensorSpec([rows], tf.bool)) if with_begins else ids
    signature = (inputs, ids, tf.TensorSpec([rows, None], tf.float32))
    dataset = tf.data.Dataset.from_generator(one_pass, output_signature=signature)
    if not vary_steps:

        def fixed(inputs: object, targets: tf.Tensor, weights: tf.Tensor) -> tuple:
            def of_known_shape(x: tf.Tensor) -> tf.Tensor:
                return tf.ensure_shape(x, [rows] if x.shape.rank == 1 else [rows, steps])

            return tf.nest.map_structure(of_known_shape, (inputs, targets, weights))

        dataset = dataset.map(fixed)
    return read_ahead(dataset.apply(tf.data.experimental.assert_cardinality(count)), 8)


def _stretches(borders: np.ndarray, rows: int, steps: int) -> np.ndarray:
    """`[n, 2]`: first id and number of targets of each; none much longer than a row's share."""
    targets = np.diff(borders) - 1  # START c c c END: each id but START is a target
    share = -(-int(targets.sum()) // rows)
    share = max(steps, -(-share // steps) * steps)  # whole windows
    stretches = [
        (start + offset, min(share, int(count) - offset))
        for start, count in zip(borders[:-1].tolist(), targets, strict=True)
        for offset in range(0, int(count), share)
    ]
    if sum(count for _, count in stretches) < rows * steps:
        raise InputError(
            f"the text is too short: expected at least {rows * steps:,} tokens, one window of "
            f"{steps} in each of {rows} rows; found {int(targets.sum()):,}. Give more text, or a "
            "smaller --batch-size or --bptt."
        )
    return np.array(stretches, np.int64)


def _windows_of_a_pass(stretches: np.ndarray, rows: int, steps: int) -> int:
    """Batches until every stretch is read, each by the row that is free first."""
    free = [0] * rows
    for _, count in stretches:
        heapq.heapreplace(free, free[0] + -(-int(count) // steps))
    return max(free)


def _plan(
    stretches: np.ndarray, rows: int, steps: int, seed: int | None, vary: bool, done: int
) -> Iterator[tuple[int, list[Position]]]:
    """The length of each window and where every row reads in it, after `done` of them."""
    rng = random.Random(seed)

    def queue() -> Iterator[tuple[int, int]]:
        order = list(range(len(stretches)))
        if seed is None:  # once; what is left of the last windows is padding
            yield from stretches.tolist()
        while seed is not None:
            rng.shuffle(order)
            yield from (stretches[i].tolist() for i in order)

    coming = queue()
    places, left = [0] * rows, [0] * rows
    lengths: list[int] = []
    number = 0
    while True:
        if not lengths:
            quarter = steps // 4 if vary else 0
            lengths = [steps - quarter, steps, steps, steps + quarter]
            rng.shuffle(lengths)
        length = lengths.pop()
        positions = []
        for row in range(rows):
            begins = left[row] == 0
            if begins:
                places[row], left[row] = next(coming, (0, 0))
            count = min(length, left[row])
            positions.append((places[row], count, begins))
            places[row], left[row] = places[row] + count, left[row] - count
        if number >= done:
            yield length, positions
        number += 1


def _batch(tokens: TokenFile, length: int, positions: list[Position], with_begins: bool) -> tuple:
    ids = np.full((len(positions), length + 1), PAD, np.int32)
    weights = np.zeros((len(positions), length), np.float32)
    for row, (start, count, begins) in enumerate(positions):
        ids[row, : count + 1] = tokens.read(start, count + 1)
        weights[row, :count] = 1
        if begins:
            ids[row, 0] = START
    inputs = ids[:, :-1] * (weights > 0)
    targets = ids[:, 1:]
    begins = np.array([begins for *_, begins in positions])
    return (inputs, begins) if with_begins else inputs, targets, weights
