"""Lemmatization."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqtasks.pipelines import tagging
from seqtasks.tasks import Task

if TYPE_CHECKING:
    from seqtasks.data import Stream


def sample() -> Mapping[str, Stream]:
    """The embedded corpus."""
    from seqtasks.data.samples import lemmas as corpus

    return corpus.streams()


TASK = Task(
    title="tagging: the lemma (dictionary form) of each word, by edit rules",
    pipeline=tagging,
    sample=sample,
    defaults={
        "targets": "lemmas",
        "members": ("recurrent",),
        "transitions": False,
        "units": 192,
        "filters": 100,
        "affix_buckets": 50_000,
        "word_parts": False,
        "word_dropout_alpha": 3.0,
        "spelling_dropout": 0.1,
        "capitalization_noise": 0.2,
    },
)
