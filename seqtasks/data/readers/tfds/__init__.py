"""Readers of data sets prepared by tensorflow-datasets."""

from seqtasks.data.readers.tfds.tags import read_tfds_tags
from seqtasks.data.readers.tfds.texts import read_tfds, read_tfds_texts

__all__ = ["read_tfds", "read_tfds_tags", "read_tfds_texts"]
