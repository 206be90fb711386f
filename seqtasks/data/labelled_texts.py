"""Texts with one label each, or several: pairs of texts joined, labels in one form, weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from seqtasks.data.columns import Column, label_column, labels_column, text_column
from seqtasks.data.readers.class_folders import find_class_folders
from seqtasks.data.readers.in_memory import read_rows
from seqtasks.data.readers.tables import SUFFIXES, read_table
from seqtasks.data.readers.tfds import read_tfds
from seqtasks.data.sources import SPLIT_NAMES, Format, Opened
from seqtasks.data.streams import Row, Stream
from seqtasks.errors import InputError

PAIR_SEPARATOR = "|||"  # between the two texts of a pair, spaces around it


@dataclass(frozen=True)
class LabelledColumns:
    """Which columns make a labelled text.

    Args:
        text: name of the text's column; "" looks for a usual one.
        label: likewise of the label.
        pair: of the second text of a pair; "" where texts are single.
        weight: of the weight of a row in training; "" where all weigh the same.
        separator: between labels where a text has any number of them; "" where it has one.
    """

    text: str = ""
    label: str = ""
    pair: str = ""
    weight: str = ""
    separator: str = ""

    @property
    def columns(self) -> tuple[Column, ...]:
        """What is read: the text, the second text, the label, the weight."""
        label = labels_column(self.label, self.separator) if self.separator else None
        pair = [text_column(self.pair, "--pair-field")] if self.pair else []
        weight = [Column("weight", "--weight-field", self.weight)] if self.weight else []
        return (text_column(self.text), *pair, label or label_column(self.label), *weight)


def labelled_texts(wanted: LabelledColumns | None = None) -> Format:
    """Tables of texts with labels, as rows `(text, label)` or `(text, label, weight)`.

    A pair becomes one text, "first ||| second". Several labels are joined by the separator, each
    once and by alphabet.
    """
    wanted = wanted or LabelledColumns()
    columns = wanted.columns

    def opened(streams: Mapping[str, Stream]) -> dict[str, Stream]:
        return {split: _prepared(stream, wanted) for split, stream in streams.items()}

    def with_notes(found: Opened) -> Opened:
        return opened(found[0]), found[1]

    single = not wanted.pair and not wanted.weight
    return Format(
        "a table (TSV, CSV, JSON lines, Parquet)",
        (SUFFIXES,),
        columns,
        lambda path: _prepared(read_table(path, columns), wanted),
        lambda name, data_dir: with_notes(read_tfds(name, columns, data_dir)),
        lambda data: with_notes(read_rows(data, columns)),
        (lambda folder: opened(find_class_folders(folder, SPLIT_NAMES))) if single else None,
    )


def split_labels(joined: str, separator: str) -> list[str]:
    """The labels of a text from their joined form; [] for ""."""
    return [label for label in map(str.strip, joined.split(separator)) if label]


def joined_pair(first: str, second: str) -> str:
    """A pair of texts as the one text that is learned and served."""
    return f"{first} {PAIR_SEPARATOR} {second}"


def _prepared(stream: Stream, wanted: LabelledColumns) -> Stream:
    """Rows as read -> rows `(text, label)`, with the weight where there is one."""
    steps: list[Callable[[Row, str], Row]] = []
    if wanted.pair:
        steps.append(lambda row, where: (joined_pair(row[0], row[1]), *row[2:]))
    if wanted.separator:
        steps.append(lambda row, where: (row[0], _canonical(row[1], wanted.separator), *row[2:]))
    if wanted.weight:
        steps.append(lambda row, where: (*row[:-1], _weight(row[-1], where, wanted.weight)))
    if not steps:
        return stream

    def read() -> Iterator[tuple[int, Row]]:
        for line, row in stream.read():
            for step in steps:
                row = step(row, stream.where(line))
            yield line, row

    return replace(stream, read=read)


def _canonical(joined: str, separator: str) -> str:
    return separator.join(sorted(set(split_labels(joined, separator))))


def _weight(text: str, where: str, name: str) -> str:
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not 0 <= weight < math.inf:
        raise InputError(
            f"{where}: the column '{name}' holds '{text[:40]}'. Expected a weight, a number of 0 "
            "or more."
        )
    return repr(weight)


def labels_of(names: Sequence[str], separator: str) -> Callable[[Any], Any]:
    """Joined labels [rows] -> 1.0 for each label that a row has, [rows, labels], in the graph.

    Args:
        names: of the labels, in order.
        separator: between them.
    """
    import tensorflow as tf

    index = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(list(names), tf.range(len(names))), -1
    )

    def encode(joined: Any) -> Any:
        ids = tf.ragged.map_flat_values(index.lookup, tf.strings.split(joined, separator))
        return tf.reduce_max(tf.one_hot(ids.to_tensor(-1), len(names)), axis=1)

    return encode
