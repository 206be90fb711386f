"""Lemmas from scores of rules: known forms keep to their rules, known lemmas are preferred."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.text.edit_rules import apply_rule
from seqtasks.text.lemmatizer import Lemmatizer

PAIRS = [
    *[("the", "the"), ("The", "the"), ("cats", "cat"), ("Oslo", "Oslo"), ("was", "be")],
    *[("saw", "see"), ("saw", "saw"), ("rains", "rain"), ("rain", "rain"), ("rated", "rate")],
    *[("baked", "bake"), ("tried", "try"), ("talked", "talk"), ("was", "be"), ("Huế", "Huế")],
]


def scores_of(lemmatizer, rows, seed=0):
    random = np.random.default_rng(seed).normal(size=(rows, len(lemmatizer.rules)))
    return tf.nn.log_softmax(tf.constant(random * 3, tf.float32))


def chosen_in_python(lemmatizer, form, scores):
    """The rule of the docstring, rule by rule."""
    edits = [n for n, rule in enumerate(lemmatizer.rules) if not rule.startswith("=")]
    allowed = sorted(lemmatizer.forms.get(form, edits), key=lambda n: -scores[n])
    best = max(
        allowed[: lemmatizer.candidates],
        key=lambda n: (
            scores[n]
            + lemmatizer.bonus * (apply_rule(form, lemmatizer.rules[n]) in lemmatizer.lemmas)
        ),
    )
    return apply_rule(form, lemmatizer.rules[best]), best


@pytest.mark.parametrize(("bonus", "candidates"), [(3.0, 5), (0.0, 1), (1.0, 2), (30.0, 100)])
def test_the_graph_chooses_as_python_does(bonus, candidates):
    lemmatizer = Lemmatizer.fit(PAIRS, bonus=bonus, candidates=candidates)
    forms = [*dict(PAIRS), "rained", "Cities", "walked", "", "Đà", "tries", "hats", "THE"] * 5
    scores = scores_of(lemmatizer, len(forms))
    lemmas, ids = tf.function(lemmatizer, autograph=False)(tf.constant(forms), scores)
    found = [(lemma.decode(), n) for lemma, n in zip(lemmas.numpy(), ids.numpy(), strict=True)]
    wanted = [chosen_in_python(lemmatizer, *row) for row in zip(forms, scores.numpy(), strict=True)]
    assert found == wanted


def test_known_forms_have_their_lemmas_whatever_the_scores():
    lemmatizer = Lemmatizer.fit(PAIRS)
    forms = [form for form, _ in PAIRS if form != "saw"]
    for seed in range(5):
        lemmas, _ = lemmatizer(tf.constant(forms), scores_of(lemmatizer, len(forms), seed))
        wanted = [lemma.encode() for form, lemma in PAIRS if form != "saw"]
        assert lemmas.numpy().tolist() == wanted
        lemmas, _ = lemmatizer(tf.constant(["saw"]), scores_of(lemmatizer, 1, seed))
        assert lemmas.numpy()[0] in (b"see", b"saw")


def test_a_known_lemma_wins_over_a_slightly_better_score():
    lemmatizer = Lemmatizer.fit(PAIRS)
    scores = np.full([1, len(lemmatizer.rules)], -9.0, "float32")
    scores[0, lemmatizer.rules.index("lower:*-")] = -1.0  # raine
    scores[0, lemmatizer.rules.index("lower:*--")] = -2.0  # rain
    assert lemmatizer(tf.constant(["rained"]), tf.constant(scores))[0].numpy() == [b"rain"]
    lemmatizer.bonus = 0.5
    assert lemmatizer(tf.constant(["rained"]), tf.constant(scores))[0].numpy() == [b"raine"]


def test_rules_are_ordered_by_frequency_and_limited():
    assert Lemmatizer.fit(PAIRS).rules[0] == "lower:*"
    lemmatizer = Lemmatizer.fit(PAIRS, ["keep:*", "lower:*"])
    assert lemmatizer.rules == ["keep:*", "lower:*"]
    assert "was" not in lemmatizer.forms and lemmatizer.forms["Oslo"] == (0,)
    assert Lemmatizer.fit([("was", "be")]).rules == ["=be", "lower:*"]
    with pytest.raises(ValueError, match="at least one rule"):
        Lemmatizer(["=be"], {}, ["be"])


def test_unicode_forms_are_found_however_they_are_typed():
    lemmatizer = Lemmatizer.fit([("e\u0302\u0301ch", "Thu\u031b\u0323a"), *PAIRS])
    for form in ("ếch", "e\u0302\u0301ch", "ê\u0301ch"):
        lemmas, _ = lemmatizer(tf.constant([form]), scores_of(lemmatizer, 1))
        assert lemmas.numpy()[0].decode() == "Thựa"


def test_no_tokens_no_lemmas():
    lemmatizer = Lemmatizer.fit(PAIRS)
    lemmas, ids = lemmatizer(tf.zeros([0], tf.string), tf.zeros([0, len(lemmatizer.rules)]))
    assert lemmas.shape == ids.shape == [0]


LOAD = """
import sys, tensorflow as tf
loaded = tf.saved_model.load(sys.argv[1])
scores = tf.zeros([3, int(sys.argv[2])])
print(loaded.serve(tf.constant(["was", "cats", "H\\u00fbe"]), scores)[0].numpy()[:2])
assert "seqtasks" not in sys.modules
"""


@pytest.mark.slow
def test_lemmas_are_outputs_of_a_saved_model(tmp_path):
    module = tf.Module()
    module.lemmatizer = Lemmatizer.fit(PAIRS)
    rules = len(module.lemmatizer.rules)
    signature = [tf.TensorSpec([None], tf.string), tf.TensorSpec([None, rules], tf.float32)]
    module.serve = tf.function(module.lemmatizer, input_signature=signature, autograph=False)
    tf.saved_model.save(module, str(tmp_path))
    command = [sys.executable, "-c", LOAD, str(tmp_path), str(rules)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[b'be' b'cat']"
