"""Short rows first: the longer ones join in as the training goes on."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator

from seqtasks.data.streams import Row, Stream


class Curriculum:
    """The rows of a stream of which at first only the shortest are given, as often as it takes.

    Each pass gives as many rows as the stream has: those among the shortest share of it, again and
    again.

    Args:
        rows: the stream.
        share: called as each pass begins; the share of the rows, the shortest, to draw from.
    """

    def __init__(self, rows: Stream, share: Callable[[], float]) -> None:
        self.rows, self.share = rows, share
        self._counts = Counter(map(_length, rows))  # rows of each length: few, however many rows

    def __iter__(self) -> Iterator[Row]:
        wanted = self._counts.total()
        share = min(wanted, max(1, round(self.share() * wanted)))
        lengths = sorted(self._counts)
        shorter = itertools.accumulate(self._counts[length] for length in lengths)
        longest = next(n for n, count in zip(lengths, shorter, strict=True) if count >= share)
        short = (row for _ in itertools.count() for row in self.rows if _length(row) <= longest)
        return itertools.islice(short, wanted)


def competence(done: float, first: float = 0.1) -> float:
    """The share of the rows, the easiest, to learn from.

        √(t (1 - c²) + c²)

    Args:
        done: t, how much of the curriculum has passed, from 0 to 1 and beyond.
        first: c, the share to begin with.

    Reference:
        Platanios et al., Competence-based curriculum learning for neural machine translation,
        arXiv:1903.09848, equation 7.
    """
    return (min(done, 1.0) * (1 - first**2) + first**2) ** 0.5


def _length(row: Row) -> int:
    """Characters of the longest column."""
    return max(map(len, row))
