"""Models that are served: versions of a run, and the batches in which requests reach them."""

from seqtasks.serving.models.batching import Batcher, Job
from seqtasks.serving.models.served_model import ServedModel, named_runs
from seqtasks.serving.models.versions import Arrays, ModelVersion

__all__ = ["Arrays", "Batcher", "Job", "ModelVersion", "ServedModel", "named_runs"]
