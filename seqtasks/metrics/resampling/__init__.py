"""How sure a score is: bootstrap intervals and paired tests over the rows of a test split."""

from seqtasks.metrics.resampling.bootstrap import Interval, bootstrap_intervals
from seqtasks.metrics.resampling.paired_tests import PairedTest, paired_test
from seqtasks.metrics.resampling.predictions import prediction_statistics
from seqtasks.metrics.resampling.row_statistics import RowStatistics

__all__ = [
    "Interval",
    "PairedTest",
    "RowStatistics",
    "bootstrap_intervals",
    "paired_test",
    "prediction_statistics",
]
