"""Text classification, with a sample of opinions that word order and negation decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqtasks.pipelines import classification
from seqtasks.tasks import Task

if TYPE_CHECKING:
    from seqtasks.data import Stream


def sample() -> Mapping[str, Stream]:
    """The embedded corpus."""
    from seqtasks.data.samples import sentiment as corpus

    return corpus.streams()


TASK = Task(
    title="text classification: sentiment, topic, intent, question type; one label a text",
    pipeline=classification,
    sample=sample,
)
