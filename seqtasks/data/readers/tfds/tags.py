"""Reads tagged sentences from data sets prepared by tensorflow-datasets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from seqtasks.data.batching.read_ahead import read_ahead
from seqtasks.data.columns import Column
from seqtasks.data.readers.tfds.builder import labelled_splits, prepared_builder, read_fields
from seqtasks.data.streams import Row, Stream
from seqtasks.errors import InputError


def read_tfds_tags(
    name: str, columns: Sequence[Column], data_dir: str | None = None
) -> tuple[dict[str, Stream], tuple[str, ...]]:
    """The tagged splits of a data set: rows `(tokens, tags, ...)`, each joined by single spaces.

    White space inside a token or a tag becomes `_`. Sentences without tokens are left out.

    Args:
        name: as in `tfds.load`.
        columns: the tokens, a sequence of strings, and the tags, a sequence of strings or class
            labels, as further columns are. Tags that are neither given nor found by their usual
            names are the only sequence of class labels.
        data_dir: the prepared folder; None is tensorflow-datasets' own default.

    Returns:
        Streams by split name ("train", "validation", "test"), and notes for the user.

    Raises:
        InputError: unknown name, no network to download from, or no such feature; while
            iterating: an example with more tokens than tags, or an empty token.
    """
    import tensorflow_datasets as tfds

    builder = prepared_builder(name, data_dir)
    features = builder.info.features
    sequences = {
        key: feature.feature
        for key, feature in features.items()
        if isinstance(feature, tfds.features.Sequence)
        and getattr(feature.feature, "shape", None) == ()
    }
    strings = [k for k, f in sequences.items() if np.dtype(f.np_dtype).kind == "O"]
    classes = [k for k, f in sequences.items() if isinstance(f, tfds.features.ClassLabel)]
    chosen: list[str] = []
    for column in columns:
        found = strings if column.kind == "tokens" else [*classes, *strings]
        only = column is columns[1] and not column.given and len(classes) == 1
        key = column.find(found) or (classes[0] if only else None)
        if key is None:
            raise InputError(
                f"tfds:{name}: expected a sequence '{column.name}', found "
                f"{', '.join(found) or 'none'} among {', '.join(sorted(features))}. "
                f"{column.advice}"
            )
        chosen.append(key)
    return labelled_splits(
        name, builder, lambda split: _tagged(builder, name, split, chosen, sequences)
    )


def _tagged(
    builder: Any, name: str, split: str, keys: Sequence[str], features: Mapping[str, Any]
) -> Stream:
    """Rows of the features `keys`: tokens, tags and further columns."""
    origin = f"tfds:{name}[{split}]"

    def text(value: Any, feature: Any) -> str:
        if not isinstance(value, bytes):
            value = feature.int2str(int(value)).encode() if value >= 0 else b""
        return re.sub(r"\s", "_", value.decode("utf-8", "replace"))

    def read() -> Iterator[tuple[int, Row]]:
        data = read_ahead(read_fields(builder, split, *keys), 64)
        for number, columns in enumerate(data.as_numpy_iterator(), start=1):
            pairs = zip(keys, columns, strict=True)
            rows = [[text(value, features[key]) for value in column] for key, column in pairs]
            words, tags, *others = rows
            for key, values in zip(keys, rows, strict=True):
                if len(values) != len(words) or not (values is tags or all(values)):
                    raise InputError(
                        f"{origin}, example {number}: expected as many tags as tokens and none "
                        f"empty, found {len(words)} in '{keys[0]}' and {len(values)} in '{key}'."
                    )
            if words:
                joined = " ".join(tags) if all(tags) else ""
                yield number, (" ".join(words), joined, *map(" ".join, others))

    return Stream(origin, read, unit="example")
