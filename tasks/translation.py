"""Translation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqtasks.pipelines import sequence_to_sequence
from seqtasks.tasks import Task

if TYPE_CHECKING:
    from seqtasks.data import Stream


def sample() -> Mapping[str, Stream]:
    """The embedded corpus."""
    from seqtasks.data.samples import translation as corpus

    return corpus.streams()


TASK = Task(
    title="sequence to sequence: translate sentences, with attention and beam search",
    pipeline=sequence_to_sequence,
    sample=sample,
)
