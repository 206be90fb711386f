"""Streams of rows of strings, and the three splits a task is made of."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from seqtasks.errors import InputError

Row = tuple[str, ...]

# The second column of running text: whether the piece in the first begins a document or goes on.
BEGINS, GOES_ON = "begins", "goes on"

MOST_LINES = 10**12  # of one file

# A shuffle holds rows of about this many characters in memory, and no more.
SHUFFLE_CHARACTERS = 32_000_000


@dataclass(frozen=True)
class Stream:
    """Rows of strings from one place, read anew each time it is iterated.

    Args:
        origin: where the rows come from, as a user knows it: a path or `tfds:NAME[train]`.
        read: opens the place and gives `(line, row)` pairs; lines count from 1.
        unit: what `line` counts.
        columns: the names of the columns that rows are made of, where they have names.
    """

    origin: str
    read: Callable[[], Iterator[tuple[int, Row]]]
    unit: str = "line"
    columns: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Row]:
        return (row for _, row in self.read())

    def where(self, line: int) -> str:
        """One row's place, to begin an error message with."""
        return f"{self.origin}, {self.unit} {line}"

    def part(self, name: str, keep: Callable[[Row], bool]) -> Stream:
        """The rows of this stream that `keep` accepts."""

        def read() -> Iterator[tuple[int, Row]]:
            return ((line, row) for line, row in self.read() if keep(row))

        return replace(self, origin=f"{self.origin} ({name})", read=read)


@dataclass(frozen=True)
class Shards(Stream):
    """Several streams one after the other; lines are numbered so that each finds its own place."""

    parts: tuple[Stream, ...] = ()
    span: int = MOST_LINES  # the numbers that each part has

    def where(self, line: int) -> str:
        """One row's place: in which of the parts, and there."""
        part, own = divmod(line, self.span)
        return self.parts[part].where(own)


def joined(parts: Sequence[Stream]) -> Stream:
    """One stream of several, in their order."""
    if len(parts) == 1:
        return parts[0]

    span = max(part.span * len(part.parts) if isinstance(part, Shards) else 1 for part in parts)
    span = max(span, MOST_LINES)

    def read() -> Iterator[tuple[int, Row]]:
        for number, part in enumerate(parts):
            for line, row in part.read():
                yield number * span + line, row

    origin = f"{parts[0].origin} ... ({len(parts)} files)"
    return Shards(origin, read, columns=parts[0].columns, parts=tuple(parts), span=span)


@dataclass(frozen=True)
class Splits:
    """What to train on, what to choose the best epoch by, and what to report.

    `test` is None where it is left unread, or running text has none. `notes` are sentences a user
    should see: which file is which, what was cut from where.
    """

    train: Stream
    validation: Stream
    test: Stream | None
    notes: tuple[str, ...] = ()

    @property
    def by_name(self) -> dict[str, Stream]:
        """The splits that there are: "train", "validation" and "test"."""
        return {"train": self.train, **self.held_out}

    @property
    def held_out(self) -> dict[str, Stream]:
        """The splits that there are beside "train"."""
        test = {} if self.test is None else {"test": self.test}
        return {"validation": self.validation, **test}

    @property
    def scored(self) -> Stream:
        """What to report scores of: the test split, or validation where there is none."""
        return self.validation if self.test is None else self.test


def cut_missing(
    train: Stream,
    validation: Stream | None,
    test: Stream | None,
    notes: tuple[str, ...] = (),
    label: int | None = None,
) -> Splits:
    """Cut a tenth of the training rows for each split that is missing.

    The split of a row depends on its text (a checksum of its first column): the cut is the same on
    every machine, and copies of one text never fall into two splits.

    Args:
        train: the rows to cut from.
        validation: None cuts it.
        test: None cuts it.
        notes: on the corpus so far.
        label: the place of the label in a row: then each label gives a tenth of its different
            texts, at least one where it has three. None cuts without regard to labels.
    """
    if validation is not None and test is not None:
        return Splits(train, validation, test, notes)
    missing = {0: "test"} if test is None else {}
    if validation is None:
        missing[1] = "validation"

    tenth = _tenth_of_text if label is None else stratified_cut(train, label, list(missing))
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


def text_checksum(row: Row) -> int:
    """A checksum of a row's first column, 32 bits."""
    return zlib.crc32(row[0].encode("utf-8", "surrogatepass"))


def mixed(checksum: int) -> int:
    """A checksum mixed once more: those of like texts are alike."""
    return (checksum * 2654435761) % 2**32


def _tenth_of_text(row: Row) -> int:
    return text_checksum(row) % 10


def stratified_cut(train: Stream, label: int | None, missing: list[int]) -> Callable[[Row], int]:
    """A function from a row to the number of the split it is cut for; -1 for none.

    Of each label the texts with the lowest checksums are cut; memory holds checksums only.

    Args:
        train: the rows to cut from.
        label: the place of the label in a row; None cuts without regard to labels.
        missing: numbers of the splits; each gets a tenth of the different texts.
    """
    owner: dict[int, str] = {}  # a text with several labels counts for its first
    for row in train:
        owner.setdefault(text_checksum(row), "" if label is None else row[label])
    by_label: dict[str, list[int]] = {}
    for checksum, name in owner.items():
        by_label.setdefault(name, []).append(checksum)
    cut: dict[int, int] = {}
    for checksums in by_label.values():
        size = max(1, round(len(checksums) / 10)) if len(checksums) >= 3 else 0
        checksums.sort(key=mixed)
        for place, split in enumerate(missing):
            cut |= dict.fromkeys(checksums[place * size : (place + 1) * size], split)
    return lambda row: cut.get(text_checksum(row), -1)


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
