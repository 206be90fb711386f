"""Linear-chain conditional random fields: the layer, its loss, accuracy and decoder."""

from seqtasks.layers.crf.crf_layer import CRF
from seqtasks.layers.crf.loss_accuracy_decoder import CRFAccuracy, CRFDecoder, CRFLoss

__all__ = ["CRF", "CRFAccuracy", "CRFDecoder", "CRFLoss"]
