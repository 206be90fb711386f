"""The laboratory of recurrence: experiments that show what recurrent networks do, and why."""

from seqtasks.lab.catalogue import EXPERIMENTS, find_experiment
from seqtasks.lab.experiment import LabExperiment, LabOptions, Row, redraw, run_experiment

__all__ = [
    "EXPERIMENTS",
    "LabExperiment",
    "LabOptions",
    "Row",
    "find_experiment",
    "redraw",
    "run_experiment",
]
