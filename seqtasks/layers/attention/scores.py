"""AdditiveAttention, BilinearAttention, DotProductAttention: the scoring functions of attention."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_units
from seqtasks.layers.attention.memory_attention import MemoryAttention


@keras.saving.register_keras_serializable(package="seqtasks")
class AdditiveAttention(MemoryAttention):
    """Additive attention: a feed-forward network scores query and key (Bahdanau).

        e_ts = v · tanh(q_t W + k_s U + b)      a_t = softmax_s(e_ts)      c_t = Σ_s a_ts value_s
        v = g u / |u|                           with `normalize`

    In a loop over queries k U is computed once: `memory = layer.project(value, mask=mask)` before
    it, `context, weights = layer.attend(query, memory)` at each step.

    Args:
        units: size of the hidden layer.
        dropout: dropout rate of the attention weights; 0 turns it off.
        seed: random seed of the dropout; None takes one from Keras.
        normalize: weight normalization of v: its length g, initially 1 / √units, is learned apart
            from its direction.

    Call arguments:
        inputs: [query, value] or [query, value, key]: [batch, target, query features] and
            [batch, source, features] each; or one tensor for self-attention.
        mask: [query mask, value mask], bool [batch, target] and [batch, source], True on real
            steps, or None each; for one tensor one mask.
        return_attention_scores: also return the attention weights.
        use_causal_mask: query t attends to the steps up to t only.
        training: True applies dropout.

    Returns:
        [batch, target, value features]; with `return_attention_scores` also [batch, target,
        source].

    Masking:
        Masked steps of the value get no weight; if all are masked, result and weights are zero. At
        masked steps of the query the result is zero.

    Example:
        >>> y = AdditiveAttention(8)([keras.ops.ones((2, 5, 3)), keras.ops.ones((2, 7, 4))])

    Reference:
        Bahdanau, Cho and Bengio, arXiv:1409.0473; Salimans and Kingma, arXiv:1602.07868
        (weight normalization).
    """

    def __init__(
        self,
        units: int,
        dropout: float = 0.0,
        seed: int | None = None,
        normalize: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(dropout, seed, **kwargs)
        self.units = check_units(units, type(self).__name__)
        self.normalize = bool(normalize)

    def _build(self, query_features: int, key_features: int) -> None:
        self.query_kernel = self.add_weight((query_features, self.units), name="query_kernel")
        self.key_kernel = self.add_weight((key_features, self.units), name="key_kernel")
        self.bias = self.add_weight((self.units,), initializer="zeros", name="bias")
        self.vector = self.add_weight((self.units, 1), name="vector")
        if self.normalize:
            first = keras.initializers.Constant(self.units**-0.5)
            self.length = self.add_weight((), first, name="length")

    def _scoring(self) -> Any:
        """v, [units, 1]."""
        vector = self._cast(self.vector)
        if not self.normalize:
            return vector
        square = ops.sum(vector * vector)
        return vector * self._cast(self.length) * ops.rsqrt(ops.maximum(square, 1e-12))

    def key_size(self, query_features: int, key_features: int) -> int:
        """Size of a projected key."""
        return self.units

    def _keys(self, key: Any) -> Any:
        return ops.matmul(key, self._cast(self.key_kernel)) + self._cast(self.bias)

    def _scores(self, query: Any, keys: Any) -> Any:
        return self._score(self._queries(query)[:, :, None] + keys[:, None])

    def _queries(self, query: Any) -> Any:
        return ops.matmul(query, self._cast(self.query_kernel))

    def _score(self, hidden: Any) -> Any:
        """V · tanh(hidden), [batch, target, source, units] -> [batch, target, source]."""
        # Not a product: XLA cannot compile the gradient of one of this rank within a loop.
        return ops.sum(ops.tanh(hidden) * self._scoring()[:, 0], axis=-1)

    def fused_score(self) -> tuple[str, list] | None:
        """As in `MemoryAttention`."""
        own = type(self)._scores is AdditiveAttention._scores
        return ("additive", [self.query_kernel, self._scoring()]) if own else None

    def get_config(self) -> dict:
        return {**super().get_config(), "units": self.units, "normalize": self.normalize}


@keras.saving.register_keras_serializable(package="seqtasks")
class BilinearAttention(MemoryAttention):
    """Bilinear attention: a learned product scores query and key (Luong's "general").

        e_ts = (g) q_t W k_s      a_t = softmax_s(e_ts)      c_t = Σ_s a_ts value_s

    `project` and `attend` as in `AdditiveAttention`.

    Args:
        dropout: dropout rate of the attention weights; 0 turns it off.
        seed: random seed of the dropout; None takes one from Keras.
        use_scale: multiply the scores by a learned number g, initially 1.

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
        As in `AdditiveAttention`.

    Example:
        >>> y = BilinearAttention()([keras.ops.ones((2, 5, 3)), keras.ops.ones((2, 7, 4))])

    Reference:
        Luong, Pham and Manning, arXiv:1508.04025.
    """

    def __init__(
        self,
        dropout: float = 0.0,
        seed: int | None = None,
        use_scale: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(dropout, seed, **kwargs)
        self.use_scale = bool(use_scale)

    def _build(self, query_features: int, key_features: int) -> None:
        self.kernel = self.add_weight((key_features, query_features), name="kernel")
        self.scale = self.add_weight((), "ones", name="scale") if self.use_scale else None

    def key_size(self, query_features: int, key_features: int) -> int:
        """Size of a projected key."""
        return query_features

    def _keys(self, key: Any) -> Any:
        kernel = self._cast(self.kernel)
        return ops.matmul(key, kernel if self.scale is None else kernel * self._cast(self.scale))

    def get_config(self) -> dict:
        return {**super().get_config(), "use_scale": self.use_scale}


@keras.saving.register_keras_serializable(package="seqtasks")
class DotProductAttention(MemoryAttention):
    """Dot-product attention (Luong's "dot"), without kernels.

        e_ts = (g) q_t · k_s (/ √features)      a_t = softmax_s(e_ts)      c_t = Σ_s a_ts value_s

    `project` and `attend` as in `AdditiveAttention`.

    Args:
        scaled: divide the scores by √features, so that they do not grow with the size.
        dropout: dropout rate of the attention weights; 0 turns it off.
        seed: random seed of the dropout; None takes one from Keras.
        use_scale: multiply the scores by a learned number g, initially 1.

    Call arguments:
        inputs: as in `AdditiveAttention`; query and key have the same number of features.
        mask: as in `AdditiveAttention`.
        return_attention_scores: also return the attention weights.
        use_causal_mask: query t attends to the steps up to t only.
        training: True applies dropout.

    Returns:
        [batch, target, value features]; with `return_attention_scores` also [batch, target,
        source].

    Masking:
        As in `AdditiveAttention`.

    Example:
        >>> y = DotProductAttention()([keras.ops.ones((2, 5, 3)), keras.ops.ones((2, 7, 3))])

    Reference:
        Luong, Pham and Manning, arXiv:1508.04025; Vaswani et al., arXiv:1706.03762 (scaled).
    """

    def __init__(
        self,
        scaled: bool = False,
        dropout: float = 0.0,
        seed: int | None = None,
        use_scale: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(dropout, seed, **kwargs)
        self.scaled, self.use_scale = bool(scaled), bool(use_scale)

    def key_size(self, query_features: int, key_features: int) -> int:
        """Size of a key; keys are not projected."""
        return key_features

    def _build(self, query_features: int, key_features: int) -> None:
        if query_features != key_features:
            raise ValueError(
                f"{self._owner}: expected as many features in the query as in the key, received "
                f"{query_features} and {key_features}. Project one of them, or take "
                "BilinearAttention."
            )
        self.scale = self.add_weight((), "ones", name="scale") if self.use_scale else None

    def _keys(self, key: Any) -> Any:
        key = key / key.shape[-1] ** 0.5 if self.scaled else key
        return key if self.scale is None else key * self._cast(self.scale)

    def get_config(self) -> dict:
        return {**super().get_config(), "scaled": self.scaled, "use_scale": self.use_scale}
