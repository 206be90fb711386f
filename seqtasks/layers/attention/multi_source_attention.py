"""MultiSourceAttention: attention to several memories at once."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_sequences
from seqtasks.layers.attention.memory import Memory

States = list[Any]


@keras.saving.register_keras_serializable(package="seqtasks")
class MultiSourceAttention(keras.layers.Layer):
    """Attention to several memories at once, such as the outputs of two encoders.

        c_t = [c^1_t, c^2_t, ...]        c^n_t = attention_n(q_t, memory_n)

    In `AttentionCell` and `AttentionDecoder` it stands for one attention: memories, their masks
    and features, and the attention weights are then lists.

    Args:
        attentions: an attention layer for each memory.
        **kwargs: those of `keras.layers.Layer`.

    Call arguments:
        inputs: [query, value 1, value 2, ...]: [batch, target, query features] and
            [batch, source n, features n].
        mask: their masks in a list, bool, True on real steps, or None each.
        return_attention_scores: also return the attention weights.
        use_causal_mask: query t attends to the steps up to t only.
        training: passed to the attentions.

    Returns:
        [batch, target, sum of the contexts' features]; with `return_attention_scores` also a list
        of weights [batch, target, source n].

    Masking:
        As in the attentions.

    Example:
        >>> y = MultiSourceAttention([DotProductAttention()] * 2)([keras.ops.ones((2, 5, 3))] * 3)

    Reference:
        Zoph and Knight, Multi-source neural translation, arXiv:1601.00710.
    """

    def __init__(self, attentions: list[Any], **kwargs: Any) -> None:
        if not attentions or not all(hasattr(one, "attend") for one in attentions):
            raise ValueError(
                "MultiSourceAttention: expected a list of attention layers, one for each memory; "
                f"received {attentions!r}. Pass, for example, [BilinearAttention(), "
                "AdditiveAttention(128)]."
            )
        kwargs.setdefault("dtype", getattr(attentions[0], "dtype_policy", None))
        super().__init__(**kwargs)
        self.attentions = list(attentions)
        self.state_sizes = tuple(size for one in attentions for size in one.state_sizes)
        self.dropout = max(one.dropout for one in attentions)
        self.supports_masking = True

    def _each(self, memories: Any, name: str) -> list:
        """(attention, memory) pairs."""
        if not isinstance(memories, (list, tuple)) or len(memories) != len(self.attentions):
            raise ValueError(
                f"MultiSourceAttention {self.name!r}: expected a list of {len(self.attentions)} "
                f"{name}, one for each attention; received {memories!r}. Pass them in a list."
            )
        return list(zip(self.attentions, memories, strict=True))

    def build(self, input_shape: Any) -> None:
        query, *values = input_shape
        for attention, shape in self._each(values, "memories"):
            check_sequences(shape, None, f"MultiSourceAttention {self.name!r}")
            if not attention.built:
                attention.build([query, shape])

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
        training: bool = False,
    ) -> Any:
        query, *values = inputs
        real, *seen = mask or [None] * len(inputs)
        memories = self.project(values, seen)
        found = self.attend(query, memories, real, use_causal_mask, training)
        return found if return_attention_scores else found[0]

    def project(self, value: list[Any], mask: list[Any] | None = None) -> list[Memory]:
        """Projects the memories for `attend`; needs a built layer.

        Args:
            value: of each memory, [batch, source n, features n].
            mask: of each memory, bool [batch, source n] or None; or None for all.
        """
        masks = [None] * len(self.attentions) if mask is None else mask
        each = zip(self._each(value, "memories"), masks, strict=True)
        return [attention.project(x, mask=real) for (attention, x), real in each]

    def attend(
        self,
        query: Any,
        memory: list[Memory],
        mask: Any = None,
        use_causal_mask: bool = False,
        training: bool = False,
    ) -> tuple[Any, list[Any]]:
        """As in `AdditiveAttention`, of all memories: contexts side by side, a list of weights."""
        found = [
            attention.attend(query, one, mask, use_causal_mask, training)
            for attention, one in self._each(memory, "memories")
        ]
        return ops.concatenate([context for context, _ in found], axis=-1), [w for _, w in found]

    def first_states(self, memory: list[Memory]) -> States:
        """The states before the first `step`."""
        each = self._each(memory, "memories")
        return [state for attention, one in each for state in attention.first_states(one)]

    def step(
        self, query: Any, memory: list[Memory], states: States, training: bool = False
    ) -> tuple[Any, list[Any], States]:
        """Attends for one query a row: contexts side by side, a list of weights, the states."""
        contexts, weights, after, left = [], [], [], list(states)
        for attention, one in self._each(memory, "memories"):
            count = len(attention.state_sizes)
            own, left = left[:count], left[count:]
            context, row, own = attention.step(query, one, own, training)
            contexts.append(context)
            weights.append(row)
            after += own
        return ops.concatenate(contexts, axis=-1), weights, after

    def draw(self) -> None:
        """Draws what is random in the steps of a sequence."""
        for attention in self.attentions:
            attention.draw()

    def reset_draw(self) -> None:
        """Discards it."""
        for attention in self.attentions:
            attention.reset_draw()

    def fused_score(self) -> None:
        """None: the fused kernels know one memory only."""

    def memory_sizes(self, query_features: int, memory_features: list[int]) -> list[int]:
        """Sizes of the states of `to_states`, for all memories in turn."""
        each = self._each(memory_features, "numbers of features")
        return [size for one, n in each for size in one.memory_sizes(query_features, n)]

    def to_states(self, memory: list[Memory]) -> States:
        """The memories as states of a cell."""
        each = self._each(memory, "memories")
        return [state for attention, one in each for state in attention.to_states(one)]

    def from_states(self, states: States, sizes: list[int]) -> list[Memory]:
        """The memories from `to_states`."""
        each = enumerate(self.attentions)
        return [one.from_states(states[3 * n :][:3], sizes[3 * n :][:3]) for n, one in each]

    def context_size(self, query_features: int, value_features: list[int]) -> int:
        """Size of all contexts together."""
        each = self._each(value_features, "numbers of features")
        return sum(attention.context_size(query_features, n) for attention, n in each)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        query, *values = input_shape
        size = self.context_size(query[-1], [shape[-1] for shape in values])
        return (*query[:2], size)

    def compute_output_spec(
        self,
        inputs: Any,
        mask: Any = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
        training: bool = False,
    ) -> Any:
        shapes = [tuple(x.shape) for x in inputs]
        result = keras.KerasTensor(self.compute_output_shape(shapes), dtype=self.compute_dtype)
        if not return_attention_scores:
            return result
        sizes = [(*shapes[0][:2], shape[1]) for shape in shapes[1:]]
        return result, [keras.KerasTensor(size, dtype=self.compute_dtype) for size in sizes]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return mask[0] if isinstance(mask, (list, tuple)) else mask

    def get_config(self) -> dict:
        attentions = [keras.saving.serialize_keras_object(one) for one in self.attentions]
        return {**super().get_config(), "attentions": attentions}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> MultiSourceAttention:
        attentions = [
            keras.saving.deserialize_keras_object(one, custom_objects)
            for one in config["attentions"]
        ]
        return cls(**{**config, "attentions": attentions})
