"""Integrated gradients against integrals made by hand, by SciPy and by finite differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.integrate import quad

from seqtasks.explanations import integrated_gradients
from seqtasks.explanations.integrated_gradients import takes_presence
from seqtasks.models import (
    ClassifierEnsemble,
    ConvolutionalClassifier,
    NgramClassifier,
    RecurrentClassifier,
)

IDS = tf.constant([[5, 9, 3, 3, 7, 12]])


@pytest.fixture(scope="module")
def ensemble():
    keras.utils.set_random_seed(4)
    sizes = {"vocabulary_size": 20, "labels": 3}
    model = ClassifierEnsemble(
        [
            RecurrentClassifier(**sizes, embedding_size=6, units=5, pooling=["attention", "last"]),
            ConvolutionalClassifier(**sizes, embedding_size=6, filters=5, widths=[2, 3]),
            NgramClassifier(**sizes, buckets=50),
        ]
    )
    model.build((None, None))
    rng = np.random.default_rng(4)
    for weight in model.weights:
        if "seed" not in weight.path:
            weight.assign(rng.normal(size=weight.shape) * 0.5)
    return model


def outputs_of(model):
    def outputs(presence):
        rows = tf.repeat(IDS, tf.shape(presence)[0], axis=0)
        return model(rows, training=False, presence=presence)["logits"]

    return outputs


def test_polynomials_are_integrated_exactly():
    """f = g_1 g_2 + g_1^3 and 2 g_3: ∂f/∂g_1 = α + 3 α², ∂f/∂g_2 = α on the path."""

    def outputs(g):
        return tf.stack([g[:, 0] * g[:, 1] + g[:, 0] ** 3, 2 * g[:, 2]], axis=1)

    found = integrated_gradients(outputs, 3)
    np.testing.assert_allclose(found, [[1.5, 0.5, 0], [0, 0, 2]], atol=1e-6)


def test_a_sigmoid_as_scipy_integrates_it():
    weights = np.array([3.0, -1.0, 0.5])

    def outputs(g):
        return tf.sigmoid(tf.linalg.matvec(g, tf.constant(weights, tf.float32)))[:, None]

    def slope(alpha):
        p = 1 / (1 + np.exp(-alpha * weights.sum()))
        return p * (1 - p)

    expected = weights * quad(slope, 0, 1)[0]
    np.testing.assert_allclose(integrated_gradients(outputs, 3)[0], expected, atol=1e-6)


def test_they_add_up_to_the_difference_from_the_blank_text(ensemble):
    outputs = outputs_of(ensemble)
    whole, blank = outputs(tf.ones([1, 6])), outputs(tf.zeros([1, 6]))
    np.testing.assert_allclose(
        integrated_gradients(outputs, 6).sum(axis=1), (whole - blank)[0], atol=5e-3
    )
    assert np.abs(whole - blank).max() > 0.3


def test_each_is_the_integral_of_finite_differences(ensemble):
    outputs, count, step = outputs_of(ensemble), 400, 1e-3
    alphas = (np.arange(count) + 0.5) / count
    path = np.repeat(alphas[:, None], 6, axis=1).astype("float32")
    found = integrated_gradients(outputs, 6)
    for word in range(6):
        move = step * np.eye(6, dtype="float32")[word]
        rises = (outputs(path + move) - outputs(path - move)).numpy() / (2 * step)
        np.testing.assert_allclose(found[:, word], rises.mean(axis=0), atol=1e-2)


def test_presence_of_all_words_changes_nothing_and_of_none_reads_none(ensemble):
    plain = ensemble(IDS, training=False)["member_logits"]
    given = ensemble(IDS, training=False, presence=tf.ones([1, 6]))["member_logits"]
    np.testing.assert_allclose(plain, given, atol=1e-6)
    others = tf.constant([[1, 2, 4, 6, 8, 10]])
    none = [ensemble(ids, training=False, presence=tf.zeros([1, 6])) for ids in (IDS, others)]
    np.testing.assert_allclose(none[0]["member_logits"], none[1]["member_logits"], atol=1e-6)
    np.testing.assert_allclose(none[0]["member_logits"][0, 2], ensemble.members[2].bias, atol=1e-6)


def test_networks_of_others_are_told_apart(ensemble):
    assert takes_presence(ensemble)
    assert not takes_presence(keras.Sequential([keras.layers.Dense(3)]))
