"""Layers: tensors to tensors, on keras.ops, with explicit masks."""

from seqtasks.layers.cells import GRUCell, LSTMCell, SimpleRNNCell
from seqtasks.layers.recurrent import GRU, LSTM, RNN, SimpleRNN

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "SimpleRNN", "SimpleRNNCell"]
