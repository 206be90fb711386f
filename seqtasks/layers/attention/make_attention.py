"""Attention by name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras

from seqtasks.layers.argument_checks import check_units
from seqtasks.layers.attention.coverage_attention import CoverageAttention
from seqtasks.layers.attention.multi_head_attention import MultiHeadAttention
from seqtasks.layers.attention.scores import (
    AdditiveAttention,
    BilinearAttention,
    DotProductAttention,
)

HEADS = 4
ATTENTIONS: dict[str, Callable[..., Any]] = {
    "additive": AdditiveAttention,
    "normalized_additive": functools.partial(AdditiveAttention, normalize=True),
    "bilinear": lambda units, **options: BilinearAttention(**options),
    "scaled_bilinear": lambda units, **options: BilinearAttention(use_scale=True, **options),
    "dot": lambda units, **options: DotProductAttention(scaled=True, **options),
    "coverage": CoverageAttention,
    "multi_head": lambda units, **options: MultiHeadAttention(
        HEADS, max(1, units // HEADS), **options
    ),
}


def make_attention(
    attention: Any, units: int, owner: str = "make_attention", **options: Any
) -> Any:
    """Makes an attention layer, as `AttentionDecoder` does.

    Args:
        attention: a name in `ATTENTIONS`, or an attention layer, which is returned as it is.
        units: size of the hidden layer of additive scores, and of all four heads of "multi_head"
            together; the other scores take none.
        owner: the caller's name, for error messages.
        **options: further arguments of the layer, such as `dropout`, `seed` or `dtype`.

    Returns:
        An attention layer, with `project` and `attend`.

    Raises:
        ValueError: an unknown name, or no attention layer.

    Example:
        >>> attention = make_attention("normalized_additive", 8, dropout=0.1)
    """
    if isinstance(attention, str) and attention in ATTENTIONS:
        return ATTENTIONS[attention](check_units(units, owner), **options)
    if isinstance(attention, keras.layers.Layer) and hasattr(attention, "attend"):
        return attention
    raise ValueError(
        f"{owner}: expected the attention to be one of {', '.join(map(repr, ATTENTIONS))}, or an "
        f"attention layer; received {attention!r}. Pass, for example, attention='bilinear' or "
        "AdditiveAttention(128)."
    )
