"""Part-of-speech tagging."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqtasks.pipelines import tagging
from seqtasks.tasks import Task

if TYPE_CHECKING:
    from seqtasks.data import Stream


def sample() -> Mapping[str, Stream]:
    """The embedded corpus."""
    from seqtasks.data.samples import tagging as corpus

    return corpus.streams("pos")


TASK = Task(
    title="tagging: parts of speech, or any other label of each word",
    pipeline=tagging,
    sample=sample,
    defaults={
        "capitalization_noise": 0.2,
    },
)
