"""Beam functions of `tfa.seq2seq`: tile a batch, gather whole beams from steps and parents."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.compat.tfa.argument_checks import check_rank


def tile_batch(t: Any, multiplier: int, name: str | None = None) -> Any:
    """Repeats each row, next to each other.

    Args:
        t: tensors [batch, ...], nested in any way.
        multiplier: how often.
        name: without effect.

    Returns:
        The same nest of [batch * multiplier, ...]. (`seqtasks.decoding.beam_search` tiles its
        states itself.)
    """
    return keras.tree.map_structure(lambda x: ops.repeat(x, multiplier, axis=0), t)


def _ancestors(parent_ids: Any, lengths: Any) -> Any:
    """Which beam of each step a beam of the last step comes from, int32 [time, batch, beams].

    Args:
        parent_ids: int32 [time, batch, beams].
        lengths: int32 [batch]; from there on each beam is its own parent.
    """
    steps = ops.arange(ops.shape(parent_ids)[0], dtype="int32")[:, None, None]
    own = ops.zeros_like(parent_ids) + ops.arange(parent_ids.shape[2], dtype="int32")
    parents = ops.where(steps < lengths[:, None], parent_ids, own)

    def step(beams: Any, parent: Any) -> tuple[Any, Any]:
        beams = ops.take_along_axis(parent, beams, axis=1)
        return beams, beams

    _, before = ops.scan(step, own[0], parents, reverse=True)
    return ops.concatenate([before[1:], own[:1]])


def gather_tree(step_ids: Any, parent_ids: Any, max_sequence_lengths: Any, end_token: Any) -> Any:
    """The ids of whole beams from the ids of each step and the beams that they continue.

    Args:
        step_ids: integers [time, batch, beams].
        parent_ids: integers [time, batch, beams].
        max_sequence_lengths: integers [batch], steps that count.
        end_token: the id that ends a sequence, and fills up what follows it.

    Returns:
        int32 [time, batch, beams].
    """
    ids, parents = (ops.cast(ops.convert_to_tensor(x), "int32") for x in (step_ids, parent_ids))
    check_rank(ids, 3, "step_ids", "[time, batch, beams]", "gather_tree")
    lengths, end = ops.cast(max_sequence_lengths, "int32"), ops.cast(end_token, "int32")
    found = ops.take_along_axis(ids, _ancestors(parents, lengths), axis=2)
    steps = ops.arange(ops.shape(ids)[0], dtype="int32")[:, None, None]
    found = ops.where(steps < lengths[:, None], found, end)
    ended = ops.cumsum(ops.cast(ops.equal(found, end), "int32"), axis=0) > 0
    return ops.where(ended, end, found)


def gather_tree_from_array(t: Any, parent_ids: Any, sequence_length: Any) -> Any:
    """The values of whole beams from the values of each step, as `gather_tree` does it for ids.

    Args:
        t: [time, batch * beams, ...] or [time, batch, beams, ...].
        parent_ids: integers [time, batch, beams].
        sequence_length: integers [batch, beams]; later steps are left as they are.

    Returns:
        As `t`, in the order of the beams of the last step.
    """
    t, parents = ops.convert_to_tensor(t), ops.cast(ops.convert_to_tensor(parent_ids), "int32")
    check_rank(parents, 3, "parent_ids", "[time, batch, beams]", "gather_tree_from_array")
    lengths = ops.cast(sequence_length, "int32")
    beams = _ancestors(parents, ops.max(lengths, axis=1))
    steps = ops.arange(ops.shape(parents)[0], dtype="int32")[:, None, None]
    own = ops.zeros_like(beams) + ops.arange(parents.shape[2], dtype="int32")
    beams = ops.where(steps < lengths, beams, own)
    flat = ops.reshape(t, (*ops.shape(parents), -1))
    return ops.reshape(ops.take_along_axis(flat, beams[..., None], axis=2), ops.shape(t))
