"""LabelPredictor: every text gets an answer, the same alone as in any batch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.models import ClassifierEnsemble, ConvolutionalClassifier, RecurrentClassifier
from seqtasks.predictors import LabelPredictor, chunks, in_length_order
from seqtasks.text import Tokenizer, split_words

TEXTS = ["good", "not good at all", "", "   ", "không hay", "xyzzy !", "good " * 40]


@pytest.fixture(scope="module")
def predictor():
    keras.utils.set_random_seed(2)
    tokenizer = Tokenizer.fit(TEXTS, split_words, max_size=50, max_length=30)
    sizes = {"vocabulary_size": len(tokenizer.vocabulary), "labels": 3, "embedding_size": 8}
    members = [
        RecurrentClassifier(**sizes, units=4, pooling=["max", "mean"], bidirectional=True),
        ConvolutionalClassifier(**sizes, filters=4, widths=[2, 3]),
    ]
    model = ClassifierEnsemble(members)
    model.build((None, None))
    return LabelPredictor(tokenizer, model, ["a", "b", "c"])


def serve(predictor, texts):
    return {
        k: v.numpy()
        for k, v in predictor.signatures["serving_default"](
            text=tf.constant(texts, tf.string)
        ).items()
    }


def test_answers_have_one_row_a_text(predictor):
    outputs = serve(predictor, TEXTS)
    probabilities = outputs["probabilities"]
    assert probabilities.shape == outputs["classes"].shape == (7, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    expected = np.array([b"a", b"b", b"c"])[probabilities.argmax(axis=1)]
    np.testing.assert_array_equal(outputs["label"], expected)
    assert outputs["classes"].tolist() == [[b"a", b"b", b"c"]] * 7


def test_alone_as_in_a_batch(predictor):
    together = serve(predictor, TEXTS)["probabilities"]
    for text, expected in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(
            serve(predictor, [text])["probabilities"][0], expected, atol=1e-5
        )


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_chunks_keep_the_order(rows, monkeypatch):
    """A stand-in for the network that tells texts apart by their length and sum."""
    monkeypatch.setattr(chunks, "SERVING_ROWS", rows)
    widths = []

    def network(ids):
        widths.append(ids.shape[1])
        steps = tf.reduce_sum(tf.cast(ids > 0, tf.float32), axis=1)
        return tf.stack([steps, tf.cast(tf.reduce_sum(ids, axis=1), tf.float32)], axis=1)

    ids = tf.ragged.constant([[3], [5, 6, 7], [], [2, 2], [9, 9, 9, 9], [1]], dtype=tf.int32)
    outputs = in_length_order(network, ids, width=2)
    assert outputs.numpy().tolist() == [[1, 3], [3, 18], [0, 0], [2, 4], [4, 36], [1, 1]]
    assert widths == {1: [4, 3, 2, 1, 1, 1], 2: [4, 2, 1], 3: [4, 1], 100: [4]}[rows]


@pytest.mark.parametrize("steps", [1, 4, 7, 1000])
def test_outputs_of_every_step_in_chunks_of_bounded_size(steps, monkeypatch):
    monkeypatch.setattr(chunks, "SERVING_STEPS", steps)
    sizes = []

    def network(features):
        sizes.append(features.shape[0] * features.shape[1])
        return tf.cast(features[:, :, :1] * 10 + features[:, :, 1:], tf.float32)

    values = tf.constant([[n, 9 - n] for n in range(1, 9)])
    features = tf.RaggedTensor.from_row_lengths(values, [1, 0, 4, 3])
    outputs = in_length_order(network, features, width=1, per_step=True)
    assert outputs.to_list() == [[[18]], [], [[27], [36], [45], [54]], [[63], [72], [81]]]
    assert max(sizes) <= max(steps, 4)


def test_no_text_at_all(predictor):
    outputs = serve(predictor, [])
    assert outputs["label"].shape == (0,)
    assert outputs["probabilities"].shape == outputs["classes"].shape == (0, 3)


def test_anything_else_gets_an_answer(predictor):
    odd = [b"\xff\xfe\x00", "x" * 100_000, "good " * 20_000, "\x00", "🙂" * 500]
    outputs = serve(predictor, odd)
    assert np.isfinite(outputs["probabilities"]).all()


def test_ten_thousand_texts(predictor):
    outputs = serve(predictor, ["good", "not good at all"] * 5000)
    assert outputs["label"].shape == (10_000,)
    assert np.ptp(outputs["probabilities"][::2], axis=0).max() < 1e-5


def test_texts_are_cut_at_max_length(predictor):
    cut, whole = serve(predictor, ["good " * 30, "good " * 500])["probabilities"]
    np.testing.assert_allclose(cut, whole, atol=1e-6)
