"""Linear-chain conditional random fields: the layer, its loss, accuracy and decoder; functions."""

from seqtasks.layers.crf.crf_layer import CRF
from seqtasks.layers.crf.given_transitions import (
    crf_log_likelihood,
    crf_log_norm,
    crf_multitag_log_likelihood,
    crf_multitag_sequence_score,
    crf_sequence_score,
)
from seqtasks.layers.crf.given_transitions_decoding import crf_constrained_decode, crf_decode
from seqtasks.layers.crf.loss_accuracy_decoder import CRFAccuracy, CRFDecoder, CRFLoss

__all__ = [
    "CRF",
    "CRFAccuracy",
    "CRFDecoder",
    "CRFLoss",
    "crf_constrained_decode",
    "crf_decode",
    "crf_log_likelihood",
    "crf_log_norm",
    "crf_multitag_log_likelihood",
    "crf_multitag_sequence_score",
    "crf_sequence_score",
]
