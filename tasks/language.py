"""Language identification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqtasks.pipelines import classification
from seqtasks.tasks import Task

if TYPE_CHECKING:
    from seqtasks.data import Stream


def sample() -> Mapping[str, Stream]:
    """The embedded corpus."""
    from seqtasks.data.samples import language as corpus

    return corpus.streams()


TASK = Task(
    title="text classification by characters: the language of a text, from a few words on",
    pipeline=classification,
    sample=sample,
    defaults={
        "tokenizer": "character",
        "max_length": 100,
    },
)
