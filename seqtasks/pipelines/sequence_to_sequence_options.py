"""Options of sequence-to-sequence tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seqtasks.pipelines.bounds import CellName, Count, Fraction, NonNegative, Positive, Rate
from seqtasks.pipelines.options import DataOptions, Group, Options, TrainingOptions


@dataclass(frozen=True)
class ParallelData(DataOptions):
    """The corpus and how it is read."""

    source: str = "en"
    """Language to translate from: suffix of files, column or feature."""
    target: str = "vi"
    """Language to translate into."""


@dataclass(frozen=True)
class Tokenization(Group):
    """How sentences become tokens."""

    tokenizer: Literal["unigram", "bpe", "word", "character"] = "unigram"
    """Unit of tokens; unigram and bpe are subwords."""
    joint: bool = True
    """Share one vocabulary and its embedding between both languages."""
    lowercase: bool = False
    """Lower-case both sides first."""
    vocabulary_size: Count = 6_000
    """Maximum size of the vocabulary, of both languages together where it is joint."""
    subword_sharpness: Positive | None = None
    """unigram: sample segmentations of training sentences by p^this; None takes the best one."""
    bpe_dropout: Rate = 0.0
    """bpe: probability of skipping a merge during training (BPE-dropout)."""
    max_length: Count = 100
    """Truncate sentences after this many tokens."""


Attention = Literal[
    "bilinear", "scaled_bilinear", "additive", "normalized_additive", "dot", "multi_head"
]


@dataclass(frozen=True)
class Network(Group):
    """Encoder, attention and recurrent decoder."""

    encoder: Literal["rnn", "transformer", "conv"] = "rnn"
    """Encoder: recurrent, self-attention, or gated convolutions."""
    encoder_layers: Count = 1
    """Layers of the encoder."""
    bidirectional: bool = True
    """Recurrent encoder: read in both directions, half of the units each, not from left to right
    alone."""
    residual: bool = False
    """Add each recurrent layer's input to its output, from the second layer of encoder and decoder
    on."""
    decoder_layers: Count | None = None
    """Layers of the decoder (default: 2; with --input-feeding always 1)."""
    cell: CellName = "lstm"
    """Cell of encoder and decoder: rnn, lstm, gru, another of seqtasks.layers.CELLS, or a
    registered class."""
    units: Count = 256
    """Size of the encoder's output and of each layer of the decoder."""
    embedding_size: Count = 256
    """Size of the token embedding."""
    embeddings: str | None = None
    """File of word vectors that source embeddings begin with: a word and its numbers a line, or
    word2vec's .bin; .gz too. They are trained on."""
    target_embeddings: str | None = None
    """The same for target embeddings."""
    attention: Attention = "bilinear"
    """Attention score; scaled and normalized ones have a learned factor, multi_head four heads."""
    input_feeding: bool = False
    """Feed each decoder step the attention output of the step before; else attention follows the
    first decoder layer."""
    dropout: Rate = 0.3
    """Dropout rate of embeddings, between layers and before the output."""
    word_dropout: Rate = 0.0
    """Fraction of tokens replaced by UNK during training (word dropout)."""


@dataclass(frozen=True)
class TranslationTraining(TrainingOptions):
    """The training loop."""

    epochs: Count = 20
    """Maximum number of passes over the training split."""
    batch_size: Count = 64
    """Rows in a batch."""
    learning_rate: Positive = 2e-3
    """Peak learning rate, reached after 5 % of the updates, then cosine decay to a twentieth."""
    patience: Count | None = 6
    """Stop after this many epochs without a better BLEU on the validation split."""
    token_budget: Count | None = None
    """Fill batches up to this many tokens, padding included, instead of to --batch-size rows."""
    curriculum: Count | None = None
    """Number of epochs in which ever longer pairs join the shortest ones; None begins with all."""
    scheduled_sampling: Fraction = 0.0
    """Fraction of target tokens replaced by the model's own predictions, reached halfway."""
    label_smoothing: Rate = 0.1
    """Probability mass of each target spread over the vocabulary."""
    ema_momentum: Rate = 0.99
    """Momentum of the moving average of weights that is validated and kept; 0 keeps none."""
    jit: Literal["auto", "on", "off"] = "auto"
    """Compile training steps with XLA: seconds for each shape, then a tenth faster; auto: if that
    pays."""


@dataclass(frozen=True)
class SearchOptions(Group):
    """Beam search of the saved model."""

    beams: Count = 5
    """Beam width."""
    length_penalty: NonNegative = 1.0
    """Exponent of the length by which log-probabilities are divided; 0 does not normalise."""
    coverage_penalty: NonNegative = 0.0
    """Weight of the penalty for source tokens without attention."""


@dataclass(frozen=True)
class Config(Options):
    """Options of sequence-to-sequence tasks."""

    data: ParallelData = ParallelData()
    tokenization: Tokenization = Tokenization()
    network: Network = Network()
    training: TranslationTraining = TranslationTraining()
    search: SearchOptions = SearchOptions()
