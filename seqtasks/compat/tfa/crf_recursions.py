"""The halves of the CRF's algorithms that `tfa.text` has as functions of their own."""

from __future__ import annotations

from typing import Any

from keras import ops

from seqtasks.compat.tfa.argument_checks import check_rank


def crf_forward(inputs: Any, state: Any, transition_params: Any, sequence_lengths: Any) -> Any:
    """The forward algorithm: log-sums of the scores of all prefixes, by their last tag.

        α_t[j] = inputs_t[j] + log Σ_i exp(α_{t-1}[i] + transition_params[i, j])

    Args:
        inputs: unary scores of all steps but the first, [batch, time - 1, tags].
        state: α of the first step, its unary scores, [batch, tags].
        transition_params: [tags, tags].
        sequence_lengths: integers [batch], the first step counted.

    Returns:
        α of the last step of each row, [batch, tags].
    """
    inputs, first = ops.convert_to_tensor(inputs), ops.convert_to_tensor(state)
    check_rank(inputs, 3, "inputs", "[batch, time - 1, tags]", "crf_forward")
    between = ops.cast(transition_params, inputs.dtype)

    def step(alpha: Any, x: Any) -> tuple[Any, Any]:
        alpha = x + ops.logsumexp(ops.expand_dims(alpha, 2) + between, axis=1)
        return alpha, alpha

    _, after = ops.scan(step, first, ops.transpose(inputs, (1, 0, 2)))
    every = ops.transpose(ops.concatenate([ops.expand_dims(first, 0), after]), (1, 0, 2))
    last = ops.maximum(ops.cast(sequence_lengths, "int32") - 1, 0)
    return ops.take_along_axis(every, last[:, None, None], axis=1)[:, 0]


def crf_decode_forward(
    inputs: Any, state: Any, transition_params: Any, sequence_lengths: Any
) -> tuple[Any, Any]:
    """The forward half of Viterbi's algorithm.

        s_t[j] = inputs_t[j] + max_i (s_{t-1}[i] + transition_params[i, j])

    Args:
        inputs: unary scores of all steps but the first, [batch, time - 1, tags].
        state: s of the first step, its unary scores, [batch, tags].
        transition_params: [tags, tags].
        sequence_lengths: integers [batch], the first step not counted.

    Returns:
        The best tag before each tag, int32 [batch, time - 1, tags], after the end of a row the tag
        itself; and s of the last step of each row, [batch, tags].
    """
    inputs, first = ops.convert_to_tensor(inputs), ops.convert_to_tensor(state)
    check_rank(inputs, 3, "inputs", "[batch, time - 1, tags]", "crf_decode_forward")
    between, tags = ops.cast(transition_params, inputs.dtype), inputs.shape[-1]
    lengths = ops.expand_dims(ops.cast(sequence_lengths, "int32"), 1)
    real = ops.expand_dims(ops.arange(ops.shape(inputs)[1], dtype="int32") < lengths, 2)
    steps = ops.concatenate([inputs, ops.cast(real, inputs.dtype)], axis=-1)

    def step(score: Any, x: Any) -> tuple[Any, Any]:
        new = x[:, :tags] + ops.max(ops.expand_dims(score, 2) + between, axis=1)
        score = ops.where(x[:, tags:] > 0, new, score)
        return score, score

    last, after = ops.scan(step, first, ops.transpose(steps, (1, 0, 2)))
    before = ops.transpose(ops.concatenate([ops.expand_dims(first, 0), after])[:-1], (1, 0, 2))
    pointers = ops.argmax(ops.expand_dims(before, 3) + between, axis=2)
    own = ops.arange(tags, dtype="int32")
    return ops.where(real, ops.cast(pointers, "int32"), own), last


def crf_decode_backward(inputs: Any, state: Any) -> Any:
    """The backward half of Viterbi's algorithm.

    Args:
        inputs: the best tag before each tag, integers [batch, time - 1, tags], the last step first.
        state: the last tag, integers [batch, 1].

    Returns:
        The tags before it, int32 [batch, time - 1, 1], the last first.
    """
    pointers = ops.cast(ops.convert_to_tensor(inputs), "int32")
    check_rank(pointers, 3, "inputs", "[batch, time - 1, tags]", "crf_decode_backward")

    def step(tag: Any, x: Any) -> tuple[Any, Any]:
        tag = ops.take_along_axis(x, tag, axis=1)
        return tag, tag

    _, tags = ops.scan(step, ops.cast(state, "int32"), ops.transpose(pointers, (1, 0, 2)))
    return ops.transpose(tags, (1, 0, 2))
