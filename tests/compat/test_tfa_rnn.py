"""`seqtasks.compat.tfa.rnn.ESNCell` against its equation in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from seqtasks import layers
from seqtasks.compat import tfa

X = np.random.default_rng(0).normal(size=(3, 6, 5)).astype("float32")


@pytest.mark.parametrize("leaky", [1.0, 0.3])
@pytest.mark.parametrize("use_bias", [True, False])
def test_equals_the_equation(leaky, use_bias):
    cell = tfa.rnn.ESNCell(8, 0.5, leaky, use_bias=use_bias, bias_initializer="random_normal")
    layer = layers.RNN(cell, return_sequences=True)
    y = ops.convert_to_numpy(layer(X))
    w, u, *b = (ops.convert_to_numpy(weight).astype("float64") for weight in cell.weights)
    h = np.zeros((3, 8))
    for t in range(6):
        h = (1 - leaky) * h + leaky * np.tanh(X[:, t] @ w + h @ u + (b[0] if b else 0))
        np.testing.assert_allclose(y[:, t], h, atol=1e-5)
    assert len(b) == use_bias and not layer.trainable_weights


@pytest.mark.parametrize("use_norm2", [False, True])
def test_the_reservoir_is_sparse_and_scaled(use_norm2):
    keras.utils.set_random_seed(0)
    cell = tfa.rnn.ESNCell(60, 0.2, spectral_radius=0.7, use_norm2=use_norm2)
    cell.build((None, 5))
    u = ops.convert_to_numpy(cell.recurrent_kernel)
    assert 0.17 < (u != 0).mean() < 0.23
    size = np.linalg.norm(u, 2) if use_norm2 else np.abs(np.linalg.eigvals(u)).max()
    assert size == pytest.approx(0.7, abs=1e-4)


def test_shapes_of_the_documentation_and_saving(tmp_path):
    inputs = np.random.default_rng(1).random((30, 23, 9)).astype("float32")
    rnn = keras.layers.RNN(tfa.rnn.ESNCell(4), return_sequences=True, return_state=True)
    outputs, state = rnn(inputs)
    assert tuple(outputs.shape) == (30, 23, 4) and tuple(state.shape) == (30, 4)
    model = keras.Sequential([keras.Input((None, 9)), layers.RNN(tfa.rnn.ESNCell(4, leaky=0.5))])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(*(ops.convert_to_numpy(m(inputs)) for m in (model, loaded)))


def test_misuse_is_said():
    with pytest.raises(ValueError, match=r"ESNCell: expected 0 <= leaky <= 1, received leaky=2"):
        tfa.rnn.ESNCell(4, leaky=2)
