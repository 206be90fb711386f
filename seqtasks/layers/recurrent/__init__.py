"""Recurrent cells, what can be wrapped around them, and the layers that run them over sequences."""

from seqtasks.layers.kernels.compilation import compiled_loops, worth_compiling
from seqtasks.layers.kernels.exporting import keras_loops
from seqtasks.layers.recurrent.bidirectional import Bidirectional
from seqtasks.layers.recurrent.bridge import Bridge
from seqtasks.layers.recurrent.cells import (
    CELLS,
    CoupledLSTMCell,
    GRUCell,
    HighwayCell,
    LayerNormGRUCell,
    LayerNormLSTMCell,
    LayerNormSimpleRNNCell,
    LSTMCell,
    NASCell,
    PeepholeLSTMCell,
    ProjectedLSTMCell,
    ResidualCell,
    SimpleRNNCell,
    WeightDropCell,
    ZoneoutCell,
    make_cell,
)
from seqtasks.layers.recurrent.lstm_gru_simple_rnn import GRU, LSTM, SimpleRNN
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
    "HighwayCell",
    "LRUCell",
    "LSTMCell",
    "LayerNormGRUCell",
    "LayerNormLSTMCell",
    "LayerNormSimpleRNNCell",
    "MinGRU",
    "MinGRUCell",
    "MinLSTM",
    "MinLSTMCell",
    "NASCell",
    "PeepholeLSTMCell",
    "ProjectedLSTMCell",
    "PyramidalRNN",
    "RecurrentStack",
    "ResidualCell",
    "SimpleRNN",
    "SimpleRNNCell",
    "WeightDropCell",
    "ZoneoutCell",
    "compiled_loops",
    "keras_loops",
    "make_cell",
    "worth_compiling",
]
