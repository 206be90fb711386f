"""MultiHeadAttention: several scaled dot products over one memory, side by side."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_units
from seqtasks.layers.attention.memory import Memory
from seqtasks.layers.attention.memory_attention import MemoryAttention
from seqtasks.layers.masked_softmax import masked_softmax


@keras.saving.register_keras_serializable(package="seqtasks")
class MultiHeadAttention(MemoryAttention):
    """Multi-head attention: scaled dot products of several projections of query, key and value.

        a^h_ts = softmax_s((q_t W^h + b) · (k_s U^h + b) / √key_dim)
        c_t = Σ_h (Σ_s a^h_ts (value_s V^h + b)) O^h + b

    Weights have the shapes and the order of `keras.layers.MultiHeadAttention`, so that
    `set_weights` moves them in both directions. `project` and `attend` as in `AdditiveAttention`:
    in a decoder keys and values are projected once.

    Args:
        num_heads: number of heads.
        key_dim: features of each head's query, key and value.
        dropout: dropout rate of the attention weights; 0 turns it off.
        seed: random seed of the dropout; None takes one from Keras.
        use_bias: add the vectors b.
        output_size: features of the result; None takes those of the query.

    Call arguments:
        inputs: as in `AdditiveAttention`.
        mask: as in `AdditiveAttention`.
        return_attention_scores: also return the attention weights, the mean of all heads.
        use_causal_mask: query t attends to the steps up to t only.
        training: True applies dropout.

    Returns:
        [batch, target, output_size]; with `return_attention_scores` also [batch, target, source].

    Masking:
        Masked steps of the value get no weight; if all are masked, the weights are zero, and the
        result is the last bias. At masked steps of the query the result is zero.

    Example:
        >>> y = MultiHeadAttention(2, 8)([keras.ops.ones((2, 5, 3)), keras.ops.ones((2, 7, 4))])

    Reference:
        Vaswani et al., Attention is all you need, arXiv:1706.03762.
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        dropout: float = 0.0,
        seed: int | None = None,
        use_bias: bool = True,
        output_size: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(dropout, seed, **kwargs)
        self.num_heads = check_units(num_heads, "MultiHeadAttention: num_heads")
        self.key_dim = check_units(key_dim, "MultiHeadAttention: key_dim")
        self.use_bias = bool(use_bias)
        self.output_size = output_size
        if output_size is not None:
            self.output_size = check_units(output_size, "MultiHeadAttention: output_size")

    def _build(self, query_features: int, key_features: int) -> None:
        heads, size = self.num_heads, self.key_dim
        self._query = self._projection("query", (query_features, heads, size), 1)
        self._key = self._projection("key", (key_features, heads, size), 1)
        self._value = self._projection("value", (self._sizes[1], heads, size), 1)
        result = self.context_size(query_features, self._sizes[1])
        self._output = self._projection("output", (heads, size, result), 2)

    def _projection(self, name: str, shape: tuple[int, ...], inputs: int) -> list:
        """Kernel and bias, or the kernel alone; the first `inputs` axes are those of the inputs."""
        weights = [self.add_weight(shape, name=f"{name}_kernel")]
        if self.use_bias:
            weights.append(self.add_weight(shape[inputs:], "zeros", name=f"{name}_bias"))
        return weights

    def _project(self, x: Any, weights: list) -> Any:
        """[batch, n, features] -> [batch, n, features of all heads]."""
        kernel, *bias = (self._cast(weight) for weight in weights)
        y = ops.matmul(x, ops.reshape(kernel, (x.shape[-1], -1)))
        return y + ops.reshape(bias[0], (-1,)) if bias else y

    def key_size(self, query_features: int, key_features: int) -> int:
        """Size of a projected key, of all heads together."""
        return self.num_heads * self.key_dim

    def value_size(self, value_features: int) -> int:
        """Size of a projected value, of all heads together."""
        return self.num_heads * self.key_dim

    def context_size(self, query_features: int, value_features: int) -> int:
        return self.output_size or query_features

    def _keys(self, key: Any) -> Any:
        return self._project(key, self._key)

    def _values(self, value: Any) -> Any:
        return self._project(value, self._value)

    def _by_head(self, x: Any) -> Any:
        """[batch, n, features of all heads] -> [batch * heads, n, features of one]."""
        batch, n = ops.shape(x)[0], ops.shape(x)[1]
        x = ops.reshape(x, (batch, n, self.num_heads, self.key_dim))
        x = ops.transpose(x, (0, 2, 1, 3))
        return ops.reshape(x, (batch * self.num_heads, n, self.key_dim))

    def attend(
        self,
        query: Any,
        memory: Memory,
        mask: Any = None,
        use_causal_mask: bool = False,
        training: bool = False,
    ) -> tuple[Any, Any]:
        """As in `MemoryAttention`; the weights are the mean of all heads."""
        query = ops.cast(query, self.compute_dtype)
        visible = self._visible(query, memory, use_causal_mask)
        batch, target, source = *ops.shape(query)[:2], ops.shape(memory.mask)[1]
        # Heads as rows: XLA cannot compile the gradient of products of a higher rank in a loop.
        keys = ops.transpose(self._by_head(memory.key), (0, 2, 1))
        scores = ops.matmul(self._by_head(self._project(query, self._query)), keys)
        scores = ops.cast(scores, "float32") / self.key_dim**0.5
        scores = ops.reshape(scores, (batch, self.num_heads, target, source))
        shares = ops.cast(masked_softmax(scores, visible[:, None]), self.compute_dtype)
        dropped = self.drop(shares, training=training)
        dropped = ops.reshape(dropped, (batch * self.num_heads, target, source))
        read = ops.matmul(dropped, self._by_head(memory.value))
        read = ops.reshape(read, (batch, self.num_heads, target, self.key_dim))
        read = ops.reshape(ops.transpose(read, (0, 2, 1, 3)), (batch, target, self.value_size(0)))
        kernel, *bias = (self._cast(weight) for weight in self._output)
        result = ops.matmul(read, ops.reshape(kernel, (self.value_size(0), -1)))
        result = result + bias[0] if bias else result
        return self._masked(result, mask), ops.mean(shares, axis=1)

    def fused_score(self) -> None:
        """None: the fused kernels know one head only."""

    def get_config(self) -> dict:
        names = ("num_heads", "key_dim", "use_bias", "output_size")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
