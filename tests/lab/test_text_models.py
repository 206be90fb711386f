"""Four kinds of prediction: against Keras's layers on prefixes and suffixes, and enumeration."""

import random

import keras
import numpy as np
import pytest

from seqtasks.lab.networks import NeuralModel, NgramModel
from seqtasks.lab.networks.text_models import BOUNDARY, perplexity, sum_over_sentences
from seqtasks.lab.prediction import PredictionOptions, measure
from seqtasks.lab.problems.fitting_text import LANGUAGES
from seqtasks.layers import LSTM

VOCABULARY = 7
SENTENCES = [[2, 3, 4], [5, 3], [2, 6, 6, 4, 5]]


def made(masked):
    keras.utils.set_random_seed(1)
    model = NeuralModel(masked, VOCABULARY, units=4)
    rng = np.random.default_rng(0)
    model.model.set_weights([rng.normal(size=w.shape) for w in model.model.get_weights()])
    return model


def layers_of(model):
    """Keras's own layers with the model's weights: embedding, one LSTM a direction, logits."""
    found = [layer for layer in model.model.layers if isinstance(layer, LSTM)]
    lstms = []
    for layer in sorted(found, key=lambda layer: layer.go_backwards):
        lstm = keras.layers.LSTM(4)
        lstm.build((None, None, 4))
        lstm.set_weights(layer.get_weights())
        lstms.append(lstm)
    embedding = next(x for x in model.model.layers if isinstance(x, keras.layers.Embedding))
    dense = model.model.layers[-1].get_weights()
    return embedding.get_weights()[0], lstms, dense


@pytest.mark.parametrize("masked", [False, True])
def test_each_word_is_predicted_from_a_prefix_and_a_suffix_without_it(masked):
    """In rows padded to one length, as if each prefix and suffix had been read alone."""
    model = made(masked)
    embedding, lstms, (kernel, bias) = layers_of(model)
    assert len(lstms) == 1 + masked
    found = model.log_probabilities(SENTENCES)
    for sentence, log_p in zip(SENTENCES, found, strict=True):
        ids = np.array([BOUNDARY, *sentence, BOUNDARY])
        for t in range(1, len(sentence) + 1):
            parts = [np.array(lstms[0](embedding[ids[:t]][None]))[0]]
            if masked:
                parts.append(np.array(lstms[1](embedding[ids[:t:-1]][None]))[0])
            logits = (np.concatenate(parts) @ kernel + bias).astype("float64")
            expected = logits[ids[t]] - np.log(np.exp(logits).sum())
            np.testing.assert_allclose(log_p[t - 1], expected, atol=1e-4)


def test_what_sums_to_one_and_what_does_not():
    ngrams = [NgramModel(SENTENCES * 3, VOCABULARY, order) for order in (1, 3)]
    for model in (*ngrams, made(False)):
        for words in (1, 2, 3):
            assert sum_over_sentences(model, VOCABULARY, words) == pytest.approx(1, abs=1e-4)
    assert abs(sum_over_sentences(made(True), VOCABULARY, 2) - 1) > 0.01


def test_a_sentence_scores_alike_alone_and_among_others():
    for order in (1, 3):
        model = NgramModel(SENTENCES * 3, VOCABULARY, order)
        alone = [model.log_probabilities([sentence])[0] for sentence in SENTENCES]
        for one, among in zip(alone, model.log_probabilities(SENTENCES), strict=True):
            np.testing.assert_allclose(one, among)


def test_perplexity_of_a_uniform_model_is_the_number_of_words():
    assert perplexity([np.log([1 / 7] * 3), np.log([1 / 7])]) == pytest.approx(7)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda x: x.name)
def test_pairs_differ_in_one_noun_and_were_never_together(language):
    seen = [set(sentence) for sentence in language.text(random.Random(0), 500)]
    for right, wrong in language.pairs():
        different = [(a, b) for a, b in zip(right, wrong, strict=True) if a != b]
        assert len(different) == 1 and sorted(right) != sorted(wrong)
        assert not any(set(different[0]) <= words for words in seen)


def test_each_noun_of_the_text_goes_with_both_adjectives():
    """So that words beside the noun say nothing about it."""
    for language in LANGUAGES:
        beside = {}
        for sentence in language.text(random.Random(0), 1000):
            beside.setdefault(sentence[-2 if language.name == "Vietnamese" else -3], []).append(
                sentence[-1] == language.adjectives[0]
            )
        assert len(beside) == 8
        assert all(0.35 < sum(small) / len(small) < 0.65 for small in beside.values())


@pytest.mark.slow
def test_the_masked_model_chooses_the_noun_that_ngrams_cannot():
    rows = list(measure(PredictionOptions(steps=500)))
    right = {}
    for row in rows:
        if row["part"] == "pair":
            key = row["model"], row["language"]
            right.setdefault(key, []).append(row["value"] > row["other_value"])
    assert np.mean(right["masked BiLSTM", "English"]) > 0.9
    assert np.mean(right["5-gram", "English"]) < 0.7
