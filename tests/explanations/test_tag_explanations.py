"""Explanations of tags: a linear model whose contributions are known, a CRF by enumeration."""

import itertools
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.errors import InputError
from seqtasks.explanations import explain
from seqtasks.features import WordFeatures
from seqtasks.models import LinearTagger, RecurrentTagger, Tagger
from seqtasks.models.linear_tagger import templates
from seqtasks.predictors import TagPredictor
from seqtasks.text import bio

SENTENCES = ["Anna Lee sings in Huế .", "Do n't go !", "Đà_Nẵng and New York"]


def source_with(tags, scheme=None, transitions=True, recurrent=True):
    keras.utils.set_random_seed(2)
    features = WordFeatures.fit(SENTENCES, max_words=50)
    sizes = (len(features.words), len(features.characters), len(tags))
    members = [LinearTagger(len(tags), buckets=999)]
    if recurrent:
        members.append(RecurrentTagger(*sizes, word_size=8, filters=6, units=8))
    constraints = bio.allowed_transitions(tags, scheme) if scheme else None
    model = Tagger(members, len(tags), constraints, transitions)
    model.build((None, None, features.width))
    rng = np.random.default_rng(2)
    members[0].table.assign(rng.normal(size=(999, len(tags))) * 0.1)
    if model.crf:
        model.crf.between.assign(rng.normal(size=(len(tags),) * 2))
    return types.SimpleNamespace(
        predictor=TagPredictor(features, model, tags, scheme),
        model=model,
        tokenizer=features,
        manifest=types.SimpleNamespace(labels=tags),
    )


def features_of(run, text):
    return run.tokenizer(tf.ragged.constant([text.split()])).to_tensor()


def test_of_a_linear_model_they_are_the_weights_of_its_templates():
    """Left out, a word takes all templates with it; of a conjunction each word has one half."""
    run = source_with(["A", "B"], transitions=False, recurrent=False)
    text = SENTENCES[0]
    member, count = run.model.members[0], 6
    table = member.table.numpy() * member.weight_scale
    table = table[:, 0] - table[:, 1]
    values = table[member.places(features_of(run, text))[0].numpy()]  # [words, templates]
    singles, pairs = templates(0)
    offsets = [*((place,) for _, place in singles), *((a, b) for (_, a), (_, b) in pairs)]
    for step, found in enumerate(explain(run, text, tokens=True)):
        sign = {"A": 1, "B": -1}[found.label]
        left, parts, ends = np.zeros(count), np.zeros(count), 0.0
        for value, places in zip(values[step], offsets, strict=True):
            inside = [step + place for place in places if 0 <= step + place < count]
            for word in inside:
                left[word] += value
                parts[word] += value / len(inside)
            ends += 0 if inside else value
        assert found.target == text.split()[step]
        assert found.log_odds == pytest.approx(sign * values[step].sum(), abs=1e-4)
        assert found.blank_log_odds == pytest.approx(sign * ends, abs=1e-4)
        np.testing.assert_allclose([w.leave_one_out for w in found.words], sign * left, atol=1e-4)
        gradients = [w.integrated_gradients for w in found.words]
        np.testing.assert_allclose(gradients, sign * parts, atol=1e-4)


def log_odds(emissions, crf, step, tag):
    """By enumeration of all paths."""
    start, between, end = (w.numpy() for w in (crf.start, crf.between, crf.end))
    mass = [0.0, 0.0]
    for path in itertools.product(range(3), repeat=len(emissions)):
        score = start[path[0]] + end[path[-1]] + sum(between[p] for p in itertools.pairwise(path))
        score += sum(emissions[t, y] for t, y in enumerate(path))
        mass[int(path[step] == tag)] += np.exp(score)
    return np.log(mass[1] / mass[0])


def test_under_a_crf_log_odds_are_those_of_all_paths():
    run = source_with(["NOUN", "PUNCT", "VERB"])
    text = "Anna sings in Huế"
    features = features_of(run, text)

    def emissions(blank=None):
        presence = np.ones((1, 4), "float32")
        presence[0, [] if blank is None else blank] = 0
        return run.model(features, training=False, presence=presence)["logits"][0].numpy()

    tags = run.model.decode(features)[0][0].numpy()
    every = explain(run, text)
    assert [one.label for one in every] == [run.manifest.labels[tag] for tag in tags]
    for step, found in enumerate(every):
        whole = log_odds(emissions(), run.model.crf, step, tags[step])
        assert found.log_odds == pytest.approx(whole, abs=1e-3)
        for n, word in enumerate(found.words):
            without = log_odds(emissions(blank=n), run.model.crf, step, tags[step])
            assert word.leave_one_out == pytest.approx(whole - without, abs=1e-3)
        total = sum(word.integrated_gradients for word in found.words)
        assert total == pytest.approx(found.log_odds - found.blank_log_odds, abs=1e-3)


def test_a_span_is_explained_by_its_least_certain_token():
    tags = sorted(["O", *(f"{p}-{t}" for p in "BIES" for t in ("PER", "LOC"))])
    run = source_with(tags, "bioes")
    text = "Anna Lee sings in New York, Huế and Đà_Nẵng."
    served = run.predictor.signatures["serving_default"](text=tf.constant([text]))
    served = {name: value.numpy()[0] for name, value in served.items()}
    every = explain(run, text)
    assert len(every) == len(served["span_types"]) > 1
    for n, found in enumerate(every):
        assert found.label == served["span_types"][n].decode()
        assert text[found.start : found.end] == found.target == served["span_texts"][n].decode()
        p = served["span_confidence"][n]
        assert found.log_odds == pytest.approx(np.log(p / (1 - p)), abs=1e-2)
        assert [text[word.start : word.end] for word in found.words] == [
            w.text for w in found.words
        ]
        gap = sum(w.integrated_gradients for w in found.words) - found.log_odds
        assert gap == pytest.approx(-found.blank_log_odds, abs=5e-3)
    assert {one.label for one in explain(run, text, label="PER")} <= {"PER"}
    assert explain(run, "") == () and explain(run, text, label="ORG") == ()


def test_too_many_words_and_networks_of_others():
    run = source_with(["A", "B"], transitions=False, recurrent=False)
    with pytest.raises(InputError, match="at most 512 words, found 600"):
        explain(run, "a " * 600)
    run.model = keras.Sequential([keras.layers.Dense(2)])
    with pytest.raises(InputError, match="expected a model whose `call` takes `presence`"):
        explain(run, "a")
