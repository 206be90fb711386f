"""Prose that comes with Python itself: the topics of its language reference, a document each.

`help("booleans")` shows one. They are English with some program text, about 465,000 characters; the
splits are cut by the topic's name.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from seqtasks.data.streams import BEGINS, Row, Stream
from seqtasks.errors import InputError


def streams() -> dict[str, Stream]:
    """Eight tenths of the topics as "train", one each as "validation" and "test"."""

    def open_split(split: str) -> Stream:
        def read() -> Iterator[tuple[int, Row]]:
            for number, (name, text) in enumerate(sorted(_topics().items()), start=1):
                if _split(name) == split:
                    yield number, (text, BEGINS)

        return Stream(f"sample ({split})", read, unit="topic")

    return {split: open_split(split) for split in ("train", "validation", "test")}


def _split(name: str) -> str:
    return {0: "validation", 1: "test"}.get(zlib.crc32(name.encode()) % 10, "train")


def _topics() -> dict[str, str]:
    try:
        from pydoc_data.topics import topics
    except ImportError as error:  # some distributions ship it apart
        raise InputError(
            "the sample is the text of Python's own help topics (pydoc_data.topics), which this "
            "Python lacks. Give a text of your own with --data."
        ) from error
    return topics
