"""Recurrent cells, what can be wrapped around them, and the layers that run them over sequences."""

from seqtasks.layers.kernels.exporting import keras_loops
from seqtasks.layers.recurrent.bidirectional import Bidirectional
from seqtasks.layers.recurrent.bridge import Bridge
from seqtasks.layers.recurrent.cell_wrappers import ResidualCell, WeightDropCell
from seqtasks.layers.recurrent.cells import GRUCell, LSTMCell, SimpleRNNCell
from seqtasks.layers.recurrent.layer_norm_cells import LayerNormGRUCell, LayerNormLSTMCell
from seqtasks.layers.recurrent.lstm_gru_simple_rnn import GRU, LSTM, SimpleRNN
from seqtasks.layers.recurrent.lstm_variants import (
    CoupledLSTMCell,
    PeepholeLSTMCell,
    ProjectedLSTMCell,
)
from seqtasks.layers.recurrent.make_cell import CELLS, make_cell
from seqtasks.layers.recurrent.parallel import (
    LRU,
    LRUCell,
    MinGRU,
    MinGRUCell,
    MinLSTM,
    MinLSTMCell,
)
from seqtasks.layers.recurrent.pyramidal_rnn import PyramidalRNN
from seqtasks.layers.recurrent.recurrent_stack import RecurrentStack
from seqtasks.layers.recurrent.rnn import RNN
from seqtasks.layers.recurrent.zoneout_cell import ZoneoutCell

__all__ = [
    "CELLS",
    "GRU",
    "LRU",
    "LSTM",
    "RNN",
    "Bidirectional",
    "Bridge",
    "CoupledLSTMCell",
    "GRUCell",
    "LRUCell",
    "LSTMCell",
    "LayerNormGRUCell",
    "LayerNormLSTMCell",
    "MinGRU",
    "MinGRUCell",
    "MinLSTM",
    "MinLSTMCell",
    "PeepholeLSTMCell",
    "ProjectedLSTMCell",
    "PyramidalRNN",
    "RecurrentStack",
    "ResidualCell",
    "SimpleRNN",
    "SimpleRNNCell",
    "WeightDropCell",
    "ZoneoutCell",
    "keras_loops",
    "make_cell",
]
