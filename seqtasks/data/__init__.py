"""Where data comes from: specs -> splits -> streams of strings -> batches of ids."""

from seqtasks.data.batching.contiguous import TokenFile, contiguous_batches
from seqtasks.data.batching.curriculum import Curriculum, competence
from seqtasks.data.batching.length_batches import batch_count, bucket_length, length_batches
from seqtasks.data.columns import Column
from seqtasks.data.corpus_form import CorpusForm, LabelKind, lines_of
from seqtasks.data.labelled_texts import (
    PAIR_SEPARATOR,
    LabelledColumns,
    joined_pair,
    labelled_texts,
    labels_of,
    split_labels,
)
from seqtasks.data.labels import checked_labels, class_weights
from seqtasks.data.lemmas import lemma_rules, split_tag
from seqtasks.data.partition import Partition
from seqtasks.data.readers.conll import read_conll, tagged_sentences
from seqtasks.data.readers.in_memory import read_rows
from seqtasks.data.readers.parallel import Pairs, open_pair_streams, open_pairs, role_of
from seqtasks.data.readers.running_text import (
    open_texts,
    read_text,
    running_texts,
)
from seqtasks.data.readers.tables import read_table
from seqtasks.data.readers.tfds import read_tfds, read_tfds_tags, read_tfds_texts
from seqtasks.data.readers.word_vectors import (
    initial_vectors,
    read_vectors,
    token_vectors,
    vector_rows,
    vectors_for,
)
from seqtasks.data.scoring import (
    open_for_scoring,
    open_pairs_for_scoring,
    open_text_for_scoring,
    span_rows,
)
from seqtasks.data.sources import Format, find_splits, open_splits, open_streams
from seqtasks.data.streams import BEGINS, Splits, Stream, cut_missing, shuffled
from seqtasks.data.summary import (
    SplitSummary,
    describe_splits,
    summarize,
    summarize_splits,
)
from seqtasks.data.tags import TaggedSplits, in_pieces, plain_tags, replace_mentions, span_tags

__all__ = [
    "BEGINS",
    "PAIR_SEPARATOR",
    "Column",
    "CorpusForm",
    "Curriculum",
    "Format",
    "LabelKind",
    "LabelledColumns",
    "Pairs",
    "Partition",
    "SplitSummary",
    "Splits",
    "Stream",
    "TaggedSplits",
    "TokenFile",
    "batch_count",
    "bucket_length",
    "checked_labels",
    "class_weights",
    "competence",
    "contiguous_batches",
    "cut_missing",
    "describe_splits",
    "find_splits",
    "in_pieces",
    "initial_vectors",
    "joined_pair",
    "labelled_texts",
    "labels_of",
    "lemma_rules",
    "length_batches",
    "lines_of",
    "open_for_scoring",
    "open_pair_streams",
    "open_pairs",
    "open_pairs_for_scoring",
    "open_splits",
    "open_streams",
    "open_text_for_scoring",
    "open_texts",
    "plain_tags",
    "read_conll",
    "read_rows",
    "read_table",
    "read_text",
    "read_tfds",
    "read_tfds_tags",
    "read_tfds_texts",
    "read_vectors",
    "replace_mentions",
    "role_of",
    "running_texts",
    "shuffled",
    "span_rows",
    "span_tags",
    "split_labels",
    "split_tag",
    "summarize",
    "summarize_splits",
    "tagged_sentences",
    "token_vectors",
    "vector_rows",
    "vectors_for",
]
