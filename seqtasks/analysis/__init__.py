"""Looking into corpora: what they hold, and what is wrong with them."""

from seqtasks.analysis.check_corpus import CorpusReport, check_corpus, check_task_corpus
from seqtasks.analysis.corpus_statistics import SplitStatistics
from seqtasks.analysis.findings import Finding

__all__ = ["CorpusReport", "Finding", "SplitStatistics", "check_corpus", "check_task_corpus"]
