"""Reports: a page for a run, and comparisons of runs, from what their folders hold."""

from seqtasks.reports.comparison import Comparison, compare_runs, comparison_page
from seqtasks.reports.folds_report import write_folds_report
from seqtasks.reports.record import Functions, RunRecord, read_rows
from seqtasks.reports.report import replace_file, write_report

__all__ = [
    "Comparison",
    "Functions",
    "RunRecord",
    "compare_runs",
    "comparison_page",
    "read_rows",
    "replace_file",
    "write_folds_report",
    "write_report",
]
