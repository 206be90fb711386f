"""MultilabelPredictor: the labels over their thresholds, the same alone as in any batch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.models import ConvolutionalClassifier, MultilabelEnsemble
from seqtasks.predictors import MultilabelPredictor
from seqtasks.predictors.multilabel import chosen_labels
from seqtasks.text import Tokenizer, split_words

TEXTS = ["good", "not good at all", "", "   ", "không hay", "xyzzy !", "good " * 40]
NAMES = ["a", "b", "c"]


@pytest.fixture(scope="module")
def model_and_predictor():
    keras.utils.set_random_seed(2)
    tokenizer = Tokenizer.fit(TEXTS, split_words, max_size=50, max_length=30)
    sizes = {"vocabulary_size": len(tokenizer.vocabulary), "labels": 3, "embedding_size": 8}
    model = MultilabelEnsemble([ConvolutionalClassifier(**sizes, filters=4, widths=[2, 3])])
    model.build((None, None))
    model.thresholds.assign([0.5, 0.499, 0.6])
    return model, MultilabelPredictor(tokenizer, model, NAMES)


def serve(predictor, texts):
    found = predictor.signatures["serving_default"](text=tf.constant(texts, tf.string))
    return {name: value.numpy() for name, value in found.items()}


def test_by_hand():
    probabilities = tf.constant([[0.9, 0.3, 0.95], [0.1, 0.2, 0.3], [0.5, 0.29, 0.0]])
    found = chosen_labels(probabilities, tf.constant([0.5, 0.3, 0.9]), tf.constant(NAMES))
    assert found.numpy().tolist() == [[b"c", b"a", b"b"], [b"", b"", b""], [b"a", b"", b""]]
    nothing = chosen_labels(probabilities, tf.constant([1.0] * 3), tf.constant(NAMES))
    assert nothing.shape == (3, 0)


def test_what_is_served_is_what_numpy_decides(model_and_predictor):
    model, predictor = model_and_predictor
    outputs = serve(predictor, TEXTS)
    assert outputs["probabilities"].shape == outputs["classes"].shape == (7, 3)
    np.testing.assert_allclose(outputs["thresholds"], [model.thresholds.numpy()] * 7)
    for n in range(7):
        p = outputs["probabilities"][n]
        expected = {NAMES[k] for k in np.flatnonzero(p >= model.thresholds.numpy())}
        found = [label.decode() for label in outputs["labels"][n] if label]
        assert set(found) == expected and len(found) == len(expected)
        assert sorted(found, key=lambda name: -p[NAMES.index(name)]) == found


def test_alone_as_in_a_batch(model_and_predictor):
    _, predictor = model_and_predictor
    together = serve(predictor, TEXTS)
    for n, text in enumerate(TEXTS):
        alone = serve(predictor, [text])
        found = [label for label in together["labels"][n] if label]
        assert alone["labels"][0].tolist() == found
        np.testing.assert_allclose(
            alone["probabilities"][0], together["probabilities"][n], atol=1e-5
        )


def test_no_text_at_all(model_and_predictor):
    outputs = serve(model_and_predictor[1], [])
    assert outputs["labels"].shape == (0, 0)
    assert outputs["probabilities"].shape == outputs["thresholds"].shape == (0, 3)
