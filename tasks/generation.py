"""Character language modeling and text generation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqtasks.pipelines import language_modeling
from seqtasks.tasks import Task

if TYPE_CHECKING:
    from seqtasks.data import Stream


def sample() -> Mapping[str, Stream]:
    """The embedded corpus."""
    from seqtasks.data.samples import manual as corpus

    return corpus.streams()


TASK = Task(
    title="language modeling: learn any text by characters, subwords or words, and generate",
    pipeline=language_modeling,
    sample=sample,
)
