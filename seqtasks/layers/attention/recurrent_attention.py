"""RecurrentAttention: the base of attention whose weights depend on those of the query before."""

from __future__ import annotations

from typing import Any

from keras import ops

from seqtasks.layers.attention.memory import Memory, as_rows, rows_by_memory
from seqtasks.layers.attention.memory_attention import MemoryAttention
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
        self._masked(query, mask)  # checks it
        visible, features = self._visible(query, memory, use_causal_mask), query.shape[-1]
        inputs = query
        if use_causal_mask:  # what each query may see comes with it
            inputs = ops.concatenate([query, ops.cast(visible, query.dtype)], axis=-1)

        def one(x: Any, before: States) -> tuple[Any, States]:
            seen = ops.cast(x[:, None, features:], "float32") if use_causal_mask else visible
            x = ops.reshape(x[:, :features], (-1, 1, features))
            states = [state[:, None] for state in before]
            weights, states = self._align(x, memory, states, seen, training)
            return weights[:, 0], [state[:, 0] for state in states]

        if training:
            self.draw()
        weights = step_loop(one, inputs, self.first_states(memory), mask)
        self.reset_draw()
        result = ops.matmul(self.drop(weights, training=training), memory.value)
        return self._masked(result, mask), weights

    def fused_score(self) -> None:
        """None: the fused kernels know plain scores only."""
