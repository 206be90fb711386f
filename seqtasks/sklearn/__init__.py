"""scikit-learn estimators: text classification and sequence tagging with `fit` and `predict`."""

from seqtasks.sklearn.estimators import SequenceTagger, TextClassifier

__all__ = ["SequenceTagger", "TextClassifier"]
