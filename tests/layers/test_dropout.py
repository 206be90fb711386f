"""Dropout: its rate, its independence, its seeds; compiled or not, saved or not."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.layers import Dropout
from seqtasks.layers.dropout import keep_mask


@pytest.mark.parametrize("rate", [0.01, 0.3, 0.5, 0.9])
def test_the_share_and_the_independence_of_what_is_left(rate):
    generator = keras.random.SeedGenerator(5)
    drawn = np.array([keep_mask((64, 300), rate, generator) for _ in range(20)], float)
    deviation = np.sqrt(rate * (1 - rate))
    assert abs(drawn.mean() - (1 - rate)) < 5 * deviation / np.sqrt(drawn.size)
    centred = (drawn - (1 - rate)) / deviation
    for axis in range(3):  # neighbours in time, in rows, in columns know nothing of each other
        both = centred * np.roll(centred, 1, axis=axis)
        assert abs(both.mean()) < 5 / np.sqrt(drawn.size)
    for axis in (1, 2):  # sums of rows and columns scatter as those of coins
        sums = drawn.sum(axis=axis)
        expected = deviation * np.sqrt(drawn.shape[axis])
        assert sums.std() == pytest.approx(expected, rel=0.15)


def test_scales_what_is_left_and_only_in_training():
    x = np.full((50, 40), 3.0, "float32")
    layer = Dropout(0.25, seed=1)
    np.testing.assert_array_equal(layer(x), x)
    assert set(np.unique(layer(x, training=True))) == {0.0, 4.0}
    assert not np.array_equal(layer(x, training=True), layer(x, training=True))
    np.testing.assert_array_equal(Dropout(0.0)(x, training=True), x)


def test_the_same_seed_draws_the_same_compiled_or_not():
    x = np.ones((6, 7), "float32")
    one, two = Dropout(0.5, seed=3), Dropout(0.5, seed=3)
    compiled = tf.function(lambda x: two(x, training=True), jit_compile=True)
    for _ in range(3):
        np.testing.assert_array_equal(one(x, training=True), compiled(x))
    assert not np.array_equal(
        Dropout(0.5, seed=4)(x, training=True), Dropout(0.5, seed=3)(x, training=True)
    )


def test_it_goes_on_where_its_seed_was_left():
    x = np.ones((6, 7), "float32")
    one, two = Dropout(0.5, seed=3), Dropout(0.5, seed=9)
    one(x, training=True)
    two.generator.state.assign(one.generator.state)
    np.testing.assert_array_equal(one(x, training=True), two(x, training=True))


def test_gradients_reach_what_is_left():
    x = tf.ones((8, 9))
    layer = Dropout(0.5, seed=2)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=True)
    np.testing.assert_array_equal(tape.gradient(y, x), y)


def test_in_a_model_and_a_file(tmp_path):
    inputs = keras.Input((None, 4))
    model = keras.Model(inputs, Dropout(0.5, (None, 1, None), seed=1)(inputs))
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert loaded.layers[1].get_config() == model.layers[1].get_config()
    x = np.ones((2, 3, 4), "float32")
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), x)


def test_bad_arguments():
    with pytest.raises(ValueError, match=r"expected .*rate.* received"):
        Dropout(1.0)
    with pytest.raises(ValueError, match=r"expected inputs of rank 3, .* received shape"):
        Dropout(0.5, (None, 1, None))(np.ones((2, 3)), training=True)
