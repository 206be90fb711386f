"""Where data comes from: specs -> splits -> streams of strings -> batches of ids."""

from seqtasks.data.batches import batch_count, bucket_length, length_batches
from seqtasks.data.conll import read_conll, tagged_sentences
from seqtasks.data.contiguous import TokenFile, contiguous_batches
from seqtasks.data.curriculum import Curriculum, competence
from seqtasks.data.labels import checked_labels
from seqtasks.data.parallel import Pairs, open_pairs
from seqtasks.data.sources import Format, find_splits, labelled_texts, open_splits, open_streams
from seqtasks.data.streams import BEGINS, Splits, Stream, cut_missing, shuffled
from seqtasks.data.tables import read_table
from seqtasks.data.tags import TaggedSplits, in_pieces, plain_tags, replace_mentions, span_tags
from seqtasks.data.texts import TextSplits, open_texts, read_text
from seqtasks.data.tfds_reader import read_tfds, read_tfds_tags, read_tfds_texts

__all__ = [
    "BEGINS",
    "Curriculum",
    "Format",
    "Pairs",
    "Splits",
    "Stream",
    "TaggedSplits",
    "TextSplits",
    "TokenFile",
    "batch_count",
    "bucket_length",
    "checked_labels",
    "competence",
    "contiguous_batches",
    "cut_missing",
    "find_splits",
    "in_pieces",
    "labelled_texts",
    "length_batches",
    "open_pairs",
    "open_splits",
    "open_streams",
    "open_texts",
    "plain_tags",
    "read_conll",
    "read_table",
    "read_text",
    "read_tfds",
    "read_tfds_tags",
    "read_tfds_texts",
    "replace_mentions",
    "shuffled",
    "span_tags",
    "tagged_sentences",
]
