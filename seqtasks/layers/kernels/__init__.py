"""Whole-sequence kernels of the recurrent cells, one module a backend; private to `layers`."""

from seqtasks.layers.kernels.dispatch import STEPS, Step, Weights, project, scan

__all__ = ["STEPS", "Step", "Weights", "project", "scan"]
