"""Models: ids -> logits, plain Keras models.

Importing this package registers everything that a `.keras` file of a run names: models, layers,
losses and metrics. So `keras.models.load_model` needs `import seqtasks.models` and no more.
"""

import seqtasks.features
import seqtasks.layers
import seqtasks.metrics
import seqtasks.training.losses  # noqa: F401  (registers the loss)
from seqtasks.models.classifier_ensembles import ClassifierEnsemble, MultilabelEnsemble
from seqtasks.models.convolutional_classifier import ConvolutionalClassifier
from seqtasks.models.ensemble import Adaptable, Ensemble, LanguageModelEnsemble
from seqtasks.models.language_model import LanguageModel
from seqtasks.models.linear_tagger import LinearTagger
from seqtasks.models.ngram_classifier import NgramClassifier
from seqtasks.models.recurrent_classifier import RecurrentClassifier
from seqtasks.models.recurrent_tagger import RecurrentTagger
from seqtasks.models.seq2seq import Seq2Seq
from seqtasks.models.tagger import Tagger

__all__ = [
    "Adaptable",
    "ClassifierEnsemble",
    "ConvolutionalClassifier",
    "Ensemble",
    "LanguageModel",
    "LanguageModelEnsemble",
    "LinearTagger",
    "MultilabelEnsemble",
    "NgramClassifier",
    "RecurrentClassifier",
    "RecurrentTagger",
    "Seq2Seq",
    "Tagger",
]
