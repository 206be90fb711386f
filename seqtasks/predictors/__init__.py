"""Strings in, predictions out: what is evaluated, exported and served."""

from seqtasks.predictors.attention_pooling import ATTENTION
from seqtasks.predictors.chunks import in_length_order
from seqtasks.predictors.labels import LabelPredictor
from seqtasks.predictors.lemmas import LemmaPredictor
from seqtasks.predictors.multilabel import MultilabelPredictor
from seqtasks.predictors.protocol import SERVING, Predictor, Signature
from seqtasks.predictors.shared_functions import SharedFunction, traced_with
from seqtasks.predictors.tags import TagPredictor, token_places
from seqtasks.predictors.text_generation import TextGenerator
from seqtasks.predictors.translation import Translator, pair_perplexity

__all__ = [
    "ATTENTION",
    "SERVING",
    "LabelPredictor",
    "LemmaPredictor",
    "MultilabelPredictor",
    "Predictor",
    "SharedFunction",
    "Signature",
    "TagPredictor",
    "TextGenerator",
    "Translator",
    "in_length_order",
    "pair_perplexity",
    "token_places",
    "traced_with",
]
