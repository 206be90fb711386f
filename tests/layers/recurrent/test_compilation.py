"""Loops are compiled where a training is long enough for it: who asks for what is counted."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks import layers
from seqtasks.layers.kernels import compilation, tensorflow_attention, tensorflow_scan
from seqtasks.layers.kernels.linear import tensorflow_linear

ROWS, BATCH = 24, 4
X = np.random.default_rng(0).normal(size=(ROWS, 5, 3)).astype("float32")
Y = np.zeros((ROWS, 4), "float32")


@pytest.fixture
def asked(monkeypatch):
    """Names of the cells whose loops were to be compiled; they are not, which is faster."""
    names = []

    def compiled(function, *given):
        names.append(given[0])
        return functools.partial(function, *given)

    for kernel in (tensorflow_scan, tensorflow_attention, tensorflow_linear):
        monkeypatch.setattr(kernel, "compiled", compiled)
    monkeypatch.setattr(compilation, "SHORT", 12)
    return names


def model_of(layer):
    model = keras.Sequential([layer])
    model.compile("sgd", "mse")
    return model


def fit(epochs, **options):
    model_of(layers.LSTM(4)).fit(X, Y, epochs=epochs, batch_size=BATCH, verbose=0, **options)


@pytest.mark.parametrize("epochs, expected", [(1, False), (2, False), (3, True)])
def test_a_fit_of_few_steps_compiles_nothing(asked, epochs, expected):
    """Six steps an epoch, the limit set to twelve."""
    fit(epochs)
    assert bool(asked) is expected


def test_epochs_that_are_done_count(asked):
    fit(3, initial_epoch=2)
    assert asked


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_steps_that_keras_does_not_know_are_many(asked):
    rows = tf.data.Dataset.from_tensor_slices((X, Y)).batch(BATCH).filter(lambda *_: True)
    model_of(layers.GRU(4)).fit(rows, shuffle=False, verbose=0)
    assert set(asked) == {"gru"}


@pytest.mark.parametrize("epochs", [1, 3])
@pytest.mark.parametrize("wanted", [False, True])
def test_the_context_decides_where_it_is_given(asked, epochs, wanted):
    with layers.compiled_loops(wanted):
        fit(epochs)
    assert bool(asked) is wanted


def test_training_outside_of_fit_compiles(asked):
    model_of(layers.SimpleRNN(4)).train_on_batch(X, Y)
    assert set(asked) == {"tanh"}


@pytest.mark.parametrize("epochs, expected", [(1, False), (3, True)])
def test_parallel_recurrences_follow_the_same_rule(asked, epochs, expected):
    model_of(layers.MinGRU(4)).fit(X, Y, epochs=epochs, batch_size=BATCH, verbose=0)
    assert bool(asked) is expected


@pytest.mark.parametrize("epochs, expected", [(1, False), (3, True)])
def test_a_decoder_with_input_feeding_follows_the_same_rule(asked, epochs, expected):
    memory = keras.Input((None, 3))
    targets = keras.Input((None, 3))
    model = keras.Model([targets, memory], layers.AttentionDecoder(4)([targets, memory]))
    model.compile("sgd", "mse")
    y = np.zeros((ROWS, 5, 4), "float32")
    model.fit([X, X], y, epochs=epochs, batch_size=BATCH, verbose=0)
    assert bool(asked) is expected


def test_both_ways_learn_the_same():
    weights = []
    for wanted in (False, True):
        keras.utils.set_random_seed(3)
        model = model_of(layers.Bidirectional(layers.LSTM(2)))
        with layers.compiled_loops(wanted):
            model.fit(X, Y, epochs=2, batch_size=BATCH, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    for plain, compiled in zip(*weights, strict=True):
        np.testing.assert_allclose(plain, compiled, atol=1e-6)
