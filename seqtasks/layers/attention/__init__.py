"""Attention over a memory: the layers, and the decoder cell that attends at each step."""

from seqtasks.layers.attention.attention_cell import AttentionCell
from seqtasks.layers.attention.attention_decoder import AttentionDecoder
from seqtasks.layers.attention.scores import (
    AdditiveAttention,
    BilinearAttention,
    DotProductAttention,
)

__all__ = [
    "AdditiveAttention",
    "AttentionCell",
    "AttentionDecoder",
    "BilinearAttention",
    "DotProductAttention",
]
