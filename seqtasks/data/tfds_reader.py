"""Reads text and label fields of data sets prepared by tensorflow-datasets."""

from __future__ import annotations

import contextlib
import io
import logging
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from seqtasks.data.streams import Row, Stream
from seqtasks.errors import InputError

# Looked for in this order where a data set has several text features.
TEXT_NAMES = ("text", "sentence", "review", "review_body", "content", "document", "question")
LABEL_NAMES = ("label", "labels", "sentiment", "class", "category", "topic")


def read_tfds(
    name: str, fields: Sequence[str], data_dir: str | None = None
) -> tuple[dict[str, Stream], tuple[str, ...]]:
    """The labelled splits of a data set, `NAME` or `NAME/CONFIG`, prepared first where needed.

    Args:
        name: as in `tfds.load`.
        fields: the wanted fields' names, text first and label second; "" finds it from the
            features: the `Text` feature (by `TEXT_NAMES` among several), the `ClassLabel`.
        data_dir: the prepared folder; None is tensorflow-datasets' own default.

    Returns:
        Streams by split name ("train", "validation", "test"), and notes for the user.

    Raises:
        InputError: unknown name, no network to download from, or no such field.
    """
    builder = _prepared_builder(name, data_dir)
    features = builder.info.features
    text = fields[0] or _find(name, features, "text", TEXT_NAMES)
    label = fields[1] or _find(name, features, "label", LABEL_NAMES)
    for field in (text, label):
        if field not in features:
            raise InputError(
                f"tfds:{name}: expected a field '{field}', found {', '.join(sorted(features))}. "
                "Choose with --text-field and --label-field."
            )
    if features[text].shape != () or np.dtype(features[text].np_dtype).kind != "O":
        raise InputError(
            f"tfds:{name}: expected strings in the field '{text}', found {features[text]}. "
            "Choose another with --text-field."
        )
    streams, notes = {}, ()
    for split in builder.info.splits:
        role = {"valid": "validation", "dev": "validation"}.get(split, split)
        if role not in ("train", "validation", "test"):
            continue
        stream = _stream(builder, name, split, text, label)
        first = next(iter(stream), None)
        if first is None or first[1] == "":
            notes += (f"tfds:{name}[{split}] has no labels: left out",)
        else:
            streams[role] = stream
    return streams, notes


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


def _find(name: str, features: Any, kind: str, names: Sequence[str]) -> str:
    import tensorflow_datasets as tfds

    wanted = tfds.features.Text if kind == "text" else tfds.features.ClassLabel
    found = [key for key, feature in sorted(features.items()) if isinstance(feature, wanted)]
    preferred = [key for key in names if key in found] or found
    if len(found) == 1 or (preferred and preferred[0] in names):
        return preferred[0]
    raise InputError(
        f"tfds:{name}: cannot tell its {kind} field: expected one {wanted.__name__} feature, found "
        f"{', '.join(found) or 'none'} among {', '.join(sorted(features))}. "
        f"Name it with --{kind}-field."
    )


def _stream(builder: Any, name: str, split: str, text: str, label: str) -> Stream:
    import tensorflow_datasets as tfds

    labels = builder.info.features[label]

    def label_name(value: Any) -> str:
        if isinstance(labels, tfds.features.ClassLabel):
            return labels.int2str(int(value)) if value >= 0 else ""
        return value.decode() if isinstance(value, bytes) else str(value)

    def read() -> Iterator[tuple[int, Row]]:
        data = builder.as_dataset(split=split, shuffle_files=False)
        data = data.map(lambda example: (example[text], example[label])).batch(1024)
        number = 0
        for texts, values in data.as_numpy_iterator():
            for one_text, value in zip(texts, values, strict=True):
                number += 1
                yield number, (one_text.decode("utf-8", "replace"), label_name(value))

    return Stream(f"tfds:{name}[{split}]", read, unit="example")
