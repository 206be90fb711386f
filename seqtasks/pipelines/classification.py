"""Text classification: one label a text, by networks that learn side by side and vote."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from seqtasks.pipelines.bounds import CellName, Count, Fraction, Positive, Rate
from seqtasks.pipelines.options import DataOptions, Group, Options, TrainingOptions
from seqtasks.pipelines.score_labels import evaluate_labels, label_test_scores
from seqtasks.pipelines.task import Corpus, Scores

if TYPE_CHECKING:
    import keras

    from seqtasks.data import Format
    from seqtasks.predictors import Predictor
    from seqtasks.text import Tokenizer
    from seqtasks.training import TrainingSetup

Member = Literal["recurrent", "convolutional", "ngram"]

VOTES = {"recurrent": 2, "convolutional": 2, "ngram": 1}  # the n-gram member sees least of a text


@dataclass(frozen=True)
class ClassificationData(DataOptions):
    """The corpus and how it is read."""

    text_field: str = ""
    """Column or feature of the text (default: 'text', or found from the features)."""
    label_field: str = ""
    """Column or feature of the label (default: 'label', or found from the features)."""


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
    """Momentum of the moving average of weights that is validated and kept; 0 keeps none."""


@dataclass(frozen=True)
class Config(Options):
    """Options of text classification."""

    data: ClassificationData = ClassificationData()
    tokenization: Tokenization = Tokenization()
    network: Network = Network()
    training: ClassificationTraining = ClassificationTraining()


def build(config: Config, corpus: Corpus) -> TrainingSetup:
    """Everything that one training run needs."""
    import keras
    import tensorflow as tf

    from seqtasks import data
    from seqtasks.predictors import LabelPredictor
    from seqtasks.training import Monitor, TrainingSetup, make_optimizer, seed_of_pass
    from seqtasks.training.losses import SmoothedCrossentropy

    options = config.training
    splits = data.open_splits(
        corpus.spec,
        _format(config),
        sample=corpus.sample(),
        data_dir=corpus.data_dir,
    )
    summaries = data.summarize_splits(splits, label=1)
    tokenizer = _fit_tokenizer(config.tokenization, (text for text, _ in splits.train))
    labels = data.checked_labels(summaries["train"].labels, splits)
    index = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(labels, tf.range(len(labels))), -1
    )

    def encode(texts: tf.Tensor, names: tf.Tensor) -> tuple[tf.RaggedTensor, tf.Tensor]:
        return tokenizer(texts), index.lookup(names)

    batches = functools.partial(
        data.length_batches,
        encode=encode,
        batch_size=options.batch_size,
        token_budget=options.token_budget,
    )
    weights = data.class_weights(options.class_weight or (), summaries["train"].labels, labels)
    rows = summaries["train"].rows
    model = _make_model(config.network, len(tokenizer.vocabulary), len(labels))
    in_order = batches(splits.train, row_count=rows)
    model.adapt(in_order)
    updates = options.epochs * data.batch_count(in_order)
    model.compile(
        make_optimizer(options, updates, options.ema_momentum),
        SmoothedCrossentropy(options.label_smoothing),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        jit_compile=False,  # few batches have the same shape: compiling costs more than it saves
    )
    return TrainingSetup(
        model=model,
        train=batches(
            splits.train,
            encode=_weighted(encode, weights) if options.class_weight else encode,
            row_count=rows,
            shuffle_seed=seed_of_pass(options.seed, model),
        ),
        validation=batches(splits.validation),
        predictor=LabelPredictor(tokenizer, model, labels),
        evaluate=functools.partial(label_test_scores, splits=splits, seed=options.seed),
        monitor=Monitor("val_loss", "min"),
        corpus=summaries,
        tokenizers={"text": tokenizer},
        facts={"labels": len(labels), "tokens in the vocabulary": len(tokenizer.vocabulary)},
        notes=splits.notes,
    )


def _weighted(encode: Callable[..., tuple], weights: list[float]) -> Callable[..., tuple]:
    """An encoder of rows to ids and labels, with the weight of each row's label after them."""
    import tensorflow as tf

    def with_weights(*columns: tf.Tensor) -> tuple:
        ids, labels = encode(*columns)
        return ids, labels, tf.gather(tf.constant(weights), labels)

    return with_weights


def evaluate(config: Config, predictor: Predictor, corpus: Corpus) -> Scores:
    """Scores of a saved predictor on a corpus of texts and labels."""
    from seqtasks.data import open_for_scoring

    stream = open_for_scoring(
        corpus.spec, _format(config), sample=corpus.sample(), data_dir=corpus.data_dir
    )
    return evaluate_labels(predictor, stream)


def _format(config: Config) -> Format:
    from seqtasks.data import labelled_texts

    return labelled_texts((config.data.text_field, config.data.label_field))


def _fit_tokenizer(options: Tokenization, texts: Iterable[str]) -> Tokenizer:
    from seqtasks.text import Tokenizer

    return Tokenizer.fit(
        texts,
        {"word": "words", "character": "characters"}[options.tokenizer],
        lowercase=options.lowercase,
        max_size=options.vocabulary_size,
        min_count=options.min_count,
        max_length=options.max_length,
    )


def _make_model(options: Network, vocabulary_size: int, labels: int) -> keras.Model:
    """The ensemble of the members that the options name."""
    from seqtasks import models

    sizes = vocabulary_size, labels
    makers = {
        "recurrent": lambda: models.RecurrentClassifier(
            *sizes,
            embedding_size=options.embedding_size,
            units=options.units,
            cell=options.cell,
            layers=options.layers,
            bidirectional=options.bidirectional,
            residual=options.residual,
            pooling=options.pooling,
            word_dropout=options.word_dropout,
            embedding_dropout=options.embedding_dropout,
            recurrent_dropout=options.recurrent_dropout,
            dropout=options.dropout,
        ),
        "convolutional": lambda: models.ConvolutionalClassifier(
            *sizes,
            embedding_size=128,
            filters=options.filters,
            widths=(2, 3, 4),
            word_dropout=options.word_dropout,
            dropout=options.dropout,
        ),
        "ngram": lambda: models.NgramClassifier(*sizes, dropout=options.dropout),
    }
    members = [makers[name]() for name in options.members]
    votes = [VOTES[name] for name in options.members]
    model = models.ClassifierEnsemble(members, votes, options.prior_correction)
    model.build((None, None))
    return model
