"""Checks of the rows on keras-contrib's CRF, by methods of the layer and by NumPy."""

import numpy as np

NAMES = {
    'CRF(learn_mode="marginal")',
    "CRF(sparse_target=False)",
    'CRF(test_mode="marginal")',
    "keras_contrib.layers.CRF",
    "keras_contrib.losses.crf_loss",
    "keras_contrib.metrics.crf_marginal_accuracy",
    "keras_contrib.metrics.crf_viterbi_accuracy",
    "load_model(path, custom_objects=...)",
}
WITHOUT = {'CRF(learn_mode="marginal")'}


def softmax(n):
    """The marginals of a new CRF, whose transitions are zero."""
    scores = np.exp(np.array(n["logits"], "float64"))
    return scores / scores.sum(-1, keepdims=True) * n["mask"][..., None]


def tags(found, n):
    best = np.where(n["mask"], np.array(n["logits"]).argmax(-1), 0)
    np.testing.assert_array_equal(found[0], best)


def integers(found, n):
    np.testing.assert_array_equal(found[0], n["tags"])


def marginals(found, n):
    np.testing.assert_allclose(found[0], softmax(n), atol=1e-5)


def loss(found, n):
    p = np.take_along_axis(softmax(n), n["tags"][..., None], axis=2)[..., 0]
    wanted = -np.log(np.where(n["mask"], p, 1.0)).sum(1).mean()
    assert abs(found[-1] - wanted) < 1e-4


def accuracy(found, n):
    right = np.array(n["logits"]).argmax(-1) == n["tags"]
    assert abs(found[-1] - right[n["mask"]].mean()) < 1e-6


def reloaded(found, n):
    np.testing.assert_allclose(found[-1], n["model"]([n["words"], n["mask"]]), atol=1e-6)


CHECKS = {
    "keras_contrib.layers.CRF": tags,
    "CRF(sparse_target=False)": integers,
    'CRF(test_mode="marginal")': marginals,
    "keras_contrib.losses.crf_loss": loss,
    "keras_contrib.metrics.crf_viterbi_accuracy": accuracy,
    "keras_contrib.metrics.crf_marginal_accuracy": accuracy,
    "load_model(path, custom_objects=...)": reloaded,
}
