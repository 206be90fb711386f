"""Alignments of monotonic attention: expected ones in two ways, and the greedy one.

Each function takes energies and what the reader may see, and the weights of the query before:

    p_s = σ(e_s) where s is visible, else 0

Args of each:
    energies: e, float32 [batch, n, source].
    previous: a of the query before, float32 [batch, n, source]; before the first query it is 1 at
        the first step.
    visible: float32 0 or 1, broadcastable to the energies.

Reference: Raffel et al., arXiv:1704.00784.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from seqtasks.layers.step_loop import step_loop

SMALLEST = 1e-10  # of what cumulative sums are divided by


def _from_the_left(x: Any) -> Any:
    """[..., source] with a zero before and without the last: what stands left of each step."""
    return ops.concatenate([ops.zeros_like(x[..., :1]), x[..., :-1]], axis=-1)


def expected_in_parallel(energies: Any, previous: Any, visible: Any) -> Any:
    """A = p ∘ P ∘ cumsum(previous / P), with P_s = Π_{l<s} (1 - p_l)."""
    passed = ops.cumsum(_from_the_left(-ops.softplus(energies) * visible), axis=-1)  # log P
    passed = ops.exp(passed)
    reached = ops.cumsum(previous / ops.maximum(passed, SMALLEST), axis=-1)
    return ops.sigmoid(energies) * visible * passed * reached


def expected_in_steps(energies: Any, previous: Any, visible: Any) -> Any:
    """a_s = p_s q_s, with q_s = (1 - p_{s-1}) q_{s-1} + previous_s."""
    passing = ops.sigmoid(-energies) * visible + (1 - visible)
    both = ops.stack([_from_the_left(passing), previous], axis=-1)
    both = ops.moveaxis(both, -2, 1)  # [batch, source, ..., 2]

    def one(x: Any, q: Any) -> tuple[Any, list]:
        reached = x[..., 0] * q[0] + x[..., 1]
        return reached, [reached]

    reached = step_loop(one, both, [ops.zeros_like(previous[..., 0])])
    return ops.sigmoid(energies) * visible * ops.moveaxis(reached, 1, -1)


def greedy(energies: Any, previous: Any, visible: Any) -> Any:
    """1 at the first visible step with p > 1/2 from where `previous` is 1 on; or zeros."""
    stops = ops.cast(energies > 0, previous.dtype) * visible * ops.cumsum(previous, axis=-1)
    return stops * ops.cast(ops.cumsum(stops, axis=-1) == 1, stops.dtype)
