"""Layers: tensors to tensors, on keras.ops, with explicit masks."""

from seqtasks.layers.attention.attention_cell import AttentionCell
from seqtasks.layers.attention.scores import (
    AdditiveAttention,
    BilinearAttention,
    DotProductAttention,
)
from seqtasks.layers.causal_convolution import CausalConvolution
from seqtasks.layers.character_encoder import CharacterEncoder
from seqtasks.layers.crf.crf_layer import CRF
from seqtasks.layers.crf.loss_and_decoder import CRFAccuracy, CRFDecoder, CRFLoss
from seqtasks.layers.dropout import Dropout
from seqtasks.layers.pooling import SequencePooling
from seqtasks.layers.recurrent.bidirectional import Bidirectional
from seqtasks.layers.recurrent.bridge import Bridge
from seqtasks.layers.recurrent.cell_wrappers import ResidualCell, WeightDropCell
from seqtasks.layers.recurrent.cells import GRUCell, LSTMCell, SimpleRNNCell
from seqtasks.layers.recurrent.layer_norm_cells import LayerNormGRUCell, LayerNormLSTMCell
from seqtasks.layers.recurrent.lstm_variants import (
    CoupledLSTMCell,
    PeepholeLSTMCell,
    ProjectedLSTMCell,
)
from seqtasks.layers.recurrent.pyramid import PyramidalRNN
from seqtasks.layers.recurrent.recurrent_layers import GRU, LSTM, SimpleRNN
from seqtasks.layers.recurrent.rnn import RNN
from seqtasks.layers.recurrent.stack import RecurrentStack
from seqtasks.layers.recurrent.zoneout import ZoneoutCell
from seqtasks.layers.word_dropout import WordDropout

__all__ = [
    "CRF",
    "GRU",
    "LSTM",
    "RNN",
    "AdditiveAttention",
    "AttentionCell",
    "Bidirectional",
    "BilinearAttention",
    "Bridge",
    "CRFAccuracy",
    "CRFDecoder",
    "CRFLoss",
    "CausalConvolution",
    "CharacterEncoder",
    "CoupledLSTMCell",
    "DotProductAttention",
    "Dropout",
    "GRUCell",
    "LSTMCell",
    "LayerNormGRUCell",
    "LayerNormLSTMCell",
    "PeepholeLSTMCell",
    "ProjectedLSTMCell",
    "PyramidalRNN",
    "RecurrentStack",
    "ResidualCell",
    "SequencePooling",
    "SimpleRNN",
    "SimpleRNNCell",
    "WeightDropCell",
    "WordDropout",
    "ZoneoutCell",
]
