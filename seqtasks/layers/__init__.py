"""Layers: tensors to tensors, on keras.ops, with explicit masks, on any Keras backend."""

from seqtasks.layers.attention import (
    AdditiveAttention,
    AttentionCell,
    AttentionDecoder,
    BilinearAttention,
    DotProductAttention,
)
from seqtasks.layers.causal_convolution import CausalConvolution
from seqtasks.layers.character_encoder import CharacterEncoder
from seqtasks.layers.crf import CRF, CRFAccuracy, CRFDecoder, CRFLoss
from seqtasks.layers.dropout import Dropout
from seqtasks.layers.pooling import SequencePooling
from seqtasks.layers.recurrent import (
    CELLS,
    GRU,
    LSTM,
    RNN,
    Bidirectional,
    Bridge,
    CoupledLSTMCell,
    GRUCell,
    LayerNormGRUCell,
    LayerNormLSTMCell,
    LSTMCell,
    PeepholeLSTMCell,
    ProjectedLSTMCell,
    PyramidalRNN,
    RecurrentStack,
    ResidualCell,
    SimpleRNN,
    SimpleRNNCell,
    WeightDropCell,
    ZoneoutCell,
    keras_loops,
    make_cell,
)
from seqtasks.layers.word_dropout import WordDropout

__all__ = [
    "CELLS",
    "CRF",
    "GRU",
    "LSTM",
    "RNN",
    "AdditiveAttention",
    "AttentionCell",
    "AttentionDecoder",
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
    "keras_loops",
    "make_cell",
]
