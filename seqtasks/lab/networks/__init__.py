"""Small networks of the experiments: how they are trained, and instruments that look into them."""

from seqtasks.lab.networks.classifiers import Classifier
from seqtasks.lab.networks.gate_values import gate_values
from seqtasks.lab.networks.measuring import milliseconds, peak_megabytes
from seqtasks.lab.networks.state_gradients import StateGradients
from seqtasks.lab.networks.text_models import NeuralModel, NgramModel
from seqtasks.lab.networks.training import train

__all__ = [
    "Classifier",
    "NeuralModel",
    "NgramModel",
    "StateGradients",
    "gate_values",
    "milliseconds",
    "peak_megabytes",
    "train",
]
