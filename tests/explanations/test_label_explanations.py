"""Explanations of labels against scikit-learn's linear models, whose contributions are known."""

import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from seqtasks.errors import InputError
from seqtasks.explanations import explain
from seqtasks.explanations.words import words_of
from seqtasks.models import ClassifierEnsemble, MultilabelEnsemble, RecurrentClassifier
from seqtasks.predictors import LabelPredictor, MultilabelPredictor
from seqtasks.text import Tokenizer

TEXTS = ["a fine film", "a dull film", "fine and warm", "dull and cold", "so so film", "cold so so"]
LABELS = ["good", "bad", "good", "bad", "so-so", "so-so"]


@keras.saving.register_keras_serializable(package="test_explanations")
class Linear(keras.Model):
    """Logits are a sum of a row a word."""

    def __init__(self, words, labels):
        super().__init__()
        self.rows, self.bias = keras.layers.Embedding(words, labels), np.zeros(labels)

    def call(self, ids, training=None, presence=None):
        count = ops.cast(ids != 0, "float32") * (1.0 if presence is None else presence)
        return {"logits": ops.sum(self.rows(ids) * count[:, :, None], axis=1) + self.bias}


def linear(labels, make=LabelPredictor):
    """scikit-learn's model, and the same one as a source of explanations."""
    cut = {"token_pattern": r"\w+"}
    counts = CountVectorizer(**cut).fit(TEXTS)
    theirs = LogisticRegression(C=10).fit(counts.transform(TEXTS), labels)
    tokenizer = Tokenizer.fit(TEXTS, "words", max_size=50)
    weights, bias = theirs.coef_, theirs.intercept_
    if len(theirs.classes_) == 2:
        weights, bias = np.concatenate([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    model = Linear(len(tokenizer.vocabulary), len(bias))
    model(tf.constant([[1]]))
    rows = np.zeros(model.rows.embeddings.shape)
    for word, column in counts.vocabulary_.items():
        rows[tokenizer.vocabulary.tokens.index(word)] = weights[:, column]
    model.rows.embeddings.assign(rows)
    model.bias = bias.astype("float32")
    return counts, theirs, source(tokenizer, model, list(theirs.classes_), make)


def source(tokenizer, model, labels, make=LabelPredictor):
    return types.SimpleNamespace(
        predictor=make(tokenizer, model, labels),
        model=model,
        tokenizer=tokenizer,
        manifest=types.SimpleNamespace(labels=labels),
    )


def test_of_a_linear_model_they_are_its_weights():
    """Sum and sign: each is the word's coefficient, together the decision without the intercept."""
    labels = ["good" if label == "good" else "other" for label in LABELS]
    counts, theirs, run = linear(labels)
    signs = set()
    for text in TEXTS:
        (found,) = explain(run, text, label="other")
        decision = theirs.decision_function(counts.transform([text]))[0]
        assert found.log_odds == pytest.approx(decision, abs=1e-4)
        assert found.blank_log_odds == pytest.approx(theirs.intercept_[0], abs=1e-4)
        for word in found.words:
            known = theirs.coef_[0, counts.vocabulary_[word.text]]
            assert word.leave_one_out == pytest.approx(known, abs=1e-4)
            assert word.integrated_gradients == pytest.approx(known, abs=1e-4)
            signs.add((word.text, np.sign(known)))
        left = sum(word.leave_one_out for word in found.words)
        assert left == pytest.approx(decision - theirs.intercept_[0], abs=1e-3)
        assert [word.text for word in found.words] == text.split()
    assert {("fine", -1), ("dull", 1)} <= signs


def test_of_three_labels_it_is_what_scikit_learn_says_without_the_word():
    counts, theirs, run = linear(LABELS)
    for text in TEXTS:
        (found,) = explain(run, text)
        assert found.label == theirs.predict(counts.transform([text]))[0]
        column = list(theirs.classes_).index(found.label)

        def odds(text, column=column):
            p = theirs.predict_proba(counts.transform([text]))[0, column]
            return np.log(p / (1 - p))

        words = text.split()
        assert found.log_odds == pytest.approx(odds(text), abs=1e-4)
        for n, word in enumerate(found.words):
            without = odds(" ".join(words[:n] + words[n + 1 :]))
            assert word.leave_one_out == pytest.approx(odds(text) - without, abs=1e-4)
        total = sum(word.integrated_gradients for word in found.words)
        assert total == pytest.approx(found.log_odds - found.blank_log_odds, abs=1e-4)


@pytest.fixture(scope="module")
def attending():
    """A classifier of characters, of any number of labels, that pools by attention."""
    keras.utils.set_random_seed(3)
    tokenizer = Tokenizer.fit(TEXTS, "characters", max_size=50, max_length=12)
    sizes = {"vocabulary_size": len(tokenizer.vocabulary), "labels": 3, "embedding_size": 8}
    member = RecurrentClassifier(**sizes, units=6, pooling=["attention", "max"])
    model = MultilabelEnsemble([member])
    model.build((None, None))
    member.pools[0].query.assign(np.random.default_rng(1).normal(size=(6, 1)) * 4)
    return source(tokenizer, model, ["a", "b", "c"], MultilabelPredictor)


def test_words_of_characters_sum_over_them(attending):
    found = explain(attending, " a  fine film and more", label="b")[0]
    assert [word.text for word in found.words] == ["a", "fine", "film"]  # of 12 characters
    total = sum(word.integrated_gradients for word in found.words)
    assert total == pytest.approx(found.log_odds - found.blank_log_odds, abs=1e-3)
    assert sum(word.attention for word in found.words) == pytest.approx(1, abs=1e-5)
    p = attending.predictor.signatures["serving_default"](text=tf.constant(["a film and more"]))
    p = p["probabilities"][0, 1].numpy()
    without = found.log_odds - found.words[1].leave_one_out
    assert without == pytest.approx(np.log(p / (1 - p)), abs=1e-4)


def test_the_saved_model_gives_the_weights_of_attention(attending, tmp_path):
    """softmax_t(v · tanh(x_t W + b)) in NumPy, over what the encoder gives."""
    predictor = attending.predictor
    tf.saved_model.save(predictor, tmp_path / "m", dict(predictor.signatures))
    loaded = tf.saved_model.load(tmp_path / "m")
    texts = ["a fine film", "", "so so"]
    found = {k: v.numpy() for k, v in loaded.signatures["attention"](tf.constant(texts)).items()}
    member = attending.model.members[0]
    pool = member.pools[0]
    for n, text in enumerate(texts):
        tokens = [token.decode() for token in found["tokens"][n] if token]
        assert "".join(tokens) == text
        weights = found["attention"][n]
        assert (weights[len(tokens) :] == 0).all()
        if not text:
            continue
        ids = attending.tokenizer(tf.constant([text])).to_tensor()
        x = member.encoder(member.embedding(ids), mask=ids != 0)[0].numpy()
        scores = np.tanh(x @ pool.kernel.numpy() + pool.bias.numpy()) @ pool.query.numpy()
        expected = np.exp(scores[:, 0]) / np.exp(scores[:, 0]).sum()
        np.testing.assert_allclose(weights[: len(tokens)], expected, atol=1e-5)
    assert np.ptp(found["attention"][0]) > 0.03


def test_without_attention_there_is_no_such_signature():
    sizes = {"vocabulary_size": 9, "labels": 2, "embedding_size": 4}
    model = ClassifierEnsemble([RecurrentClassifier(**sizes, units=3, pooling=["mean"])])
    model.build((None, None))
    tokenizer = Tokenizer.fit(TEXTS, "words", max_size=5)
    assert [*source(tokenizer, model, ["a", "b"]).predictor.signatures] == ["serving_default"]


def test_places_point_at_words_and_nothing_is_too_odd():
    *_, run = linear(LABELS)
    for text in ("", "   ", "=\u0338 e\u0302\u0323 can't!", "a\x00b\tc", "so " * 30, "🙂日本"):
        (found,) = explain(run, text)
        for word in found.words:
            assert word.text == found.text[word.start : word.end]
            assert np.isfinite(word.leave_one_out)
    assert [w.text for w in explain(run, "I can't")[0].words] == ["I", "ca", "n't"]
    capped = Tokenizer.fit(TEXTS, "words", max_size=5, max_length=3)
    assert [len(words_of("so " * n, capped).places) for n in (2, 3, 9)] == [2, 3, 3]


def test_what_cannot_be_explained_is_one_sentence():
    *_, run = linear(LABELS)
    with pytest.raises(InputError, match="label: expected one of bad, good, so-so, found 'odd'"):
        explain(run, "a film", label="odd")
    with pytest.raises(InputError, match="'tokens' does not apply"):
        explain(run, "a film", tokens=True)
    run.predictor = types.SimpleNamespace(kind="generation")
    with pytest.raises(InputError, match="expected a run that classifies or tags, found gener"):
        explain(run, "a film")
