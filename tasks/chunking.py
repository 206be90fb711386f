"""Chunking: phrases of a sentence."""

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

    return corpus.streams("chunks")


TASK = Task(
    title="tagging: phrases (chunks) such as NP, VP and PP, in IOB1, BIO or BIOES",
    pipeline=tagging,
    sample=sample,
    defaults={
        "targets": "spans",
        "min_count": 2,
    },
)
