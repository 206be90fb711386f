"""Recurrent cells and layers whose sequences can be computed in parallel over time."""

from seqtasks.layers.recurrent.parallel.layers import MinGRU
from seqtasks.layers.recurrent.parallel.min_cells import MinGRUCell

__all__ = ["MinGRU", "MinGRUCell"]
