"""The signature `attention` of classifiers that pool by attention: what each token weighs."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import keras
import tensorflow as tf

from seqtasks.predictors.chunks import in_length_order
from seqtasks.predictors.protocol import Signature, Tensors
from seqtasks.text import Tokenizer

ATTENTION = "attention"  # the name of the signature


@runtime_checkable
class PoolsByAttention(Protocol):
    """A member of an ensemble that may pool its steps by attention."""

    @property
    def pools_by_attention(self) -> bool:
        """Whether it does."""
        ...

    def attention(self, ids: Any) -> Any:
        """The weight of each step, [batch, time]."""
        ...


def attention_signatures(tokenizer: Tokenizer, model: Any) -> dict[str, Signature]:
    """The signature `attention`, or none where no member of the ensemble pools by attention.

    `attention`: text `[batch]` -> `tokens` `[batch, time]` as the network sees them, padded with
    "", and `attention` `[batch, time]`, float32, of each token its weight: their sum is 1, padding
    weighs 0. Of several members that pool by attention it is the mean.

    Args:
        tokenizer: of the predictor.
        model: an ensemble with `members`, or a single network.
    """
    pooling = [
        member
        for member in getattr(model, "members", (model,))
        if isinstance(member, PoolsByAttention) and member.pools_by_attention
    ]
    if not pooling:
        return {}

    def network(ids: tf.Tensor) -> tf.Tensor:
        weights = keras.ops.stack([member.attention(ids) for member in pooling], axis=-1)
        return keras.ops.mean(weights, axis=-1, keepdims=True)  # [rows, time, 1]

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")], autograph=False)
    def attention(text: tf.Tensor) -> Tensors:
        tokens = tokenizer.split(text)[:, : tokenizer.max_length]
        found = in_length_order(network, tokenizer(text), width=1, per_step=True)
        weights = tokens.with_flat_values(found.flat_values[:, 0])
        return {"tokens": tokens.to_tensor(""), "attention": weights.to_tensor(0.0)}

    return {ATTENTION: attention}
