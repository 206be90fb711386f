"""Reports: a page for a run, and comparisons of runs, from what their folders hold."""

from seqtasks.reports.comparison import Comparison, compare_runs, comparison_page
from seqtasks.reports.folds_report import write_folds_report
from seqtasks.reports.record import Functions, RunRecord, read_rows
from seqtasks.reports.report import write_report, write_text

__all__ = [
    "Comparison",
    "Functions",
    "RunRecord",
    "compare_runs",
    "comparison_page",
    "read_rows",
    "write_folds_report",
    "write_report",
    "write_text",
]
