"""Tagging: one tag a token, or spans of tokens, by networks under one CRF."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from seqtasks.pipelines.bounds import CellName, Count, NonNegative, Positive, Rate
from seqtasks.pipelines.options import DataOptions, Group, Options, TrainingOptions
from seqtasks.pipelines.score_tags import evaluate_tags, tag_test_scores
from seqtasks.pipelines.task import Corpus, Scores

if TYPE_CHECKING:
    import keras

    from seqtasks.data import Format, TaggedSplits
    from seqtasks.features import WordFeatures
    from seqtasks.predictors import Predictor
    from seqtasks.training import TrainingSetup


# Usual names of what is predicted, in tensorflow-datasets and in rows in memory.
USUAL_NAMES = {
    "tags": ("upos", "pos", "pos_tags", "tags"),
    "spans": ("ner", "ner_tags", "tags"),
}


@dataclass(frozen=True)
class TaggingData(DataOptions):
    """The corpus and how it is read."""

    layer: str = ""
    """Column of the tags: a name, or a number from 1; -1 is the last (default: found)."""
    tokens: str = ""
    """Column of the tokens, likewise (default: FORM in CoNLL-U, else the first)."""
    targets: Literal["tags", "spans"] = "tags"
    """What tags are: a label of each token, or spans of tokens in IOB1, BIO or BIOES."""
    min_count: Count = 1
    """Words with fewer occurrences in training become UNK."""
    max_length: Count = 256
    """Learn from longer sentences in pieces of at most this many tokens."""
    mention_replacement: Rate = 0.0
    """Spans: fraction of mentions replaced by others of their type during training."""


@dataclass(frozen=True)
class Network(Group):
    """The networks under the CRF; several are trained side by side and their scores averaged."""

    members: tuple[Literal["recurrent", "linear"], ...] = ("recurrent", "linear")
    """Networks of the ensemble."""
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
    recall_margin: NonNegative = 0.0
    """Spans: margin added to the score of O where it is wrong (softmax-margin loss); higher
    raises recall."""


@dataclass(frozen=True)
class TaggingTraining(TrainingOptions):
    """The training loop."""

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


def build(config: Config, corpus: Corpus) -> TrainingSetup:
    """Everything that one training run needs."""
    from seqtasks import data
    from seqtasks.features import WordFeatures
    from seqtasks.metrics import SpanF1, TokenAccuracy
    from seqtasks.predictors import TagPredictor
    from seqtasks.training import (
        Monitor,
        TrainingSetup,
        make_optimizer,
        seed_of_pass,
    )

    options, spans = config.training, config.data.targets == "spans"
    tagged = _open(config, corpus)
    splits, tags = tagged.splits, tagged.tags
    train = data.in_pieces(splits.train, config.data.max_length)
    every = itertools.chain(splits.train, splits.validation, splits.test)
    vectors, coverage = data.vectors_for(config.network.embeddings, (row[0] for row in every))
    features = WordFeatures.fit(
        (tokens for tokens, _ in train),
        max_words=100_000,
        min_count=config.data.min_count,
        more_words=vectors,
    )
    batches = functools.partial(
        data.length_batches, encode=_encoder(features, tagged), batch_size=options.batch_size
    )
    model = _make_model(config.network, features, tagged, vectors)
    rows = sum(1 for _ in train)
    in_order = batches(train, row_count=rows)
    model.adapt(in_order)
    updates = int(in_order.cardinality())  # of an epoch
    seed = seed_of_pass(options.seed, model)
    validation = batches(data.in_pieces(splits.validation, config.data.max_length))
    if tagged.scheme:
        train = data.replace_mentions(train, tagged.scheme, config.data.mention_replacement, seed)
    model.compile(
        make_optimizer(options, options.epochs * updates, 1 - 1 / max(2, updates)),
        weighted_metrics=[SpanF1(tags) if spans else TokenAccuracy()],
        jit_compile=False,  # few batches have the same shape: compiling costs more than it saves
    )
    return TrainingSetup(
        model=model,
        train=batches(train, row_count=rows, shuffle_seed=seed),
        validation=validation,
        predictor=TagPredictor(features, model, tags, tagged.scheme),
        evaluate=functools.partial(tag_test_scores, tagged=tagged),
        monitor=Monitor("val_span_f1" if spans else "val_accuracy", "max"),
        corpus=data.summarize_splits(splits),
        tokenizers={"tokens": features},
        facts={"tags": len(tags), "words in the vocabulary": len(features.words)},
        notes=splits.notes + coverage,
        calibrate=_calibration(model, validation, tags) if spans else None,
    )


def _calibration(model: Any, validation: Any, tags: list[str]) -> Callable[[], dict[str, float]]:
    """Tunes the biases of tags on the validation split, and gives the F1 with them."""
    from seqtasks.training.calibration import DecisionBiasTuner

    tuner = DecisionBiasTuner(model, tags)
    return lambda: {"val_span_f1": tuner.tune(validation)}


def evaluate(config: Config, predictor: Predictor, corpus: Corpus) -> Scores:
    """Scores of a saved predictor on a corpus of tagged sentences."""
    from seqtasks import data

    stream = data.open_for_scoring(
        corpus.spec, _format(config), sample=corpus.sample(), data_dir=corpus.data_dir
    )
    spans = config.data.targets == "spans"
    return evaluate_tags(predictor, data.span_rows(stream) if spans else stream, spans)


def _format(config: Config) -> Format:
    from seqtasks.data import tagged_sentences

    names = USUAL_NAMES[config.data.targets]
    return tagged_sentences(config.data.layer, config.data.tokens, names)


def _open(config: Config, corpus: Corpus) -> TaggedSplits:
    from seqtasks import data

    splits = data.open_splits(
        corpus.spec, _format(config), sample=corpus.sample(), data_dir=corpus.data_dir
    )
    return {"tags": data.plain_tags, "spans": data.span_tags}[config.data.targets](splits)


def _encoder(features: WordFeatures, tagged: TaggedSplits) -> Callable[..., tuple]:
    """Joined tokens and tags `[rows]` -> features and ids of tags, `[rows, (tokens), ...]`."""
    import tensorflow as tf

    from seqtasks.features import split_tokens

    tags = tagged.tags
    unknown = tags.index("O") if tagged.scheme else len(tags)  # tags that training lacks
    known = tf.lookup.KeyValueTensorInitializer(tags, tf.range(len(tags)))
    index = tf.lookup.StaticHashTable(known, unknown)
    return lambda tokens, names: (
        features(split_tokens(tokens)),
        tf.ragged.map_flat_values(index.lookup, split_tokens(names)),
    )


def _make_model(
    options: Network, features: WordFeatures, tagged: TaggedSplits, vectors: dict[str, Any]
) -> keras.Model:
    """The members that the options name, under one CRF."""
    from seqtasks import models
    from seqtasks.data import vector_rows
    from seqtasks.text import bio

    rows, count = vector_rows(vectors, features.words.tokens), len(tagged.tags)
    makers = {
        "recurrent": lambda: models.RecurrentTagger(
            len(features.words),
            len(features.characters),
            count,
            vector_size=rows.shape[1],
            word_size=options.word_size,
            filters=options.filters,
            units=options.units,
            cell=options.cell,
            layers=options.layers,
            word_dropout_alpha=options.word_dropout_alpha,
            spelling_dropout=options.spelling_dropout,
            embedding_dropout=options.embedding_dropout,
            dropout=options.dropout,
        ),
        "linear": lambda: models.LinearTagger(count, dropout=options.feature_dropout),
    }
    spans: dict[str, Any] = {}
    if tagged.scheme:
        spans["constraints"] = bio.allowed_transitions(tagged.tags, tagged.scheme)
        spans |= {"outside": tagged.tags.index("O"), "recall_margin": options.recall_margin}
    members = [makers[name]() for name in options.members]
    model = models.Tagger(
        members, count, capitalization_noise=options.capitalization_noise, **spans
    )
    model.build((None, None, features.width))
    for member in model.members if vectors else ():
        if isinstance(member, models.RecurrentTagger):
            member.vectors.assign(rows)
    return model
