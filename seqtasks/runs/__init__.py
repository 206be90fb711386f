"""Runs: trained tasks in a folder and in the hand."""

from seqtasks.runs.experiment import Experiment
from seqtasks.runs.run import Run
from seqtasks.runs.train import make_plan, train, train_planned

__all__ = ["Experiment", "Run", "make_plan", "train", "train_planned"]
