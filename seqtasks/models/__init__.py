"""Networks: ids -> logits."""

from seqtasks.models.convolutional_classifier import ConvolutionalClassifier
from seqtasks.models.ensemble import Ensemble
from seqtasks.models.language_ensemble import LanguageEnsemble
from seqtasks.models.language_model import LanguageModel
from seqtasks.models.linear_tagger import LinearTagger
from seqtasks.models.ngram_classifier import NgramClassifier
from seqtasks.models.recurrent_classifier import RecurrentClassifier
from seqtasks.models.recurrent_tagger import RecurrentTagger
from seqtasks.models.seq2seq import Seq2Seq
from seqtasks.models.tagger import Tagger

__all__ = [
    "ConvolutionalClassifier",
    "Ensemble",
    "LanguageEnsemble",
    "LanguageModel",
    "LinearTagger",
    "NgramClassifier",
    "RecurrentClassifier",
    "RecurrentTagger",
    "Seq2Seq",
    "Tagger",
]
