"""Synthetic problems on which memory over many steps can be measured."""

from __future__ import annotations

import numpy as np


def adding(rng: np.random.Generator, batch: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """The adding problem: the sum of the two marked ones of `length` random numbers.

    One mark lies in the first half, one in the second. Who always answers 1 has a mean squared
    error of 1/6.

    Args:
        rng: source of the numbers.
        batch: number of sequences.
        length: steps of each, at least 2.

    Returns:
        float32 [batch, length, 2], numbers in [0, 1) and marks 0 or 1; sums float32 [batch, 1].

    Reference:
        Hochreiter and Schmidhuber, Long short-term memory, 1997, experiment 4, in the form of Le et
        al., arXiv:1504.00941.
    """
    numbers = rng.random((batch, length))
    marks = np.zeros((batch, length))
    rows = np.arange(batch)
    marks[rows, rng.integers(0, length // 2, batch)] = 1
    marks[rows, rng.integers(length // 2, length, batch)] = 1
    sums = (numbers * marks).sum(axis=1, keepdims=True)
    return np.stack([numbers, marks], axis=-1).astype("float32"), sums.astype("float32")
