"""Lists of strings -> numbers, over a whole corpus."""

from seqtasks.metrics.classification import classification_scores
from seqtasks.metrics.language_model import language_model_scores
from seqtasks.metrics.multilabel import multilabel_scores
from seqtasks.metrics.perplexity import Perplexity
from seqtasks.metrics.span_ids import span_f1_of_ids
from seqtasks.metrics.spans import span_f1, token_scores
from seqtasks.metrics.streaming_spans import SpanF1
from seqtasks.metrics.table import (
    beside_baseline,
    comparison_table,
    experiment_table,
    network_scores,
    score_table,
    score_table_html,
)
from seqtasks.metrics.token_accuracy import TokenAccuracy
from seqtasks.metrics.translation import translation_scores

__all__ = [
    "Perplexity",
    "SpanF1",
    "TokenAccuracy",
    "beside_baseline",
    "classification_scores",
    "comparison_table",
    "experiment_table",
    "language_model_scores",
    "multilabel_scores",
    "network_scores",
    "score_table",
    "score_table_html",
    "span_f1",
    "span_f1_of_ids",
    "token_scores",
    "translation_scores",
]
