"""Cells: one time step each, and what can be wrapped around them."""

from seqtasks.layers.recurrent.cells.cell_wrappers import WeightDropCell
from seqtasks.layers.recurrent.cells.layer_norm_cells import (
    LayerNormGRUCell,
    LayerNormLSTMCell,
    LayerNormSimpleRNNCell,
)
from seqtasks.layers.recurrent.cells.lstm_variants import (
    CoupledLSTMCell,
    PeepholeLSTMCell,
    ProjectedLSTMCell,
)
from seqtasks.layers.recurrent.cells.make_cell import CELLS, make_cell
from seqtasks.layers.recurrent.cells.nas_cell import NASCell
from seqtasks.layers.recurrent.cells.residual_and_highway import HighwayCell, ResidualCell
from seqtasks.layers.recurrent.cells.standard_cells import GRUCell, LSTMCell, SimpleRNNCell
from seqtasks.layers.recurrent.cells.zoneout_cell import ZoneoutCell

__all__ = [
    "CELLS",
    "CoupledLSTMCell",
    "GRUCell",
    "HighwayCell",
    "LSTMCell",
    "LayerNormGRUCell",
    "LayerNormLSTMCell",
    "LayerNormSimpleRNNCell",
    "NASCell",
    "PeepholeLSTMCell",
    "ProjectedLSTMCell",
    "ResidualCell",
    "SimpleRNNCell",
    "WeightDropCell",
    "ZoneoutCell",
    "make_cell",
]
