"""Runs: trained tasks in a folder and in the hand."""

from seqtasks.runs.run import Run
from seqtasks.runs.train import train, train_task

__all__ = ["Run", "train", "train_task"]
