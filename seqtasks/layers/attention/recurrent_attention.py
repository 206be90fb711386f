"""RecurrentAttention: the base of attention whose weights depend on those of the query before."""

from __future__ import annotations

from typing import Any

from keras import ops

from seqtasks.layers.attention.memory_attention import (
    Memory,
    MemoryAttention,
    as_rows,
    rows_by_memory,
)
from seqtasks.layers.step_loop import step_loop

States = list[Any]


class RecurrentAttention(MemoryAttention):
    """Attention in which the weights of a query depend on those of the query before.

    A subclass defines `state_sizes`, `first_states`, and `_align`, which gives the weights of one
    query a row. Several queries are attended to in a loop.
    """

    def _align(
        self, query: Any, memory: Memory, states: States, visible: Any, training: bool
    ) -> tuple[Any, States]:
        """The weights of one query a row, and the states after it.

        Args:
            query: [batch, n, query features], for n rows that share a row of the memory.
            memory: from `project`.
            states: each [batch, n, size].
            visible: float32 0 or 1, [batch or 1, 1, source].
            training: whether in training.

        Returns:
            Weights [batch, n, source] and the states, each [batch, n, size].
        """
        raise NotImplementedError(f"{type(self).__name__} defines no _align.")

    def step(
        self, query: Any, memory: Memory, states: States, training: bool = False
    ) -> tuple[Any, Any, States]:
        query = rows_by_memory(ops.cast(query, self.compute_dtype), memory)
        states = [rows_by_memory(state, memory) for state in states]
        visible = ops.cast(memory.mask, "float32")[:, None]
        weights, states = self._align(query, memory, states, visible, training)
        context = ops.matmul(self.drop(weights, training=training), memory.value)
        return as_rows(context), as_rows(weights), [as_rows(state) for state in states]

    def attend(
        self,
        query: Any,
        memory: Memory,
        mask: Any = None,
        use_causal_mask: bool = False,
        training: bool = False,
    ) -> tuple[Any, Any]:
        """As in `MemoryAttention`; at masked steps of the query the states are kept."""
        query = ops.cast(query, self.compute_dtype)
        real = self._masked(ops.ones_like(query[..., :1]), mask)
        marked = ops.concatenate([query, real], axis=-1)
        position = ops.arange(ops.shape(memory.value)[1])

        def one(x: Any, carried: States) -> tuple[Any, States]:
            t, *before = carried
            visible = ops.cast(memory.mask, "float32")
            if use_causal_mask:
                visible = visible * ops.cast(position <= t, "float32")
            grouped = [state[:, None] for state in before]
            weights, states = self._align(
                x[:, None, :-1], memory, grouped, visible[:, None], training
            )
            kept = x[:, -1:] > 0
            states = [
                ops.where(kept, state[:, 0], old) for state, old in zip(states, before, strict=True)
            ]
            return weights[:, 0], [t + 1, *states]

        if training:
            self.draw()
        number = ops.zeros_like(memory.mask[:, :1], dtype="int32")
        weights = step_loop(one, marked, [number, *self.first_states(memory)])
        self.reset_draw()
        result = ops.matmul(self.drop(weights, training=training), memory.value)
        return self._masked(result, mask), weights

    def fused_score(self) -> None:
        """None: the fused kernels know plain scores only."""
