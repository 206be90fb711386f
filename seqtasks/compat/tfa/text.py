"""The CRF functions of `tfa.text`, over `seqtasks.layers.crf_*`.

Arguments and results are those of TensorFlow Addons 0.23. What differs: rows of length 0 have score
0 and tags are 0 after the end of a row, where Addons leaves them open; -inf counts as -1e9; the
computation is in float32, and results have the type of the inputs.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from seqtasks import layers
from seqtasks.compat.tfa.argument_checks import check_rank
from seqtasks.compat.tfa.crf_recursions import crf_decode_backward, crf_decode_forward, crf_forward

__all__ = [
    "crf_binary_score",
    "crf_constrained_decode",
    "crf_decode",
    "crf_decode_backward",
    "crf_decode_forward",
    "crf_filtered_inputs",
    "crf_forward",
    "crf_log_likelihood",
    "crf_log_norm",
    "crf_multitag_sequence_score",
    "crf_sequence_score",
    "crf_unary_score",
    "viterbi_decode",
]


def _like(result: Any, inputs: Any) -> Any:
    """The result in the floating type of the inputs."""
    dtype = keras.backend.standardize_dtype(getattr(inputs, "dtype", "float32"))
    return ops.cast(result, dtype) if "float" in dtype else result


def crf_filtered_inputs(inputs: Any, tag_bitmap: Any) -> Any:
    """Inputs with -inf for the tags that a step may not have.

    Args:
        inputs: [batch, time, tags].
        tag_bitmap: bool [batch, time, tags].

    Returns:
        [batch, time, tags].
    """
    inputs = ops.convert_to_tensor(inputs)
    return ops.where(ops.cast(tag_bitmap, "bool"), inputs, ops.cast(-float("inf"), inputs.dtype))


def crf_sequence_score(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any
) -> Any:
    """Unnormalised scores of tag sequences, [batch]; `seqtasks.layers.crf_sequence_score`.

    Args:
        inputs: unary scores [batch, time, tags].
        tag_indices: integers [batch, time].
        sequence_lengths: integers [batch].
        transition_params: [tags, tags].
    """
    found = layers.crf_sequence_score(
        inputs, tag_indices, transition_params, lengths=sequence_lengths
    )
    return _like(found, inputs)


def crf_multitag_sequence_score(
    inputs: Any, tag_bitmap: Any, sequence_lengths: Any, transition_params: Any
) -> Any:
    """Log-sum-exp of the scores of all sequences of permitted tags, [batch].

    Args:
        inputs: unary scores [batch, time, tags].
        tag_bitmap: bool [batch, time, tags], the permitted tags.
        sequence_lengths: integers [batch].
        transition_params: [tags, tags].
    """
    found = layers.crf_multitag_sequence_score(
        inputs, tag_bitmap, transition_params, lengths=sequence_lengths
    )
    return _like(found, inputs)


def crf_log_norm(inputs: Any, sequence_lengths: Any, transition_params: Any) -> Any:
    """The log-partition function, [batch]; `seqtasks.layers.crf_log_norm`.

    Args:
        inputs: unary scores [batch, time, tags].
        sequence_lengths: integers [batch].
        transition_params: [tags, tags].
    """
    return _like(layers.crf_log_norm(inputs, transition_params, lengths=sequence_lengths), inputs)


def crf_log_likelihood(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any = None
) -> tuple[Any, Any]:
    """Log-likelihoods of tag sequences [batch], and the transitions.

    Args:
        inputs: unary scores [batch, time, tags].
        tag_indices: integers [batch, time].
        sequence_lengths: integers [batch].
        transition_params: [tags, tags]; None draws new ones (Glorot's uniform initializer).
    """
    if transition_params is None:
        size = ops.convert_to_tensor(inputs).shape[-1]
        transition_params = keras.Variable("glorot_uniform", shape=(size, size), name="transitions")
    found = layers.crf_log_likelihood(
        inputs, tag_indices, transition_params, lengths=sequence_lengths
    )
    return _like(found, inputs), _like(ops.convert_to_tensor(transition_params), inputs)


def crf_unary_score(tag_indices: Any, sequence_lengths: Any, inputs: Any) -> Any:
    """The part of the score that comes from the inputs, [batch].

    Args:
        tag_indices: integers [batch, time].
        sequence_lengths: integers [batch].
        inputs: unary scores [batch, time, tags].
    """
    inputs = ops.convert_to_tensor(inputs)
    nothing = ops.zeros((inputs.shape[-1],) * 2)
    return crf_sequence_score(inputs, tag_indices, sequence_lengths, nothing)


def crf_binary_score(tag_indices: Any, sequence_lengths: Any, transition_params: Any) -> Any:
    """The part of the score that comes from the transitions, [batch].

    Args:
        tag_indices: integers [batch, time].
        sequence_lengths: integers [batch].
        transition_params: [tags, tags].
    """
    tags = ops.convert_to_tensor(tag_indices)
    check_rank(tags, 2, "tag_indices", "[batch, time]", "crf_binary_score")
    transitions = ops.convert_to_tensor(transition_params)
    nothing = ops.zeros((*ops.shape(tags), transitions.shape[-1]), transitions.dtype)
    return crf_sequence_score(nothing, tags, sequence_lengths, transitions)


def crf_decode(potentials: Any, transition_params: Any, sequence_length: Any) -> tuple[Any, Any]:
    """The best tags int32 [batch, time], and their scores [batch]; `seqtasks.layers.crf_decode`.

    Args:
        potentials: unary scores [batch, time, tags].
        transition_params: [tags, tags].
        sequence_length: integers [batch].
    """
    tags, score = layers.crf_decode(potentials, transition_params, lengths=sequence_length)
    return tags, _like(score, potentials)


def crf_constrained_decode(
    potentials: Any, tag_bitmap: Any, transition_params: Any, sequence_length: Any
) -> tuple[Any, Any]:
    """The best of the permitted tags; `seqtasks.layers.crf_constrained_decode`.

    Args:
        potentials: unary scores [batch, time, tags].
        tag_bitmap: bool [batch, time, tags], the permitted tags.
        transition_params: [tags, tags].
        sequence_length: integers [batch].
    """
    tags, score = layers.crf_constrained_decode(
        potentials, tag_bitmap, transition_params, lengths=sequence_length
    )
    return tags, _like(score, potentials)


def viterbi_decode(score: Any, transition_params: Any) -> tuple[list[int], float]:
    """Viterbi's algorithm for one sequence, in NumPy.

    Args:
        score: unary scores [time, tags].
        transition_params: [tags, tags].

    Returns:
        The best tags, and their score.
    """
    score, between = np.asarray(score), np.asarray(transition_params)
    check_rank(score, 2, "score", "[time, tags]", "viterbi_decode")
    best, pointers = score[0], []
    for x in score[1:]:
        moves = best[:, None] + between
        pointers.append(moves.argmax(0))
        best = x + moves.max(0)
    tags = [int(best.argmax())]
    for pointer in reversed(pointers):
        tags.append(int(pointer[tags[-1]]))
    return tags[::-1], float(best.max())
