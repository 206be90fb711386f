"""Runs: trained tasks in a folder and in the hand."""

from seqtasks.runs.experiment import Experiment
from seqtasks.runs.run import Run
from seqtasks.runs.train import make_plan, train
from seqtasks.runs.train_experiment import train_experiment
from seqtasks.runs.train_run import train_task

__all__ = ["Experiment", "Run", "make_plan", "train", "train_experiment", "train_task"]
