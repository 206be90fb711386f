"""Memory: what attention reads, and the forms that it and its rows take in a loop."""

from __future__ import annotations

from typing import Any, NamedTuple

from keras import ops


class Memory(NamedTuple):
    """Keys and values of attention, projected once for many queries.

    Attributes:
        key: projected keys, [batch, source, size].
        value: values, of masked steps as if these were zero, [batch, source, features].
        mask: float 0 or 1, [batch, source].
    """

    key: Any
    value: Any
    mask: Any


def memory_to_states(memory: Memory) -> list:
    """The memory as states of a cell, [batch, n] each, as Keras's loop on JAX takes them."""
    batch = ops.shape(memory.mask)[0]
    return [*(ops.reshape(x, (batch, -1)) for x in (memory.key, memory.value)), memory.mask]


def memory_from_states(states: list, sizes: list[int]) -> Memory:
    """The memory from `memory_to_states`, given the sizes of a step's key and value."""
    *flat, mask = states
    batch, source = ops.shape(mask)[0], ops.shape(mask)[1]
    key, value = (
        ops.reshape(x, (batch, source, size)) for x, size in zip(flat, sizes[:2], strict=True)
    )
    return Memory(key, value, mask)


def rows_by_memory(x: Any, memory: Memory) -> Any:
    """[rows, n] -> [batch, rows / batch, n]: the rows that share a row of the memory together."""
    batch, rows = ops.shape(memory.mask)[0], ops.shape(x)[0]
    known = isinstance(batch, int) and isinstance(rows, int)
    return ops.reshape(x, (batch, rows // max(batch, 1) if known else -1, ops.shape(x)[1]))


def as_rows(x: Any) -> Any:
    """[batch, n, size] -> [rows, size], the inverse of `rows_by_memory`."""
    batch, n, size = ops.shape(x)
    return ops.reshape(x, (batch * n, size))
