"""Reads texts, with labels or alone, from data sets prepared by tensorflow-datasets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from seqtasks.data.batching.read_ahead import read_ahead
from seqtasks.data.columns import Column
from seqtasks.data.readers.tfds.builder import (
    labelled_splits,
    prepared_builder,
    read_fields,
    roles,
)
from seqtasks.data.streams import BEGINS, Row, Stream
from seqtasks.errors import InputError


def read_tfds(
    name: str, columns: Sequence[Column], data_dir: str | None = None
) -> tuple[dict[str, Stream], tuple[str, ...]]:
    """The labelled splits of a data set, `NAME` or `NAME/CONFIG`, prepared first where needed.

    Args:
        name: as in `tfds.load`.
        columns: the text first, then its label, labels or weight, or more texts. Where none is
            given, it is found from the features: the `Text` feature (by its usual names among
            several), the `ClassLabel` or the sequence of such.
        data_dir: the prepared folder; None is tensorflow-datasets' own default.

    Returns:
        Streams by split name ("train", "validation", "test"), and notes for the user.

    Raises:
        InputError: unknown name, no network to download from, or no such field.
    """
    builder = prepared_builder(name, data_dir)
    features = builder.info.features
    chosen = [_text_field(name, features, columns[0])]
    for column in columns[1:]:
        field = column.given or _find(name, features, column)
        if field not in features:
            raise _no_field(name, features, field, column)
        chosen.append(field)
    separators = [column.separator for column in columns]
    return labelled_splits(
        name,
        builder,
        lambda split: _stream(builder, name, split, chosen, separators),
        several=any(separators),
    )


def read_tfds_texts(
    name: str, column: Column, data_dir: str | None = None
) -> tuple[dict[str, Stream], tuple[str, ...]]:
    """The splits of a data set as documents: rows `(text, BEGINS)`, one an example.

    `column` is that of the texts; all else is as in `read_tfds`.
    """
    builder = prepared_builder(name, data_dir)
    field = _text_field(name, builder.info.features, column)

    def open_split(split: str) -> Stream:
        def read() -> Iterator[tuple[int, Row]]:
            data = read_ahead(read_fields(builder, split, field), 64)
            for number, (text,) in enumerate(data.as_numpy_iterator(), start=1):
                if text:
                    yield number, (text.decode("utf-8", "replace"), BEGINS)

        return Stream(f"tfds:{name}[{split}]", read, unit="example")

    return {role: open_split(split) for role, split in roles(builder)}, ()


def _text_field(name: str, features: Any, column: Column) -> str:
    """The feature of the texts: the one named, checked, or the one found."""
    field = column.given or _find(name, features, column)
    if field not in features:
        raise _no_field(name, features, field, column)
    if features[field].shape != () or np.dtype(features[field].np_dtype).kind != "O":
        raise InputError(
            f"tfds:{name}: expected strings in the field '{field}', found {features[field]}. "
            f"{column.advice}"
        )
    return field


def _find(name: str, features: Any, column: Column) -> str:
    import tensorflow_datasets as tfds

    wanted = tfds.features.Text if column.kind == "text" else tfds.features.ClassLabel
    found = [key for key, feature in sorted(features.items()) if isinstance(feature, wanted)]
    if usual := column.find(found):
        return usual
    if len(found) == 1:
        return found[0]
    raise InputError(
        f"tfds:{name}: cannot tell its {column.kind} field: expected one {wanted.__name__} "
        f"feature, found {', '.join(found) or 'none'} among {', '.join(sorted(features))}. "
        f"{column.advice}"
    )


def _no_field(name: str, features: Any, field: str, column: Column) -> InputError:
    return InputError(
        f"tfds:{name}: expected a field '{field}', found {', '.join(sorted(features))}. "
        f"{column.advice}"
    )


def _stream(
    builder: Any, name: str, split: str, fields: Sequence[str], separators: Sequence[str]
) -> Stream:
    """Rows of the fields as strings; sequences joined by the separators."""
    features = [builder.info.features[field] for field in fields]
    several = any(isinstance(feature.shape, tuple) and feature.shape for feature in features)

    def read() -> Iterator[tuple[int, Row]]:
        data = read_fields(builder, split, *fields)
        data = data.batch(1024) if not several else data.ragged_batch(1024)
        number = 0
        for columns in read_ahead(data, 1).as_numpy_iterator():
            for values in zip(*columns, strict=True):
                number += 1
                row = zip(features, values, separators, strict=True)
                yield number, tuple(_string(*one) for one in row)

    return Stream(f"tfds:{name}[{split}]", read, unit="example", columns=tuple(fields))


def _string(feature: Any, value: Any, separator: str) -> str:
    """A value of a feature: texts as they are, class labels by name, sequences joined."""
    inner = getattr(feature, "feature", feature)
    if separator and inner is not feature:
        return separator.join(_string(inner, item, "") for item in value)
    if hasattr(inner, "int2str"):
        return inner.int2str(int(value)) if value >= 0 else ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
