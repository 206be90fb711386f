"""CoverageAttention: additive attention that sees what it has attended to; and its loss."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.attention.memory import Memory
from seqtasks.layers.attention.recurrent_attention import RecurrentAttention
from seqtasks.layers.attention.scores import AdditiveAttention
from seqtasks.layers.masked_softmax import masked_softmax

States = list[Any]


def coverage_loss(weights: Any) -> Any:
    """How much each query attends to what was attended to before.

        loss_t = Σ_s min(a_ts, f_ts)        f_t = Σ_{t'<t} a_t'

    Args:
        weights: attention weights a, [batch, target, source], zero at masked steps.

    Returns:
        [batch, target], between 0 and 1; zero at masked steps.

    Example:
        >>> loss = coverage_loss(keras.ops.ones((2, 5, 4)) / 4)

    Reference:
        See, Liu and Manning, Get to the point, arXiv:1704.04368, equation 12.
    """
    weights = ops.convert_to_tensor(weights)
    before = ops.cumsum(weights, axis=1)[:, :-1]
    before = ops.concatenate([ops.zeros_like(weights[:, :1]), before], axis=1)
    return ops.sum(ops.minimum(weights, before), axis=-1)


def mean_coverage_loss(weights: Any, mask: Any) -> Any:
    """The mean of `coverage_loss` over all steps, or those of a mask bool [batch, target].

    Of several weights in a list, the sum. Returns a float32 scalar, 0 where there is no step.
    """
    losses = sum(ops.cast(coverage_loss(one), "float32") for one in keras.tree.flatten(weights))
    real = ops.ones_like(losses) if mask is None else ops.cast(mask, "float32")
    return ops.sum(losses) / ops.maximum(ops.sum(real), 1.0)


@keras.saving.register_keras_serializable(package="seqtasks")
class CoverageAttention(RecurrentAttention, AdditiveAttention):  # a loop around that score
    """Additive attention with coverage: its score sees what was attended to before.

        e_ts = v · tanh(q_t W + k_s U + f_ts w + b)      a_t = softmax_s(e_ts)
        f_t = Σ_{t'<t} a_t'                              c_t = Σ_s a_ts value_s

    So it can avoid to attend to a step twice; `coverage_loss`, or `AttentionDecoder` with
    `coverage_loss`, teaches it to.

    Args:
        units: size of the hidden layer.
        dropout: dropout rate of the attention weights; 0 turns it off.
        seed: random seed of the dropout; None takes one from Keras.
        normalize: weight normalization of v, as in `AdditiveAttention`.

    Call arguments:
        inputs: as in `AdditiveAttention`.
        mask: as in `AdditiveAttention`.
        return_attention_scores: also return the attention weights.
        use_causal_mask: query t attends to the steps up to t only.
        training: True applies dropout.

    Returns:
        [batch, target, value features]; with `return_attention_scores` also [batch, target,
        source].

    Masking:
        As in `AdditiveAttention`. Masked steps of the query add nothing to f.

    Example:
        >>> y = CoverageAttention(8)([keras.ops.ones((2, 5, 3)), keras.ops.ones((2, 7, 4))])

    Reference:
        See, Liu and Manning, Get to the point: summarization with pointer-generator networks,
        arXiv:1704.04368.
    """

    state_sizes = (1,)  # f, as long as the source

    def _build(self, query_features: int, key_features: int) -> None:
        super()._build(query_features, key_features)
        self.coverage_vector = self.add_weight((1, self.units), name="coverage_vector")

    def first_states(self, memory: Memory) -> States:
        return [ops.zeros_like(memory.mask)]

    def _align(
        self, query: Any, memory: Memory, states: States, visible: Any, training: bool
    ) -> tuple[Any, States]:
        (covered,) = states
        seen = covered[..., None] * self._cast(self.coverage_vector)[0]
        hidden = self._queries(query)[:, :, None] + memory.key[:, None] + seen
        scores = ops.cast(self._score(hidden), "float32")
        weights = ops.cast(masked_softmax(scores, visible), self.compute_dtype)
        return weights, [covered + weights]
