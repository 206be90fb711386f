"""Comparisons of runs: settings that differ, scores, paired tests, and where they disagree."""

from seqtasks.reports.comparison.compare_runs import Comparison, compare_runs
from seqtasks.reports.comparison.comparison_page import comparison_page

__all__ = ["Comparison", "compare_runs", "comparison_page"]
