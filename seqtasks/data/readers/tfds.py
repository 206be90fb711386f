"""Reads data sets prepared by tensorflow-datasets: texts with labels, tokens with tags."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtasks.data.batching.read_ahead import read_ahead
from seqtasks.data.columns import Column
from seqtasks.data.streams import BEGINS, Row, Stream
from seqtasks.errors import InputError

if TYPE_CHECKING:
    import tensorflow as tf


def read_tfds(
    name: str, columns: Sequence[Column], data_dir: str | None = None
) -> tuple[dict[str, Stream], tuple[str, ...]]:
    """The labelled splits of a data set, `NAME` or `NAME/CONFIG`, prepared first where needed.

    Args:
        name: as in `tfds.load`.
        columns: the text and the label, or two texts. Where none is given, it is found from the
            features: the `Text` feature (by its usual names among several), the `ClassLabel`.
        data_dir: the prepared folder; None is tensorflow-datasets' own default.

    Returns:
        Streams by split name ("train", "validation", "test"), and notes for the user.

    Raises:
        InputError: unknown name, no network to download from, or no such field.
    """
    builder = _prepared_builder(name, data_dir)
    features = builder.info.features
    text = _text_field(name, features, columns[0])
    label = columns[1].given or _find(name, features, columns[1])
    if label not in features:
        raise _no_field(name, features, label, columns[1])
    return _labelled(name, builder, lambda split: _stream(builder, name, split, text, label))


def _labelled(
    name: str, builder: Any, open_split: Callable[[str], Stream]
) -> tuple[dict[str, Stream], tuple[str, ...]]:
    """The splits that are of use and have labels, and notes on those that have none."""
    streams, notes = {}, ()
    for role, split in _roles(builder):
        stream = open_split(split)
        first = next(iter(stream), None)
        if first is None or first[1] == "":
            notes += (f"tfds:{name}[{split}] has no labels: left out",)
        else:
            streams[role] = stream
    return streams, notes


def _roles(builder: Any) -> Iterator[tuple[str, str]]:
    """What each split of use is to us, and what the data set calls it."""
    for split in builder.info.splits:
        role = {"valid": "validation", "dev": "validation"}.get(split, split)
        if role in ("train", "validation", "test"):
            yield role, split


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


def _no_field(name: str, features: Any, field: str, column: Column) -> InputError:
    return InputError(
        f"tfds:{name}: expected a field '{field}', found {', '.join(sorted(features))}. "
        f"{column.advice}"
    )


def read_tfds_texts(
    name: str, column: Column, data_dir: str | None = None
) -> tuple[dict[str, Stream], tuple[str, ...]]:
    """The splits of a data set as documents: rows `(text, BEGINS)`, one an example.

    `column` is that of the texts; all else is as in `read_tfds`.
    """
    builder = _prepared_builder(name, data_dir)
    field = _text_field(name, builder.info.features, column)

    def open_split(split: str) -> Stream:
        def read() -> Iterator[tuple[int, Row]]:
            data = read_ahead(_fields(builder, split, field), 64)
            for number, (text,) in enumerate(data.as_numpy_iterator(), start=1):
                if text:
                    yield number, (text.decode("utf-8", "replace"), BEGINS)

        return Stream(f"tfds:{name}[{split}]", read, unit="example")

    return {role: open_split(split) for role, split in _roles(builder)}, ()


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

    builder = _prepared_builder(name, data_dir)
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
    return _labelled(name, builder, lambda split: _tagged(builder, name, split, chosen, sequences))


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
        data = read_ahead(_fields(builder, split, *keys), 64)
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


def _fields(builder: Any, split: str, *names: str) -> tf.data.Dataset:
    data = builder.as_dataset(split=split, shuffle_files=False)
    return data.map(lambda example: tuple(example[name] for name in names))


def _prepared_builder(name: str, data_dir: str | None) -> Any:
    import tensorflow_datasets as tfds

    # Keep progress bars and retries off a user's screen: what fails is said below, once.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    tfds.disable_progress_bar()
    try:
        builder = tfds.builder(name, data_dir=data_dir)
        if not builder.data_path.exists():
            print(f"tfds:{name}: downloading to {builder.data_path}", flush=True)
        with contextlib.redirect_stdout(io.StringIO()):
            builder.download_and_prepare()
    except Exception as error:
        if isinstance(error, tfds.core.DatasetNotFoundError):
            raise InputError(
                f"tfds:{name}: tensorflow-datasets has no data set of this name. Expected "
                "tfds:NAME or tfds:NAME/CONFIG as listed in its catalog, or a folder of prepared "
                "data named with --data-dir."
            ) from error
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
        raise InputError(
            f"tfds:{name}: could not be prepared ({reason}). Downloads need a network; or prepare "
            f"it elsewhere with `tfds build {name}` and name the folder with --data-dir "
            f"(now {data_dir or os.environ.get('TFDS_DATA_DIR', '~/tensorflow_datasets')})."
        ) from error
    return builder


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


def _stream(builder: Any, name: str, split: str, text: str, label: str) -> Stream:
    import tensorflow_datasets as tfds

    labels = builder.info.features[label]

    def label_name(value: Any) -> str:
        if isinstance(labels, tfds.features.ClassLabel):
            return labels.int2str(int(value)) if value >= 0 else ""
        return value.decode() if isinstance(value, bytes) else str(value)

    def read() -> Iterator[tuple[int, Row]]:
        data = read_ahead(_fields(builder, split, text, label).batch(1024), 1)
        number = 0
        for texts, values in data.as_numpy_iterator():
            for one_text, value in zip(texts, values, strict=True):
                number += 1
                yield number, (one_text.decode("utf-8", "replace"), label_name(value))

    return Stream(f"tfds:{name}[{split}]", read, unit="example")
