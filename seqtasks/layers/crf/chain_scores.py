"""Emissions as the scores of a chain, its log-partition function, the log-likelihood of tags.

What `CRF` and the functions over a given transition matrix share. Arguments `unary`, `between` and
`real` are those of `forward_backward.expectations`.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from seqtasks.layers.argument_checks import check_mask
from seqtasks.layers.crf.forward_backward import FORBIDDEN, expectations
from seqtasks.layers.crf.viterbi import best_path, path_score


def finite(scores: Any) -> Any:
    """Scores in float32, with -inf as `FORBIDDEN`: differences of infinities are NaN."""
    return ops.maximum(ops.cast(ops.convert_to_tensor(scores), "float32"), FORBIDDEN)


def without_rows(emissions: Any) -> bool:
    """Whether a batch is known to have no rows: the maximum of nothing is an error."""
    return emissions.shape[0] == 0


def real_steps_of(mask: Any, emissions: Any, owner: str) -> Any:
    """The mask, bool [batch, time]; None is a step everywhere."""
    if mask is None:
        return ops.ones_like(emissions[:, :, 0], dtype="bool")
    real = ops.cast(ops.convert_to_tensor(mask), "bool")
    check_mask(real.shape, emissions.shape, owner)
    return real


def relative(emissions: Any) -> Any:
    """Finite emissions less the highest of their step: more significant digits."""
    if without_rows(emissions):
        return emissions
    return emissions - ops.stop_gradient(ops.max(emissions, axis=-1, keepdims=True))


def offset(emissions: Any, real: Any) -> Any:
    """Offset that `relative` subtracts from the score of each row, [batch]."""
    highest = ops.stop_gradient(ops.max(emissions, axis=-1))
    return ops.sum(ops.where(real, highest, 0.0), axis=1)


def permitted_scores(unary: Any, permitted: Any, real: Any) -> Any:
    """Scores that forbid all tags but those permitted, bool [batch, time, tags]."""
    scores = ops.where(ops.cast(permitted, "bool"), unary, FORBIDDEN)
    return ops.where(ops.expand_dims(real, -1), scores, 0.0)


def log_partition(unary: Any, between: Any, real: Any) -> Any:
    """Log Σ_y exp s(y), [batch], as its value plus a linear function with its gradient."""
    found = expectations(ops.stop_gradient(unary), ops.stop_gradient(between), real)
    value, tags, pairs = map(ops.stop_gradient, found)
    linear = ops.sum(unary * tags, axis=(1, 2)) + ops.sum(between * pairs, axis=(1, 2))
    return value + (linear - ops.stop_gradient(linear))


def log_likelihood(unary: Any, between: Any, real: Any, tags: Any) -> Any:
    """Log p(tags) [batch]: of integers [batch, time], or of permitted tags [batch, time, tags]."""
    if without_rows(unary):
        return ops.zeros((0,))
    if len(tags.shape) == 3:
        score = log_partition(permitted_scores(unary, tags, real), between, real)
    else:
        score = path_score(unary, between, real, ops.cast(tags, "int32"))
    total = log_partition(unary, between, real)
    return ops.where(total < FORBIDDEN / 2, FORBIDDEN, score - total)


def decode(unary: Any, between: Any, real: Any, emissions: Any) -> tuple[Any, Any]:
    """The best tags int32 [batch, time], 0 on masked steps, and their scores [batch].

    The gradient of the scores is that of the paths' scores: no loop is differentiated.

    Args:
        unary: scores of `relative` emissions.
        between: [tags, tags].
        real: bool [batch, time].
        emissions: finite ones, before that.
    """
    if without_rows(unary):
        return ops.zeros(unary.shape[:2], "int32"), ops.zeros((0,))
    path = best_path(ops.stop_gradient(unary), ops.stop_gradient(between), real)
    return path, path_score(unary, between, real, path) + offset(emissions, real)
