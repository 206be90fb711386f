"""Translator: odd texts, batches, scores and alignments, live and as a SavedModel."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.models import Seq2Seq
from seqtasks.predictors import Translator
from seqtasks.text import Tokenizer, split_words

TEXTS = ["a b c", "c", "", "   ", "zz yy", b"\xff a", "b " * 5000, "a b c d e f g"]
LIMIT = 12


def make(**options):
    keras.utils.set_random_seed(0)
    tokenizer = Tokenizer.fit(["a b c d e f g"], split_words, max_size=20, max_length=LIMIT)
    target = Tokenizer(tokenizer.vocabulary, split_words, max_length=99)
    size = len(tokenizer.vocabulary)
    model = Seq2Seq(size, size, shared=True, embedding_size=6, units=8, decoder_layers=2, seed=1)
    model.build()
    rng = np.random.default_rng(0)
    for weight in model.trainable_weights:
        weight.assign(rng.normal(size=weight.shape) * 0.7)
    return Translator(tokenizer, target, model, **{"beams": 3, "n_best": 2, **options}), model


@pytest.fixture(scope="module")
def translator():
    return make()[0]


def served(predictor, texts):
    return {
        k: v.numpy()
        for k, v in predictor.signatures["serving_default"](
            text=tf.constant(texts, tf.string)
        ).items()
    }


def test_alone_as_in_a_batch_and_odd_texts(translator):
    together = served(translator, TEXTS)
    assert together["translation"].tolist() == together["n_best"][:, 0].tolist()
    assert together["translation"][2] == together["translation"][3] == b""
    for row, text in enumerate(TEXTS):
        alone = served(translator, [text])
        assert alone["n_best"][0].tolist() == together["n_best"][row].tolist()
        np.testing.assert_allclose(alone["scores"][0], together["scores"][row], atol=1e-5)
    assert all(b"UNK" not in t and b"START" not in t for t in together["n_best"].ravel())


def test_batches_of_none_and_of_a_thousand(translator):
    assert served(translator, [])["translation"].shape == (0,)
    assert served(translator, [])["n_best"].shape == (0, 2)
    many = served(translator, ["a b c", "c"] * 500)
    assert set(many["translation"][::2]) == {many["translation"][0]}


def test_the_scores_are_those_of_the_pair(translator):
    found = served(translator, ["a b c", "c d"])
    pair = translator.signatures["score"](
        text=tf.constant(["a b c", "c d"]), translation=tf.constant(found["translation"])
    )
    lengths = pair["tokens"].numpy()
    assert (lengths <= [2 * 3 + 10, 2 * 2 + 10]).all()
    expected = pair["log_probability"].numpy() / ((5 + lengths) / 6)
    np.testing.assert_allclose(found["scores"][:, 0], expected, atol=1e-4)


def test_alignments_are_distributions_over_real_tokens(translator):
    outputs = translator.signatures["align"](text=tf.constant(["a b c", "c"]))
    source, target = outputs["source"].numpy(), outputs["target"].numpy()
    weights = outputs["attention"].numpy()
    assert weights.shape == (2, target.shape[1], source.shape[1])
    assert not weights[1, :, 1:].any()
    np.testing.assert_allclose(weights.sum(-1), target != b"", atol=1e-5)


def test_scores_of_more_translations_than_texts(translator):
    with pytest.raises(tf.errors.InvalidArgumentError, match="a translation for each text"):
        translator.signatures["score"](
            text=tf.constant(["a", "b"]), translation=tf.constant(["c", "d", "e"])
        )


def test_a_coverage_penalty_changes_scores_only_downwards():
    plain, _ = make(beams=1, n_best=1)
    covered, _ = make(beams=1, n_best=1, coverage=0.5)
    a, b = served(plain, ["a b c d"]), served(covered, ["a b c d"])
    assert a["translation"] == b["translation"]
    assert (b["scores"] <= a["scores"]).all()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.slow
def test_the_saved_model_answers_in_a_session_and_reloaded(translator, tmp_path):
    functions = dict(translator.signatures)
    tf.saved_model.save(translator, tmp_path / "m", functions)
    expected = served(translator, TEXTS)
    loaded = tf.saved_model.load(tmp_path / "m")
    assert served(loaded, TEXTS)["n_best"].tolist() == expected["n_best"].tolist()
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        graph = tf.compat.v1.saved_model.load(session, ["serve"], str(tmp_path / "m"))
        signature = graph.signature_def["serving_default"]
        names = {key: value.name for key, value in signature.outputs.items()}
        for texts in (TEXTS, TEXTS[:1], []):
            feed = {signature.inputs["text"].name: np.array(texts, object)}
            found = session.run(names, feed)
            assert found["translation"].tolist() == expected["translation"][: len(texts)].tolist()
