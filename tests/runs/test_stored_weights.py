"""Weights that are stored in fewer bits: what is written, what is loaded, what it answers."""

import gc

import keras
import numpy as np
import pytest
import tensorflow as tf

import seqtasks
from seqtasks.data.samples import sentiment
from seqtasks.errors import InputError
from seqtasks.features import WordFeatures
from seqtasks.models import (
    ClassifierEnsemble,
    LanguageModel,
    RecurrentClassifier,
    RecurrentTagger,
    Seq2Seq,
    Tagger,
)
from seqtasks.predictors import (
    LabelPredictor,
    SharedFunction,
    TagPredictor,
    TextGenerator,
    Translator,
)
from seqtasks.runs.saved_predictor import export
from seqtasks.runs.stored_weights import BLOCK, int8_blocks
from seqtasks.text import Tokenizer, Vocabulary, split_verbatim, split_words

TEXTS = ["not good at all", "Anna sings in Huế .", "", "x" * 60, "a b c " * 30]
WORDS = ["good", "not good at all", "Anna Lee sings in Huế .", "Đà_Nẵng and New York"]


def classifier():
    tokenizer = Tokenizer.fit(WORDS, split_words, max_size=50, max_length=30)
    sizes = {"vocabulary_size": len(tokenizer.vocabulary), "labels": 3, "embedding_size": 96}
    model = ClassifierEnsemble([RecurrentClassifier(**sizes, units=24, pooling=["max"])])
    model.build((None, None))
    return LabelPredictor(tokenizer, model, ["bad", "good", "so-so"]), model


def tagger():
    features = WordFeatures.fit(WORDS, max_words=50)
    sizes = (len(features.words), len(features.characters), 4)
    model = Tagger([RecurrentTagger(*sizes, word_size=64, filters=6, units=16)], 4)
    model.build((None, None, features.width))
    return TagPredictor(features, model, ["A", "B", "C", "D"]), model


def writer():
    tokenizer = Tokenizer(Vocabulary(list("abcde \né")), split_verbatim, separator="")
    sizes = {"embedding_size": 24, "units": 24, "layers": 1, "rows": 2}
    model = LanguageModel(len(tokenizer.vocabulary), **sizes)
    model.build()
    return TextGenerator(tokenizer, model, ends=False, length=20), model


def translator():
    tokenizer = Tokenizer.fit(["a b c d e f g"], split_words, max_size=20, max_length=12)
    target = Tokenizer(tokenizer.vocabulary, split_words, max_length=99)
    size = len(tokenizer.vocabulary)
    model = Seq2Seq(size, size, shared=True, embedding_size=32, units=32, decoder_layers=1)
    model.build()
    return Translator(tokenizer, target, model, beams=3, n_best=2), model


MAKERS = [classifier, tagger, writer, translator]


def made(maker, seed=5):
    keras.utils.set_random_seed(seed)
    predictor, model = maker()
    rng = np.random.default_rng(seed)
    for weight in model.trainable_weights:
        weight.assign(rng.normal(size=weight.shape) * 0.4)
    return predictor, model


def size_of_variables(folder):
    return sum(p.stat().st_size for p in (folder / "saved_model" / "variables").iterdir())


def answers(model, texts):
    found = model.signatures["serving_default"](text=tf.constant(texts))
    return {name: value.numpy() for name, value in found.items()}


@pytest.mark.parametrize("shape", [(3,), (64,), (65, 3), (2, 3, 50)])
def test_codes_are_within_half_a_step(shape):
    value = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    codes, scales = int8_blocks(value)
    assert codes.dtype == np.int8 and codes.shape == (-(-value.size // BLOCK), BLOCK)
    found = (codes * scales[:, None]).ravel()[: value.size]
    steps = np.repeat(scales, BLOCK)[: value.size]
    assert (abs(found - value.ravel()) <= steps * 0.5001).all()
    assert np.abs(codes).max() == 127  # the whole range is used
    zeros, scales = int8_blocks(np.zeros(70, np.float32))
    assert not zeros.any() and not scales.any()


@pytest.mark.parametrize("storage", ["float16", "int8"])
@pytest.mark.parametrize("maker", MAKERS)
def test_it_answers_as_the_model_with_these_weights(maker, storage, tmp_path):
    predictor, model = made(maker)
    answers_before = {
        k: v.numpy()
        for k, v in predictor.signatures["serving_default"](text=tf.constant(TEXTS)).items()
    }  # traced before, as training traces it
    export(tmp_path, predictor, model, storage)
    loaded = tf.saved_model.load(tmp_path / "saved_model")
    found = answers(loaded, TEXTS)
    # The oracle: NumPy rounds the weights of the model itself, which has not been changed by it.
    again = predictor.signatures["serving_default"](text=tf.constant(TEXTS))
    assert all((again[k].numpy() == v).all() for k, v in answers_before.items())
    for weight in model.weights:
        value = weight.numpy()
        if value.dtype != np.float32 or value.size < 1024:
            continue
        if storage == "float16":
            weight.assign(value.astype(np.float16).astype(np.float32))
        else:
            flat = np.append(value.ravel(), np.zeros(-value.size % 64)).reshape(-1, 64)
            scale = np.abs(flat).max(1, keepdims=True).astype(np.float32) / 127
            flat = np.rint(flat / np.where(scale == 0, 1, scale)) * scale
            weight.assign(flat.ravel()[: value.size].reshape(value.shape))
    expected = predictor.signatures["serving_default"](text=tf.constant(TEXTS))
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        if value.dtype.is_floating:
            np.testing.assert_allclose(found[name], value, atol=2e-5)
        else:
            np.testing.assert_array_equal(found[name], value)


def test_files_are_smaller(tmp_path):
    sizes = {}
    for storage in ("none", "float16", "int8"):
        predictor, model = made(tagger)
        export(tmp_path / storage, predictor, model, storage)
        sizes[storage] = size_of_variables(tmp_path / storage)
    assert sizes["float16"] < 0.65 * sizes["none"] and sizes["int8"] < 0.5 * sizes["none"]


def test_two_loaded_models_do_not_share_weights_and_give_them_back(tmp_path):
    for seed in (5, 6):
        export(tmp_path / f"{seed}", *made(classifier, seed), "int8")
    models = [tf.saved_model.load(tmp_path / f"{n}" / "saved_model") for n in (5, 6, 5)]
    found = [answers(model, TEXTS)["probabilities"] for model in models]
    assert (found[0] == found[2]).all() and abs(found[0] - found[1]).max() > 1e-3
    del models[2]
    gc.collect()
    assert (answers(models[0], TEXTS)["probabilities"] == found[0]).all()


@pytest.mark.parametrize("storage", ["float16", "int8"])
def test_it_loads_in_a_session(storage, tmp_path):
    """As TensorFlow Serving loads it: restore, then initialize."""
    predictor, model = made(classifier)
    export(tmp_path, predictor, model, storage)
    expected = answers(tf.saved_model.load(tmp_path / "saved_model"), TEXTS)["probabilities"]
    tf1 = tf.compat.v1
    with tf1.Session(graph=tf.Graph()) as session:
        graph = tf1.saved_model.load(session, ["serve"], str(tmp_path / "saved_model"))
        signature = graph.signature_def["serving_default"]
        name = signature.outputs["probabilities"].name
        for _ in range(2):  # the weights stay between two runs
            found = session.run(name, {signature.inputs["text"].name: TEXTS})
            np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_predictor_of_another_kind_is_refused(tmp_path):
    class Other:
        kind, settings, signatures = "other", {}, {"serving_default": lambda text: {"text": text}}

    with pytest.raises(InputError, match="--quantize: the predictor of kind 'other'"):
        export(tmp_path, Other(), made(classifier)[1], "int8")


class Nested(tf.Module):
    """A predictor with a signature that calls a function of the model."""

    kind, settings = "nested", {}

    def __init__(self, model, shared):
        super().__init__()
        self.variables_held = [variable.value for variable in model.variables]
        text = tf.TensorSpec([None], tf.string, name="text")

        def numbers(text):
            return model(tf.ones([tf.size(text), 3], tf.int32))["logits"]

        sharing = SharedFunction if shared else tf.function
        inner = sharing(numbers, [text])
        inner(tf.constant(["traced before"]))
        serve = tf.function(lambda text: {"y": inner(text)}, input_signature=[text])
        self.signatures = {"serving_default": serve}


def test_a_function_that_is_called_by_signatures(tmp_path):
    _, model = made(classifier)
    export(tmp_path / "shared", Nested(model, shared=True), model, "int8")
    loaded = tf.saved_model.load(tmp_path / "shared" / "saved_model")
    expected = model(tf.ones([len(TEXTS), 3], tf.int32))["logits"]
    np.testing.assert_allclose(answers(loaded, TEXTS)["y"], expected, atol=0.1)
    with pytest.raises(InputError, match=r"a signature that calls a tf\.function"):
        export(tmp_path / "nested", Nested(model, shared=False), model, "int8")


def test_a_run_says_what_it_lost(tmp_path, capsys):
    rows = [*sentiment.streams()["train"]][:300]
    options = {"members": ("ngram",), "batch_size": 16, "epochs": 2, "report": False, "seed": 2}
    whole = seqtasks.train("sentiment", rows, out=tmp_path / "whole", verbose=0, **options)
    capsys.readouterr()
    run = seqtasks.train("sentiment", rows, out=tmp_path / "int8", quantize="int8", **options)
    scores = run.scores
    assert scores["quantize"] == "int8" and "quantize" not in whole.scores
    # The scores before are those of the same run without it, and those after the SavedModel's.
    before = scores["not_quantized"]
    assert before == {name: whole.scores[name] for name in before} and "accuracy" in before
    change = scores["accuracy"] - before["accuracy"]
    said = capsys.readouterr().out
    assert f"int8 instead of float32 weights: accuracy {change:+.4f}" in said
    text = rows[0][0]
    close = pytest.approx(whole(text).probabilities["positive"], abs=0.05)
    assert run(text).probabilities["positive"] == close
    assert size_of_variables(run.path) < 0.35 * size_of_variables(whole.path)
    # The Keras model has its weights as they were, and no optimizer.
    for ours, theirs in zip(run.model.weights, whole.model.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not run.model.compiled
