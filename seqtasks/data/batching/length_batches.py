"""Rows of strings -> batches of padded ids, texts of like length together."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import tensorflow as tf

from seqtasks.data.batching.read_ahead import read_ahead
from seqtasks.data.streams import Row, shuffled

# Columns of strings, each `[rows]` -> columns of numbers: ragged `[rows, (time), ...]` or dense.
Encode = Callable[..., tuple[tf.RaggedTensor | tf.Tensor, ...]]


def bucket_length(length: int) -> int:
    """The padded length for sequences of `length`: 4, 8, ... 32, 40, ... 64, 80, ... 128, 160, ...

    Four lengths an octave from 16 on: at most a quarter of a batch is padding, and few distinct
    shapes are ever seen (each new one costs a compilation under XLA).
    """
    step = max(4, 1 << max(0, (length - 1).bit_length() - 3))
    return max(step, -(-length // step) * step)


def length_batches(
    rows: Iterable[Row],
    encode: Encode,
    *,
    batch_size: int,
    token_budget: int | None = None,
    pool_batches: int = 50,
    shuffle_seed: Callable[[], int] | None = None,
    row_count: int | None = None,
) -> tf.data.Dataset:
    """Batches of rows of about equal length, padded to `bucket_length`.

    Rows are taken in pools of `pool_batches * batch_size`, encoded together, sorted by length and
    cut into batches. A row's length is that of its longest ragged column.

    Args:
        rows: the stream, iterated anew for each pass.
        encode: columns of strings to columns of numbers, on whole pools. The first column of the
            result is what the model is fed, the others its targets (and sample weights).
        batch_size: rows in a batch.
        token_budget: instead, as many rows as keep rows * padded length within this (at least
            one); `batch_size` then only sets the size of a pool.
        pool_batches: batches in a pool: more waste less padding, fewer mix lengths better.
        shuffle_seed: called as each pass begins; its value decides the order of rows and of
            batches in that pass. None keeps the stream's order of pools, for evaluation.
        row_count: rows in the stream where known; else they are counted in a pass of their own,
            so that progress can be shown (not with `token_budget`: Keras will warn of it).

    Returns:
        A `tf.data.Dataset` of tuples as `encode` gives them, ragged columns dense and padded
        with 0: `[batch, time, ...]`.
    """
    pool_size = pool_batches * batch_size

    def one_pass() -> Iterator[tuple[np.ndarray, ...]]:
        seed = None if shuffle_seed is None else shuffle_seed()
        stream = iter(rows if seed is None else shuffled(rows, seed))
        while pool := list(itertools.islice(stream, pool_size)):
            columns, lengths = _encoded(encode, pool)
            batches = list(_cut(lengths, batch_size, token_budget))
            if seed is not None:
                random.Random(seed).shuffle(batches)
            for places, length in batches:
                yield tuple(_column(column, places, length) for column in columns)

    example, _ = _encoded(encode, [next(iter(rows))])
    signature = tuple(
        tf.TensorSpec([None, None, *column[0].shape[1:]], column[0].dtype)
        if isinstance(column, tuple)
        else tf.TensorSpec([None, *column.shape[1:]], column.dtype)
        for column in example
    )
    dataset = tf.data.Dataset.from_generator(one_pass, output_signature=signature)
    if token_budget is None:
        count = sum(1 for _ in rows) if row_count is None else row_count
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(-(-count // batch_size)))
    return read_ahead(dataset, 4)


def batch_count(batches: tf.data.Dataset) -> int:
    """How many batches a pass has; they are counted where that is not known beforehand."""
    known = int(batches.cardinality())
    return known if known >= 0 else sum(1 for _ in batches)


Column = np.ndarray | tuple[np.ndarray, np.ndarray]  # [rows, ...], or ragged: values, row splits


def _encoded(encode: Encode, pool: list[Row]) -> tuple[list[Column], np.ndarray]:
    """The pool's columns and its rows' lengths; encoded in chunks, as strings take much memory."""
    chunks = [
        encode(*map(tf.constant, zip(*pool[start : start + 1024], strict=True)))
        for start in range(0, len(pool), 1024)
    ]
    columns: list[Column] = []
    lengths = np.zeros(len(pool), np.int64)
    for parts in zip(*chunks, strict=True):
        column = tf.concat(parts, axis=0)
        if isinstance(column, tf.RaggedTensor):
            columns.append((column.values.numpy(), column.row_splits.numpy()))
            lengths = np.maximum(lengths, column.row_lengths().numpy())
        else:
            columns.append(column.numpy())
    return columns, lengths


def _cut(
    lengths: np.ndarray, batch_size: int, token_budget: int | None
) -> Iterator[tuple[np.ndarray, int]]:
    """Places of each batch's rows, longest batch first, with their padded length."""
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        length = bucket_length(max(1, int(lengths[order[start]])))
        size = batch_size if token_budget is None else max(1, token_budget // length)
        yield order[start : start + size], length
        start += size


def _column(column: Column, places: np.ndarray, length: int) -> np.ndarray:
    if not isinstance(column, tuple):
        return column[places]
    values, splits = column
    padded = np.zeros((len(places), length, *values.shape[1:]), values.dtype)
    for row, place in zip(padded, places, strict=True):
        row[: splits[place + 1] - splits[place]] = values[splits[place] : splits[place + 1]]
    return padded
