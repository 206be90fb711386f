"""Losses against Keras's own where Keras has them in another form."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.training.losses import SmoothedCrossentropy

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(5,), (2, 3)])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_equals_keras_with_one_hot_targets(shape, smoothing):
    logits = RNG.normal(size=(*shape, 7)).astype("float32")
    targets = RNG.integers(0, 7, shape)
    theirs = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    expected = theirs(np.eye(7, dtype="float32")[targets], logits)
    received = SmoothedCrossentropy(smoothing)(targets, logits)
    np.testing.assert_allclose(received, expected, rtol=1e-5)


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_gradient_equals_keras_with_one_hot_targets(smoothing, jit):
    logits = tf.constant(RNG.normal(size=(2, 3, 7)), "float32")
    targets, weights = RNG.integers(0, 7, (2, 3)), np.array([[1.0, 0, 2], [0.5, 1, 0]], "float32")

    @tf.function(jit_compile=jit)
    def gradient(loss, targets):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            value = loss(targets, logits, sample_weight=weights)
        return tape.gradient(value, logits)

    theirs = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    expected = gradient(theirs, tf.one_hot(targets, 7))
    received = gradient(SmoothedCrossentropy(smoothing), tf.constant(targets))
    np.testing.assert_allclose(received, expected, atol=1e-7)


def test_sample_weights_and_config():
    logits, targets = RNG.normal(size=(4, 3)).astype("float32"), np.array([0, 1, 2, 0])
    loss = SmoothedCrossentropy(0.2, reduction="sum")
    again = SmoothedCrossentropy.from_config(loss.get_config())
    weights = np.array([1.0, 0.0, 2.0, 0.5], "float32")
    each = SmoothedCrossentropy(0.2, reduction="none")(targets, logits)
    expected = float((np.array(each) * weights).sum())
    assert float(again(targets, logits, sample_weight=weights)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("smoothing", [-0.1, 1.0])
def test_refuses_other_shares(smoothing):
    with pytest.raises(ValueError, match=r"expected `smoothing` .* received .* Pass"):
        SmoothedCrossentropy(smoothing)
