"""Options of the classification pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seqtasks.pipelines.bounds import CellName, Count, Fraction, Positive, Rate
from seqtasks.pipelines.options import DataOptions, Group, Options, TrainingOptions

Member = Literal["recurrent", "convolutional", "ngram"]


@dataclass(frozen=True)
class ClassificationData(DataOptions):
    """The corpus and how it is read."""

    text_field: str = ""
    """Column or feature of the text (default: 'text', or found from the features)."""
    label_field: str = ""
    """Column or feature of the label (default: 'label', or found from the features)."""
    pair_field: str = ""
    """Column of the second text of a pair; the two are joined as `first ||| second`."""
    weight_field: str = ""
    """Column of the weight of each row in the training loss (default: all weigh the same)."""
    multilabel: bool = False
    """Any number of labels a text: joined by --label-separator in files, lists in Python."""
    label_separator: str = "|"
    """Separator of the labels of a text."""


@dataclass(frozen=True)
class Tokenization(Group):
    """How texts become tokens."""

    tokenizer: Literal["word", "character"] = "word"
    """Unit of tokens."""
    lowercase: bool = True
    """Lower-case texts first."""
    vocabulary_size: Count = 50_000
    """Maximum size of the vocabulary; the rarest tokens beyond it become UNK."""
    min_count: Count = 1
    """Tokens with fewer occurrences in training become UNK."""
    max_length: Count = 400
    """Truncate texts after this many tokens."""


@dataclass(frozen=True)
class Network(Group):
    """The networks; several are trained side by side and their log-probabilities averaged."""

    members: tuple[Member, ...] = ("recurrent", "convolutional", "ngram")
    """Networks of the ensemble."""
    embeddings: str | None = None
    """Recurrent, convolutional: file of word vectors, kept fixed beside the trained embedding: a
    word and its numbers a line, or word2vec's .bin; .gz too."""
    embedding_size: Count = 64
    """Recurrent: size of the token embedding."""
    cell: CellName = "lstm"
    """Recurrent: cell: rnn, lstm, gru, another of seqtasks.layers.CELLS, or a registered class."""
    units: Count = 48
    """Recurrent: units of each layer and direction."""
    layers: Count = 1
    """Recurrent: number of layers."""
    bidirectional: bool = True
    """Recurrent: read in both directions."""
    residual: bool = False
    """Recurrent: add each layer's input to its output, from the second layer on."""
    pooling: tuple[Literal["last", "mean", "max", "attention"], ...] = ("max", "mean")
    """Recurrent: pooling over time; several are concatenated."""
    embedding_dropout: Rate = 0.4
    """Recurrent: dropout rate of embedding dimensions, the same at all steps of a text."""
    recurrent_dropout: Rate = 0.2
    """Recurrent: dropout rate between and after recurrent layers."""
    filters: Count = 100
    """Convolutional: filters of each width (2, 3 and 4 tokens)."""
    word_dropout: Rate = 0.1
    """Fraction of tokens replaced by UNK during training (word dropout)."""
    dropout: Rate = 0.5
    """Dropout rate before each network's last layer."""
    prior_correction: Fraction = 0.3
    """Strength of the class-prior correction (logit adjustment); 0 turns it off."""


@dataclass(frozen=True)
class ClassificationTraining(TrainingOptions):
    """The training loop."""

    learning_rate: Positive = 2e-3
    """Peak learning rate, reached after 5 % of the updates, then cosine decay to a twentieth."""
    patience: Count | None = 3
    """Stop after this many epochs without a lower validation loss."""
    token_budget: Count | None = None
    """Fill batches up to this many tokens, padding included, instead of to --batch-size rows."""
    label_smoothing: Rate = 0.05
    """Probability mass of each target spread over all labels."""
    class_weight: tuple[str, ...] | None = None
    """Weights of labels in the loss: 'balanced' (all labels weigh the same in sum), or LABEL=WEIGHT
    for some, others 1 (default: all rows weigh the same)."""
    ema_momentum: Rate = 0.995
    """Momentum of the moving average of weights that is validated and kept, at most
    1 - 5 / updates; 0 keeps none."""


@dataclass(frozen=True)
class Config(Options):
    """Options of text classification."""

    data: ClassificationData = ClassificationData()
    tokenization: Tokenization = Tokenization()
    network: Network = Network()
    training: ClassificationTraining = ClassificationTraining()
