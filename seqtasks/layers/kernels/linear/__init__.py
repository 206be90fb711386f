"""Whole-sequence kernels of linear recurrences, one module a backend; private to `layers`."""

from seqtasks.layers.kernels.linear.recurrence import Elements, Numbers, plus, scan, times

__all__ = ["Elements", "Numbers", "plus", "scan", "times"]
