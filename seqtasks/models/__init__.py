"""Networks: ids -> logits."""

from seqtasks.models.classifier import TextClassifier

__all__ = ["TextClassifier"]
