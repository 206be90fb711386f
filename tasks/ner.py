"""Named-entity recognition."""

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

    return corpus.streams("ner")


TASK = Task(
    title="tagging: named entities, slots, or any other spans, in IOB1, BIO or BIOES",
    pipeline=tagging,
    sample=sample,
    defaults={
        "targets": "spans",
        "min_count": 2,
        "recall_margin": 5.0,
        "mention_replacement": 0.3,
    },
)
