"""Streams of rows of strings, and the three splits a task is made of."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from seqtasks.errors import InputError

Row = tuple[str, ...]

# The second column of running text: whether the piece in the first begins a document or goes on.
BEGINS, GOES_ON = "begins", "goes on"

# A shuffle holds rows of about this many characters in memory, and no more.
SHUFFLE_CHARACTERS = 32_000_000


@dataclass(frozen=True)
class Stream:
    """Rows of strings from one place, read anew each time it is iterated.

    Args:
        origin: where the rows come from, as a user knows it: a path or `tfds:NAME[train]`.
        read: opens the place and gives `(line, row)` pairs; lines count from 1.
        unit: what `line` counts.
    """

    origin: str
    read: Callable[[], Iterator[tuple[int, Row]]]
    unit: str = "line"

    def __iter__(self) -> Iterator[Row]:
        return (row for _, row in self.read())

    def where(self, line: int) -> str:
        """One row's place, to begin an error message with."""
        return f"{self.origin}, {self.unit} {line}"

    def part(self, name: str, keep: Callable[[Row], bool]) -> Stream:
        """The rows of this stream that `keep` accepts."""

        def read() -> Iterator[tuple[int, Row]]:
            return ((line, row) for line, row in self.read() if keep(row))

        return Stream(f"{self.origin} ({name})", read, self.unit)


@dataclass(frozen=True)
class Splits:
    """What to train on, what to choose the best epoch by, and what to report.

    `notes` are sentences a user should see: which file is which, what was cut from where.
    """

    train: Stream
    validation: Stream
    test: Stream
    notes: tuple[str, ...] = ()


def cut_missing(
    train: Stream, validation: Stream | None, test: Stream | None, notes: tuple[str, ...] = ()
) -> Splits:
    """Cut a tenth of the training rows for each split that is missing.

    A row's split hangs on its text alone (a checksum of its first column): the cut is the same on
    every machine, needs no memory, and copies of one text never fall into two splits.
    """
    missing = {0: "test"} if test is None else {}
    if validation is None:
        missing[1] = "validation"
    if not missing:
        return Splits(train, validation, test, notes)

    def tenth(row: Row) -> int:
        return zlib.crc32(row[0].encode()) % 10

    cuts = {}
    for number, name in missing.items():
        cuts[name] = train.part(f"{name} tenth", lambda row, number=number: tenth(row) == number)
        notes += (f"no {name} split: a tenth of the training rows was cut out for it",)
    rest = train.part("the rest", lambda row: tenth(row) not in missing)
    for stream in (rest, *cuts.values()):
        if next(iter(stream), None) is None:
            raise InputError(
                f"{train.origin}: too few different rows to cut {' and '.join(missing.values())} "
                "from. Expected a few dozen at least. Give more, or these splits of their own."
            )
    return Splits(rest, validation or cuts["validation"], test or cuts["test"], notes)


def shuffled(rows: Iterable[Row], seed: int, characters: int = SHUFFLE_CHARACTERS) -> Iterator[Row]:
    """The rows in random order through a buffer of about `characters` characters.

    Rows that fit into the buffer together are shuffled perfectly; a longer stream is shuffled
    within a window of that size that slides over it.
    """
    rng = random.Random(seed)
    buffer: list[Row] = []
    held = 0
    for row in rows:
        buffer.append(row)
        held += sum(map(len, row))
        while held > characters and len(buffer) > 1:
            place = rng.randrange(len(buffer))
            buffer[place], buffer[-1] = buffer[-1], buffer[place]
            held -= sum(map(len, buffer[-1]))
            yield buffer.pop()
    rng.shuffle(buffer)
    yield from buffer
