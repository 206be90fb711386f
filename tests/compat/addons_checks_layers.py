"""Checks of the rows on Addons' cells and layers: equations in NumPy, sizes of Addons' weights."""

import numpy as np
from keras import ops

NAMES = {
    *(
        f"tfa.rnn.{name}"
        for name in (
            "ESNCell",
            "LayerNormLSTMCell",
            "LayerNormSimpleRNNCell",
            "NASCell",
            "PeepholeLSTMCell",
        )
    ),
    *(
        f"tfa.layers.{name}"
        for name in (
            "ESN",
            "EmbeddingBag",
            "GELU",
            "GroupNormalization",
            "Maxout",
            "MultiHeadAttention",
            "Sparsemax",
            "SpectralNormalization",
            "WeightNormalization",
        )
    ),
}
WITHOUT = {"tfa.layers.WeightNormalization"}


def shaped(*shape):
    """A check: all values are finite, of this shape, not constant."""

    def check(found, n):
        assert found
        for value in map(ops.convert_to_numpy, found):
            assert value.shape == shape and np.isfinite(value).all() and value.std() > 1e-3

    return check


def sparsemax(found, n):
    (value,) = found
    for row, wanted in zip(np.array(value).reshape(-1, 4), n["x"].reshape(-1, 4), strict=True):
        support = row > 0  # the projection: z - τ on the support, at most τ elsewhere
        tau = (wanted[support].sum() - 1) / support.sum()
        np.testing.assert_allclose(row[support], wanted[support] - tau, atol=1e-5)
        assert (wanted[~support] <= tau + 1e-6).all()


def gelu(found, n):
    x = n["x"].astype("float64")
    wanted = 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    np.testing.assert_allclose(found[0], wanted, atol=1e-5)


def groups(found, n):
    x = n["x"].reshape(2, 5, 2, 2)
    mean = x.mean((1, 3), keepdims=True)
    std = np.sqrt(x.var((1, 3), keepdims=True) + 1e-3)
    np.testing.assert_allclose(found[0], ((x - mean) / std).reshape(2, 5, 4), atol=1e-4)


CHECKS = {
    "tfa.rnn.LayerNormLSTMCell": shaped(2, 8),
    "tfa.rnn.LayerNormSimpleRNNCell": shaped(2, 8),
    "tfa.rnn.NASCell": shaped(2, 8),
    "tfa.rnn.PeepholeLSTMCell": shaped(2, 8),
    "tfa.rnn.ESNCell": shaped(2, 8),
    "tfa.layers.ESN": shaped(2, 5, 8),
    "tfa.layers.MultiHeadAttention": shaped(2, 5, 4),
    "tfa.layers.EmbeddingBag": shaped(2, 8),
    "tfa.layers.GroupNormalization": groups,
    "tfa.layers.SpectralNormalization": shaped(2, 5, 8),
    "tfa.layers.Sparsemax": sparsemax,
    "tfa.layers.GELU": gelu,
    "tfa.layers.Maxout": shaped(2, 5, 8),
}
