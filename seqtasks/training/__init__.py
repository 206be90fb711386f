"""The one training loop: what a pipeline builds is fitted, and its best weights are kept."""

from seqtasks.training.checkpoint import Checkpoint
from seqtasks.training.epochs import EpochEnd, best_epochs, fit
from seqtasks.training.optimizer import make_optimizer, seed_of_pass
from seqtasks.training.setup import Monitor, OnPrediction, TrainingSetup, ValidationScore
from seqtasks.training.tensorboard import TensorBoardWriter, check_tensorboard
from seqtasks.training.warm_start import EarlierRun

__all__ = [
    "Checkpoint",
    "EarlierRun",
    "EpochEnd",
    "Monitor",
    "OnPrediction",
    "TensorBoardWriter",
    "TrainingSetup",
    "ValidationScore",
    "best_epochs",
    "check_tensorboard",
    "fit",
    "make_optimizer",
    "seed_of_pass",
]
