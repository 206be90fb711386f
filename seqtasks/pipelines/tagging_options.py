"""Options of the tagging pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seqtasks.pipelines.bounds import CellName, Count, NonNegative, Positive, Rate
from seqtasks.pipelines.options import DataOptions, Group, Options, TrainingOptions


@dataclass(frozen=True)
class TaggingData(DataOptions):
    """The corpus and how it is read."""

    layer: str = ""
    """Column of the tags or lemmas: a name, or a number from 1; -1 is the last (default: found)."""
    tokens: str = ""
    """Column of the tokens, likewise (default: FORM in CoNLL-U, else the first)."""
    targets: Literal["tags", "spans", "lemmas"] = "tags"
    """What is predicted: a label of each token; spans of tokens, tagged in IOB1, BIO or BIOES; or
    lemmas, by edit rules that are learned as tags."""
    second_layer: str = ""
    """Lemmas: column of tags learned with them (default: UPOS in CoNLL-U, none elsewhere)."""
    features: tuple[str, ...] | None = None
    """Columns that come with the tokens, likewise: part of speech, layout ... (default: none)."""
    min_count: Count = 1
    """Words with fewer occurrences in training become UNK."""
    max_length: Count = 256
    """Learn from longer sentences in pieces of at most this many tokens."""
    mention_replacement: Rate = 0.0
    """Spans: fraction of mentions replaced by others of their type during training."""


@dataclass(frozen=True)
class Network(Group):
    """The networks; several are trained side by side and their scores averaged."""

    members: tuple[Literal["recurrent", "linear"], ...] = ("recurrent", "linear")
    """Networks of the ensemble."""
    transitions: bool = True
    """Score neighbouring tags together (CRF); without, training on hundreds of tags is faster."""
    embeddings: str | None = None
    """Recurrent: file of word vectors (a word and its numbers a line, .gz too), kept fixed."""
    word_size: Count = 64
    """Recurrent: size of the word embedding."""
    filters: Count = 50
    """Recurrent: filters of the character convolution."""
    cell: CellName = "lstm"
    """Recurrent: cell: rnn, lstm, gru, another of seqtasks.layers.CELLS, or a registered class."""
    units: Count = 128
    """Recurrent: units of each layer and direction."""
    layers: Count = 1
    """Recurrent: number of layers."""
    bidirectional: bool = True
    """Recurrent: read sentences in both directions, not from left to right alone."""
    residual: bool = False
    """Recurrent: add each layer's input to its output, from the second layer on."""
    affix_buckets: Count = 10_000
    """Recurrent: hash buckets of affixes; more of them keep more affixes apart."""
    word_parts: bool = True
    """Recurrent: the parts of words joined by _ or - (Vietnamese syllables) count as affixes."""
    word_dropout_alpha: NonNegative = 0.5
    """Recurrent: replace a word seen n times by UNK with probability alpha / (alpha + n)."""
    spelling_dropout: Rate = 0.05
    """Recurrent: fraction of words whose characters and affixes are masked during training."""
    embedding_dropout: Rate = 0.35
    """Recurrent: dropout rate of the recurrent layers' inputs."""
    dropout: Rate = 0.5
    """Recurrent: dropout rate between and after recurrent layers."""
    capitalization_noise: Rate = 0.0
    """Fraction of capitalized words within sentences given another word's spelling in training."""
    feature_dropout: Rate = 0.3
    """Linear: dropout rate of features."""
    category_size: Count = 32
    """Recurrent: size of the embedding of each column of --features."""
    category_dropout: Rate = 0.05
    """Fraction of the values of --features replaced by UNK during training."""
    recall_margin: NonNegative = 0.0
    """Spans: margin added to the score of O where it is wrong (softmax-margin loss); higher
    raises recall."""


@dataclass(frozen=True)
class TaggingTraining(TrainingOptions):
    """The training loop."""

    patience: Count | None = None
    """Stop after this many epochs without a better F1 of spans on the validation split, or of tags
    and lemmas a better accuracy (default: never)."""
    batch_size: Count = 16
    """Sentences in a batch."""
    learning_rate: Positive = 2e-3
    """Peak learning rate, reached after 5 % of the updates, then cosine decay to a twentieth."""


@dataclass(frozen=True)
class Config(Options):
    """Options of tagging."""

    data: TaggingData = TaggingData()
    network: Network = Network()
    training: TaggingTraining = TaggingTraining()
