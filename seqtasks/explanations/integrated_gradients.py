"""Integrated gradients: the part of each word in the difference between a text and a blank one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

NODES = 64  # of the quadrature: networks with maxima and rectifiers are smooth in pieces only
CELLS = 40_000  # nodes * words computed together


def integrated_gradients(
    outputs: Callable[[tf.Tensor], tf.Tensor], words: int, nodes: int = NODES
) -> np.ndarray:
    """The path integral of the gradient of outputs, from no word to all of them.

        c_kw = ∫_0^1 ∂f_k/∂g_w (α, ..., α) dα

    g_w scales the vector of word w, so this is what the definition gives for vectors with a
    baseline of zeros, summed over their dimensions. By the fundamental theorem of calculus
    Σ_w c_kw = f_k(1, ..., 1) - f_k(0, ..., 0) (completeness). The integral is a Gauss-Legendre
    quadrature.

    Args:
        outputs: f, presences g float32 [rows, words] -> float32 [rows, outputs].
        words: number of words.
        nodes: of the quadrature.

    Returns:
        c, float64 [outputs, words].

    Reference:
        Sundararajan, Taly and Yan, Axiomatic attribution for deep networks, arXiv:1703.01365.
    """
    places, weights = np.polynomial.legendre.leggauss(nodes)
    places, weights = (places + 1) / 2, weights / 2  # from [-1, 1] to [0, 1]
    found: Any = 0.0
    for part in np.array_split(np.arange(nodes), max(1, nodes * words // CELLS)):
        presence = tf.constant(np.repeat(places[part, None], words, axis=1), tf.float32)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(presence)
            values = tf.unstack(tf.reduce_sum(outputs(presence), axis=0))
        gradients = [_gradient(tape, value, presence) for value in values]
        found += np.einsum("n,knw->kw", weights[part], np.array(gradients))
    return found


def _gradient(tape: tf.GradientTape, value: tf.Tensor, presence: tf.Tensor) -> np.ndarray:
    gradient = tape.gradient(value, presence, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return gradient.numpy().astype(np.float64)


def takes_presence(model: Any) -> bool:
    """Whether a model and its members take `presence`, as the classifiers and taggers here do."""
    every = [model, *getattr(model, "members", ())]
    return all("presence" in inspect.signature(one.call).parameters for one in every)
