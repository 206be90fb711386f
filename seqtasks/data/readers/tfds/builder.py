"""Data sets of tensorflow-datasets: prepared where needed, their splits and fields."""

from __future__ import annotations

import contextlib
import io
import logging
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from seqtasks.data.streams import Stream
from seqtasks.errors import InputError

if TYPE_CHECKING:
    import tensorflow as tf


def prepared_builder(name: str, data_dir: str | None) -> Any:
    """The builder of a data set, downloaded and prepared first where needed.

    Raises:
        InputError: an unknown name, or no network to download from.
    """
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


def roles(builder: Any) -> Iterator[tuple[str, str]]:
    """What each split of use is to us, and what the data set calls it."""
    for split in builder.info.splits:
        role = {"valid": "validation", "dev": "validation"}.get(split, split)
        if role in ("train", "validation", "test"):
            yield role, split


def labelled_splits(
    name: str, builder: Any, open_split: Callable[[str], Stream], several: bool = False
) -> tuple[dict[str, Stream], tuple[str, ...]]:
    """The splits that are of use and have labels, and notes on those that have none."""
    streams, notes = {}, ()
    for role, split in roles(builder):
        stream = open_split(split)
        first = next(iter(stream), None)
        if first is None or (first[1] == "" and not several):
            notes += (f"tfds:{name}[{split}] has no labels: left out",)
        else:
            streams[role] = stream
    return streams, notes


def read_fields(builder: Any, split: str, *names: str) -> tf.data.Dataset:
    """The fields of a split's examples, in order."""
    data = builder.as_dataset(split=split, shuffle_files=False)
    return data.map(lambda example: tuple(example[name] for name in names))
