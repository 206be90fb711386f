"""Where data comes from: specs -> splits -> streams of strings -> batches of ids."""

from seqtasks.data.batches import bucket_length, length_batches
from seqtasks.data.labels import checked_labels
from seqtasks.data.sources import find_splits, open_splits
from seqtasks.data.streams import Splits, Stream, cut_missing, shuffled
from seqtasks.data.tables import read_table
from seqtasks.data.tfds_reader import read_tfds

__all__ = [
    "Splits",
    "Stream",
    "bucket_length",
    "checked_labels",
    "cut_missing",
    "find_splits",
    "length_batches",
    "open_splits",
    "read_table",
    "read_tfds",
    "shuffled",
]
