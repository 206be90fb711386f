"""Softmax over the unmasked positions of the last axis, and maxima of batches without rows."""

from __future__ import annotations

from typing import Any

from keras import ops


def masked_softmax(scores: Any, mask: Any) -> Any:
    """Softmax over the last axis, restricted to the positions that the mask admits.

    Args:
        scores: [..., n].
        mask: 0 or 1, of the scores' type, broadcastable to [..., n].

    Returns:
        Weights [..., n] that sum to 1; zeros at masked positions and where all are masked.
    """
    scores = ops.where(mask > 0, scores, -1e9)
    weights = mask * ops.exp(scores - highest(scores, axis=-1, keepdims=True))
    return weights / ops.maximum(ops.sum(weights, axis=-1, keepdims=True), 1e-9)


def highest(x: Any, axis: int, keepdims: bool = False) -> Any:
    """The maximum over an axis; of no rows no maxima, where `keras.ops.max` raises."""
    if x.shape[0] == 0:
        return ops.sum(x, axis=axis, keepdims=keepdims)  # of the same shape
    return ops.max(x, axis=axis, keepdims=keepdims)
