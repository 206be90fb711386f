"""Reports: a page for a run, and comparisons of runs, from what their folders hold."""

from seqtasks.reports.record import Functions, RunRecord, read_rows
from seqtasks.reports.report import write_report

__all__ = ["Functions", "RunRecord", "read_rows", "write_report"]
