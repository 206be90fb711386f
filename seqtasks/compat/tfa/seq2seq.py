"""The functions of `tfa.seq2seq` that stand on their own, and its loss.

Arguments and results are those of TensorFlow Addons 0.23. For attention wrappers, decoders and
samplers `docs/migration.md` says what to write now.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from seqtasks.compat.tfa.beams import gather_tree, gather_tree_from_array, tile_batch
from seqtasks.compat.tfa.sequence_loss import SequenceLoss, sequence_loss

__all__ = [
    "SequenceLoss",
    "gather_tree",
    "gather_tree_from_array",
    "hardmax",
    "monotonic_attention",
    "safe_cumprod",
    "sequence_loss",
    "tile_batch",
]

TINY = 1.1754944e-38  # the smallest normal number of float32


def hardmax(logits: Any, name: str | None = None) -> Any:
    """One-hot vectors of the highest logit over the last axis, of the logits' type and shape.

    Args:
        logits: [..., classes].
        name: without effect.
    """
    logits = ops.convert_to_tensor(logits)
    return ops.one_hot(ops.argmax(logits, axis=-1), logits.shape[-1], dtype=logits.dtype)


def safe_cumprod(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Any:
    """Cumulative products of numbers in [0, 1] by way of logarithms, with finite gradients.

    Args:
        x: numbers in [0, 1].
        axis: the axis along which to multiply.
        exclusive: leave each number out of its own product.
        reverse: multiply from the last to the first.

    Returns:
        Products, of the shape of `x`.
    """
    x = ops.convert_to_tensor(x)
    logs = ops.log(ops.clip(x, TINY, 1.0))
    if reverse:
        logs = ops.flip(logs, axis=axis)
    total = ops.cumsum(logs, axis=axis)
    total = total - logs if exclusive else total
    return ops.exp(ops.flip(total, axis=axis) if reverse else total)


def monotonic_attention(p_choose_i: Any, previous_attention: Any, mode: str) -> Any:
    """The weights of monotonic attention from the probabilities of stopping at each source step.

        α_i[j] = p_i[j] Σ_{k<=j} α_{i-1}[k] Π_{k<=l<j} (1 - p_i[l])

    Args:
        p_choose_i: p_i, the probability of attending to each source step if it is reached,
            [batch, source].
        previous_attention: α_{i-1}, [batch, source]; before the first step all on source step 0.
        mode: "recursive" for a loop; "parallel" for products of all steps at once, less exact
            where p is near 0 or 1; "hard" for p and α of 0 and 1 alone.

    Returns:
        α_i [batch, source].

    Reference:
        Raffel et al., arXiv:1704.00784, equations 8 to 14.
    """
    p = ops.convert_to_tensor(p_choose_i)
    before = ops.cast(previous_attention, p.dtype)
    if mode == "parallel":
        passed = safe_cumprod(1 - p, axis=1, exclusive=True)
        return p * passed * ops.cumsum(before / ops.clip(passed, 1e-10, 1.0), axis=1)
    if mode == "hard":
        p = p * ops.cumsum(before, axis=1)
        return p * safe_cumprod(1 - p, axis=1, exclusive=True)
    if mode != "recursive":
        raise ValueError(
            "monotonic_attention: expected mode to be 'recursive', 'parallel' or 'hard', received "
            f"{mode!r}. Pass one of these."
        )
    passed = ops.concatenate([ops.ones_like(p[:, :1]), 1 - p[:, :-1]], axis=1)
    steps = ops.transpose(ops.stack([passed, before], axis=2), (1, 0, 2))

    def step(reached: Any, x: Any) -> tuple[Any, Any]:
        reached = x[:, 0] * reached + x[:, 1]
        return reached, reached

    _, reached = ops.scan(step, ops.zeros_like(p[:, 0]), steps)
    return p * ops.transpose(reached)
