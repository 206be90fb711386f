"""Recurrent cells and layers whose sequences can be computed in parallel over time."""

from seqtasks.layers.recurrent.parallel.layers import LRU, MinGRU, MinLSTM
from seqtasks.layers.recurrent.parallel.lru_cell import LRUCell, lru_block
from seqtasks.layers.recurrent.parallel.min_cells import MinGRUCell, MinLSTMCell

__all__ = ["LRU", "LRUCell", "MinGRU", "MinGRUCell", "MinLSTM", "MinLSTMCell", "lru_block"]
