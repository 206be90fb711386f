"""Partition: a corpus divided into splits otherwise than it comes, for experiments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from seqtasks.data.streams import (
    Row,
    Splits,
    Stream,
    cut_missing,
    joined,
    mixed,
    stratified_cut,
    text_checksum,
)
from seqtasks.errors import InputError

UNREAD = "the test split is left unread: scores are those of the validation split"


@dataclass(frozen=True)
class Partition:
    """A corpus, and how it is divided into splits; stands wherever a corpus is named.

    Args:
        data: "sample", a path, "tfds:NAME" or rows in memory.
        test: False leaves the test split unread. A corpus without one has it cut from its training
            rows all the same, so that a later run finds it unseen.
        fold: the number of the fold to test, from 1; the others are trained on. 0: no folds.
        folds: how many there are.
    """

    data: Any
    test: bool = True
    fold: int = 0
    folds: int = 0


class Unread(Stream):
    """A stand-in for a split that must not be read.

    Args:
        origin: of the split.
    """

    def __init__(self, origin: str) -> None:
        def refuse() -> Any:
            raise RuntimeError(f"Expected {origin} to stay unread. Received a read of it.")

        super().__init__(origin, refuse)


def without_test(streams: Mapping[str, Stream]) -> dict[str, Stream]:
    """The streams, with a stand-in for the test split where there is one."""
    return {
        name: Unread(stream.origin) if name == "test" else stream
        for name, stream in streams.items()
    }


def divided(
    spec: Any, streams: Mapping[str, Stream], notes: tuple[str, ...], label: int | None
) -> Splits:
    """The splits of an opened corpus: as they come, the missing ones cut, or as folds.

    Args:
        spec: what names the corpus; a `Partition` says how to divide it.
        streams: by split, "train" among them.
        notes: on the corpus so far.
        label: the place of the label in a row; None where rows have none.

    Raises:
        InputError: too few rows to cut from.
    """
    validation, test = streams.get("validation"), streams.get("test")
    if not isinstance(spec, Partition):
        return cut_missing(streams["train"], validation, test, notes, label)
    if spec.folds:
        return _fold(spec, streams, notes, label)
    splits = cut_missing(streams["train"], validation, test, notes, label)
    return splits if spec.test else replace(splits, test=None, notes=(*splits.notes, UNREAD))


def _fold(
    partition: Partition, streams: Mapping[str, Stream], notes: tuple[str, ...], label: int | None
) -> Splits:
    """One fold to test, and the others to train on, a tenth of them cut out for validation."""
    parts = {name: streams[name] for name in ("train", "validation", "test") if name in streams}
    if not partition.test:
        if "test" not in parts:
            stand_in = parts.get("validation", Unread("validation"))
            cut = cut_missing(parts["train"], stand_in, None, notes, label)
            parts["train"], notes = cut.train, cut.notes
        parts.pop("test", None)
        notes += ("the test split is left unread: it is in no fold",)
    rows = joined([*parts.values()])
    number = _fold_of(rows, partition.folds, label)
    train = rows.part("the other folds", lambda row: number(row) != partition.fold)
    test = rows.part(
        f"fold {partition.fold} of {partition.folds}", lambda row: number(row) == partition.fold
    )
    held_out = stratified_cut(train, label, [1])
    validation = train.part("validation tenth", lambda row: held_out(row) == 1)
    learned = train.part("the rest", lambda row: held_out(row) != 1)
    for stream in (learned, validation):
        if next(iter(stream), None) is None:
            raise InputError(
                f"{rows.origin}: too few different rows in {partition.folds - 1} of "
                f"{partition.folds} folds to cut validation from. Expected a few dozen rows at "
                "least. Give more, or fewer --folds."
            )
    of = f"the rows of {' and '.join(parts)}" if len(parts) > 1 else "all rows"
    notes += (
        f"fold {partition.fold} of {partition.folds}, of {of}, is tested; a tenth of the other "
        "folds was cut out for validation",
    )
    return Splits(learned, validation, test, notes)


def _fold_of(rows: Stream, folds: int, label: int | None) -> Callable[[Row], int]:
    """A function from a row to the number of its fold, from 1.

    Copies of a text fall into one fold. Of each label every fold gets about as many rows, and about
    as many of all labels together. Memory holds checksums only.

    Raises:
        InputError: fewer different texts than folds, or a label with a single text.
    """
    owner: dict[int, str] = {}  # a text with several labels counts for its first
    copies: dict[int, int] = {}
    for row in rows:
        checksum = text_checksum(row)
        owner.setdefault(checksum, "" if label is None else row[label])
        copies[checksum] = copies.get(checksum, 0) + 1
    if len(owner) < folds:
        raise InputError(
            f"--folds {folds}: expected at least {folds} different texts, one a fold, found "
            f"{len(owner):,} in {rows.origin}. Give fewer folds or more rows."
        )
    by_label: dict[str, list[int]] = {}
    for checksum, name in owner.items():
        by_label.setdefault(name, []).append(checksum)
    found: dict[int, int] = {}
    sizes = [0] * folds
    for name, checksums in sorted(by_label.items()):
        if label is not None and len(checksums) < 2:
            raise InputError(
                f"--folds {folds}: the label '{name[:40]}' has one text alone in {rows.origin}: "
                "where that is tested, none is left to train on. Expected two at least. Add "
                "texts of it, or leave the label out."
            )
        own = [0] * folds
        for checksum in sorted(checksums, key=lambda c: (-copies[c], mixed(c))):
            fold = min(range(folds), key=lambda n: (own[n], sizes[n], n))
            own[fold] += copies[checksum]
            sizes[fold] += copies[checksum]
            found[checksum] = fold + 1
    return lambda row: found[text_checksum(row)]
