"""Attention over a memory: the layers, and the decoder cell that attends at each step."""

from seqtasks.layers.attention.attention_cell import AttentionCell
from seqtasks.layers.attention.attention_decoder import AttentionDecoder
from seqtasks.layers.attention.coverage_attention import CoverageAttention, coverage_loss
from seqtasks.layers.attention.make_attention import ATTENTIONS, make_attention
from seqtasks.layers.attention.monotonic_attention import MonotonicAttention
from seqtasks.layers.attention.multi_head_attention import MultiHeadAttention
from seqtasks.layers.attention.multi_source_attention import MultiSourceAttention
from seqtasks.layers.attention.pointer_generator import PointerGenerator
from seqtasks.layers.attention.scores import (
    AdditiveAttention,
    BilinearAttention,
    DotProductAttention,
)

__all__ = [
    "ATTENTIONS",
    "AdditiveAttention",
    "AttentionCell",
    "AttentionDecoder",
    "BilinearAttention",
    "CoverageAttention",
    "DotProductAttention",
    "MonotonicAttention",
    "MultiHeadAttention",
    "MultiSourceAttention",
    "PointerGenerator",
    "coverage_loss",
    "make_attention",
]
