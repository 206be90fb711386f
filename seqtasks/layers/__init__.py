"""Layers: tensors to tensors, on keras.ops, with explicit masks."""

from seqtasks.layers.attention import AdditiveAttention, BilinearAttention, DotProductAttention
from seqtasks.layers.attention_cell import AttentionCell
from seqtasks.layers.bidirectional import Bidirectional
from seqtasks.layers.bridge import Bridge
from seqtasks.layers.causal_convolution import CausalConvolution
from seqtasks.layers.cell_wrappers import ResidualCell, WeightDropCell
from seqtasks.layers.cells import GRUCell, LSTMCell, SimpleRNNCell
from seqtasks.layers.character_encoder import CharacterEncoder
from seqtasks.layers.crf import CRF
from seqtasks.layers.crf_training import CRFAccuracy, CRFDecoder, CRFLoss
from seqtasks.layers.dropout import Dropout
from seqtasks.layers.layer_norm_cells import LayerNormGRUCell, LayerNormLSTMCell
from seqtasks.layers.lstm_variants import CoupledLSTMCell, PeepholeLSTMCell, ProjectedLSTMCell
from seqtasks.layers.pooling import SequencePooling
from seqtasks.layers.pyramid import PyramidalRNN
from seqtasks.layers.recurrent import GRU, LSTM, SimpleRNN
from seqtasks.layers.recurrent_stack import RecurrentStack
from seqtasks.layers.rnn import RNN
from seqtasks.layers.word_dropout import WordDropout
from seqtasks.layers.zoneout import ZoneoutCell

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
