"""MemoryAttention: the base of the attention layers, all but the scoring function."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_mask, check_rate, check_sequences, check_units
from seqtasks.layers.attention.memory import (
    Memory,
    as_rows,
    memory_from_states,
    memory_to_states,
    rows_by_memory,
)
from seqtasks.layers.dropout import Dropout
from seqtasks.layers.masked_softmax import masked_softmax

States = list[Any]


class MemoryAttention(keras.layers.Layer):
    """Attention without the scoring function: subclasses in `seqtasks.layers.attention.scores`.

    A subclass defines `_build(query_features, key_features)`; `_keys(key)`, computed once for a
    memory; and `_scores(query, keys)` [batch, target, source], unless it is a dot product. One
    that computes more than scores overrides `attend`, and says sizes that differ.

    Attributes:
        state_sizes: sizes of the states that `step` takes and returns, 1 for those as long as the
            source. Empty where a query's weights do not depend on those of the query before.
    """

    state_sizes: tuple[int, ...] = ()

    def __init__(self, dropout: float = 0.0, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dropout = check_rate(dropout, "dropout", type(self).__name__)
        self.seed = seed
        self.drop = Dropout(dropout, seed=seed, dtype=self.dtype_policy)
        self.supports_masking = True

    def _shapes(self, shape: Any) -> list:
        """Shapes of query, value and key, checked."""
        alone = not shape or shape[0] is None or isinstance(shape[0], int)
        shapes = [shape] * 3 if alone else list(shape)
        if len(shapes) not in (2, 3):
            raise ValueError(
                f"{self._owner}: expected [query, value] or [query, value, key], or one tensor "
                f"for self-attention; received {len(shapes)} tensors. Put them in one list."
            )
        shapes = [tuple(x) for x in (*shapes, shapes[1])[:3]]
        sizes = getattr(self, "_sizes", (None, None, None))
        for one, size in zip(shapes, sizes, strict=True):
            check_sequences(one, size, self._owner)
        return shapes

    @property
    def _owner(self) -> str:
        return f"{type(self).__name__} {self.name!r}"

    def build(self, input_shape: Any) -> None:
        self._sizes = tuple(shape[-1] for shape in self._shapes(input_shape))
        self._build(self._sizes[0], self._sizes[2])

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
        training: bool = False,
    ) -> Any:
        alone = not isinstance(inputs, (list, tuple))
        tensors = [inputs] * 2 if alone else list(inputs)
        masks = [mask] * 2 if alone else [*(mask or ()), None, None][:2]
        self._shapes([x.shape for x in tensors])
        query, value, key = (*tensors, tensors[1])[:3]
        memory = self.project(value, key, masks[1])
        result, weights = self.attend(query, memory, masks[0], use_causal_mask, training)
        return (result, weights) if return_attention_scores else result

    def project(self, value: Any, key: Any = None, mask: Any = None) -> Memory:
        """Projects keys and values for `attend`; needs a built layer.

        Args:
            value: [batch, source, features].
            key: [batch, source, key features]; None takes `value`.
            mask: bool [batch, source], True on real steps, or None.
        """
        value = ops.cast(value, self.compute_dtype)
        key = value if key is None else ops.cast(key, self.compute_dtype)
        if mask is None:
            return Memory(self._keys(key), self._values(value), ops.ones_like(value[..., 0]))
        mask = ops.cast(ops.convert_to_tensor(mask), "bool")
        check_mask(mask.shape, value.shape, self._owner)
        real = mask[..., None]
        value, key = (ops.where(real, x, ops.zeros_like(x)) for x in (value, key))
        mask = ops.cast(mask, self.compute_dtype)
        return Memory(self._keys(key), self._values(value), mask)

    def memory_sizes(self, query_features: int, memory_features: int) -> list[int]:
        """Sizes of the states of `to_states`: of a step's key, of its value, and 1."""
        memory_features = check_units(memory_features, "AttentionCell: memory_features")
        keys = self.key_size(query_features, memory_features)
        return [keys, self.value_size(memory_features), 1]

    def to_states(self, memory: Memory) -> States:
        """The memory as states of a cell, each [batch, n]."""
        return memory_to_states(memory)

    def from_states(self, states: States, sizes: list[int]) -> Memory:
        """The memory from `to_states`, given `memory_sizes`."""
        return memory_from_states(states, sizes)

    def value_size(self, value_features: int) -> int:
        """Size of a value as `project` keeps it."""
        return value_features

    def context_size(self, query_features: int, value_features: int) -> int:
        """Size of a context."""
        return value_features

    def _values(self, value: Any) -> Any:
        return value

    def attend(
        self,
        query: Any,
        memory: Memory,
        mask: Any = None,
        use_causal_mask: bool = False,
        training: bool = False,
    ) -> tuple[Any, Any]:
        """Attends to a projected memory; needs a built layer.

        Args:
            query: [batch, target, query features].
            memory: from `project`.
            mask: bool [batch, target] of the query, True on real steps, or None.
            use_causal_mask: query t attends to the steps up to t only.
            training: True applies dropout.

        Returns:
            Contexts [batch, target, features], and the weights [batch, target, source].
        """
        query = ops.cast(query, self.compute_dtype)
        scores = self.energies(query, memory.key)
        visible = self._visible(query, memory, use_causal_mask)
        weights = ops.cast(masked_softmax(scores, visible), self.compute_dtype)
        result = ops.matmul(self.drop(weights, training=training), memory.value)
        return self._masked(result, mask), weights

    def _visible(self, query: Any, memory: Memory, use_causal_mask: bool) -> Any:
        """Visibility of the memory to the query, float32 0 or 1, [batch, target or 1, source]."""
        visible = ops.cast(memory.mask, "float32")[:, None]
        if not use_causal_mask:
            return visible
        target, source = (ops.arange(ops.shape(x)[1]) for x in (query, memory.value))
        return visible * ops.cast(source[None] <= target[:, None], "float32")

    def _masked(self, result: Any, mask: Any) -> Any:
        """The result, zero at masked steps of the query."""
        if mask is None:
            return result
        mask = ops.cast(ops.convert_to_tensor(mask), "bool")
        check_mask(mask.shape, result.shape, self._owner)
        return ops.where(mask[..., None], result, ops.zeros_like(result))

    def first_states(self, memory: Memory) -> States:
        """The states before the first `step`, each [batch, size]: one for each of `state_sizes`."""
        return []

    def step(
        self, query: Any, memory: Memory, states: States, training: bool = False
    ) -> tuple[Any, Any, States]:
        """Attends for one query a row, in a loop over queries; needs a built layer.

        Args:
            query: [rows, query features].
            memory: from `project`. Several adjacent rows may share a row of it.
            states: from `first_states` (repeated for such rows) or from the step before.
            training: True applies dropout.

        Returns:
            Contexts [rows, features], the weights [rows, source] and the states after it.
        """
        query = rows_by_memory(query, memory)
        context, weights = self.attend(query, memory, training=training)
        return as_rows(context), as_rows(weights), []

    def draw(self) -> None:
        """Draws the seed of what is random in `step`; before a loop, which may not draw any."""

    def reset_draw(self) -> None:
        """Discards that seed, after the loop."""

    def energies(self, query: Any, keys: Any) -> Any:
        """The scores of queries [batch, target, ...] and projected keys, before the softmax.

        Returns:
            float32 [batch, target, source], masked steps included.
        """
        return ops.cast(self._scores(query, keys), "float32")

    def _scores(self, query: Any, keys: Any) -> Any:
        return ops.matmul(query, ops.transpose(keys, (0, 2, 1)))

    def fused_score(self) -> tuple[str, list] | None:
        """Name and weights of the score in the fused kernels (`layers.kernels`), or None.

        A subclass that overrides `_scores` has none, unless it overrides this too.
        """
        return ("product", []) if type(self)._scores is MemoryAttention._scores else None

    def _cast(self, weight: Any) -> Any:
        return ops.cast(weight, self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        query, value, _ = self._shapes(input_shape)
        return (*query[:2], self.context_size(query[-1], value[-1]))

    def compute_output_spec(
        self,
        inputs: Any,
        mask: Any = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
        training: bool = False,
    ) -> Any:
        shapes = inputs.shape if hasattr(inputs, "shape") else [x.shape for x in inputs]
        query, value, _ = self._shapes(shapes)
        shape = (*query[:2], self.context_size(query[-1], value[-1]))
        result = keras.KerasTensor(shape, dtype=self.compute_dtype)
        if not return_attention_scores:
            return result
        return result, keras.KerasTensor((*query[:2], value[1]), dtype=self.compute_dtype)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return mask[0] if isinstance(mask, (list, tuple)) else mask

    def get_config(self) -> dict:
        return {**super().get_config(), "dropout": self.dropout, "seed": self.seed}
