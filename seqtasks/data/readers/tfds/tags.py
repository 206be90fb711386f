"""Reads tagged sentences from data sets prepared by tensorflow-datasets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
    """The tagged splits of a data set: rows `(tokens, tags)`, each joined by single spaces.

    White space inside a token or a tag becomes `_`. Sentences without tokens are left out.

    Args:
        name: as in `tfds.load`.
        columns: the tokens, a sequence of strings, and the tags, a sequence of strings or class
            labels. Tags that are neither given nor found by their usual names are the only
            sequence of class labels.
        data_dir: the prepared folder; None is tensorflow-datasets' own default.

    Returns:
        Streams by split name ("train", "validation", "test"), and notes for the user.

    Raises:
        InputError: unknown name, no network to download from, or no such feature; while
            iterating: an example with more tokens than tags, or an empty one of either.
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
    tokens = columns[0].find(strings)
    layer = columns[1].find([*strings, *classes])
    if not columns[1].given and layer is None and len(classes) == 1:
        layer = classes[0]
    chosen: list[str] = []
    for column, key, found in zip(
        columns, (tokens, layer), (strings, [*classes, *strings]), strict=True
    ):
        if key is None:
            raise InputError(
                f"tfds:{name}: expected a sequence '{column.name}', found "
                f"{', '.join(found) or 'none'} among {', '.join(sorted(features))}. "
                f"{column.advice}"
            )
        chosen.append(key)
    keys = chosen[0], chosen[1]
    return labelled_splits(
        name, builder, lambda split: _tagged(builder, name, split, *keys, sequences[keys[1]])
    )


def _tagged(builder: Any, name: str, split: str, tokens: str, layer: str, feature: Any) -> Stream:
    origin = f"tfds:{name}[{split}]"

    def text(value: Any) -> str:
        if not isinstance(value, bytes):
            value = feature.int2str(int(value)).encode() if value >= 0 else b""
        return re.sub(r"\s", "_", value.decode("utf-8", "replace"))

    def read() -> Iterator[tuple[int, Row]]:
        data = read_ahead(read_fields(builder, split, tokens, layer), 64)
        for number, columns in enumerate(data.as_numpy_iterator(), start=1):
            words, tags = ([text(value) for value in column] for column in columns)
            if len(words) != len(tags) or not all(words):
                raise InputError(
                    f"{origin}, example {number}: expected as many tags as tokens and no empty "
                    f"ones, found {len(words)} in '{tokens}' and {len(tags)} in '{layer}'."
                )
            if words:
                yield number, (" ".join(words), " ".join(tags) if all(tags) else "")

    return Stream(origin, read, unit="example")
