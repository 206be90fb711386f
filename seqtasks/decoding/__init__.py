"""Decoding: functions over `step(ids, state) -> (logits, state)`, on every backend."""

from seqtasks.decoding.beam import Hypotheses, beam_search, coverage_penalty
from seqtasks.decoding.rules import Rules
from seqtasks.decoding.sampling import filtered_logits, greedy, sample

__all__ = [
    "Hypotheses",
    "Rules",
    "beam_search",
    "coverage_penalty",
    "filtered_logits",
    "greedy",
    "sample",
]
