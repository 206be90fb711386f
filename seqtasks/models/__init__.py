"""Networks: ids -> logits."""

from seqtasks.models.convolutional_classifier import ConvolutionalClassifier
from seqtasks.models.ensemble import Ensemble
from seqtasks.models.ngram_classifier import NgramClassifier
from seqtasks.models.recurrent_classifier import RecurrentClassifier

__all__ = ["ConvolutionalClassifier", "Ensemble", "NgramClassifier", "RecurrentClassifier"]
