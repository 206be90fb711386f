"""`import seqtasks.models` alone registers everything that a compiled `.keras` file names."""

import subprocess
import sys

import keras
import pytest

from seqtasks.features.columns import CHARACTERS
from seqtasks.layers import CRFDecoder
from seqtasks.metrics import Perplexity, SpanF1, TokenAccuracy
from seqtasks.models import (
    ClassifierEnsemble,
    ConvolutionalClassifier,
    LanguageModel,
    LanguageModelEnsemble,
    LinearTagger,
    NgramClassifier,
    RecurrentClassifier,
    RecurrentTagger,
    Seq2Seq,
    Tagger,
)
from seqtasks.training.losses import SmoothedCrossentropy

LOAD = """
import sys
import seqtasks.models
import keras
for path in sys.argv[1:]:
    model = keras.models.load_model(path)
    print(type(model).__name__, model.loss and type(model.loss).__name__, model.count_params())
"""


def classifier():
    members = [
        RecurrentClassifier(9, 2, embedding_size=3, units=2, pooling=["max"], word_dropout=0.1),
        ConvolutionalClassifier(9, 2, embedding_size=3, filters=2, widths=[2]),
        NgramClassifier(9, 2, buckets=5),
    ]
    return ClassifierEnsemble(members), [(None, None)], SmoothedCrossentropy(0.1), []


def span_tagger():
    members = [
        RecurrentTagger(9, 9, 3, word_size=3, filters=2, units=2, cell="layer_norm_gru"),
        LinearTagger(3, buckets=5),
    ]
    model = Tagger(members, 3, capitalization_noise=0.1)
    return model, [(None, None, CHARACTERS + 4)], None, [SpanF1(["B-X", "I-X", "O"])]


def part_of_speech_tagger():
    model = Tagger([LinearTagger(3, buckets=5)], 3)
    return model, [(None, None, CHARACTERS + 4)], None, [TokenAccuracy()]


def language_model():
    model = LanguageModel(9, embedding_size=3, units=2, token_dropout=0.1, weight_drop=0.1, rows=2)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return model, [], loss, [Perplexity()]


def language_models():
    members = [LanguageModel(9, embedding_size=3, units=2) for _ in range(2)]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return LanguageModelEnsemble(members), [], loss, [Perplexity()]


def translator(**options):
    model = Seq2Seq(9, 9, embedding_size=4, units=8, **options)
    return model, [], SmoothedCrossentropy(0.1), [SpanF1(["O"], decoder=CRFDecoder())]


MODELS = [
    classifier,
    span_tagger,
    part_of_speech_tagger,
    language_model,
    language_models,
    translator,
    lambda: translator(encoder="transformer", scheduled_sampling=0.1),
    lambda: translator(encoder="conv", input_feeding=True, cell="gru"),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Paths of the saved models, and the lines that loading them should print."""
    folder, lines = tmp_path_factory.mktemp("models"), []
    for number, make in enumerate(MODELS):
        model, shapes, loss, metrics = make()
        model.build(*shapes)
        model.compile("adam", loss, weighted_metrics=metrics)
        model.save(folder / f"{number}.keras")
        loss_name = loss and type(loss).__name__
        lines.append(f"{type(model).__name__} {loss_name} {model.count_params()}")
    return [str(folder / f"{number}.keras") for number in range(len(MODELS))], lines


def test_every_model_loads_in_a_fresh_process(files):
    paths, expected = files
    done = subprocess.run([sys.executable, "-c", LOAD, *paths], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines() == expected
