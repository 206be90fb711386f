"""Lists of strings -> numbers, over a whole corpus."""

from seqtasks.metrics.classification import classification_scores
from seqtasks.metrics.table import score_table

__all__ = ["classification_scores", "score_table"]
