"""Tag words: parts of speech, named entities, chunks, slots; any one tag a word."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tasks.options import Options, make_optimizer, seed_of_pass

if TYPE_CHECKING:
    import keras

    from seqtasks.data import TaggedSplits
    from seqtasks.features import WordFeatures
    from seqtasks.predictors import TagPredictor
    from seqtasks.training.setup import Task


@dataclass(frozen=True)
class Tagging(Options):
    """The options of both configurations."""

    epochs: int = 10
    """Most passes over the training split."""
    batch_size: int = 16
    """Sentences in a batch."""
    learning_rate: float = 2e-3
    """Highest step size of the optimizer."""
    layer: str = ""
    """Column of the tags: a name, or a number from 1 (-1 is the last)."""
    tokens: str = ""
    """Column of the tokens, likewise (default: FORM in CoNLL-U, else the first)."""
    embeddings: str | None = None
    """Text file of word vectors (a word and its numbers a line, .gz too): as GloVe and fastText."""
    max_length: int = 256
    """Longer sentences are learned from in pieces of at most this many tokens."""
    members: tuple[Literal["recurrent", "linear"], ...] = ("recurrent", "linear")
    """Networks that learn side by side and whose scores are averaged."""
    word_size: int = 64
    """Recurrent: size of a word's vector."""
    filters: int = 50
    """Recurrent: detectors of character trigrams."""
    units: int = 128
    """Recurrent: units of each layer and direction."""
    word_dropout_alpha: float = 0.5
    """Recurrent: a word seen n times goes unread with probability alpha / (alpha + n)."""
    spelling_dropout: float = 0.05
    """Recurrent: share of words whose characters and affixes go unread in training."""
    embedding_dropout: float = 0.35
    """Recurrent: share dropped of what the recurrent layers see."""
    dropout: float = 0.5
    """Recurrent: share dropped of what they say."""
    spelling_replacement: float = 0.0
    """Share of the capitalized words inside sentences that are read as other words in training."""
    feature_dropout: float = 0.3
    """Linear: share of features that go unread in training."""


@dataclass(frozen=True)
class Pos(Tagging):
    """Tag words with parts of speech, or any one label a word."""

    spelling_replacement: float = 0.2
    """Share of the capitalized words inside sentences that are read as other words in training."""


@dataclass(frozen=True)
class Ner(Tagging):
    """Find named entities, chunks, slots: any spans of words, tagged in IOB1, BIO or BIOES."""

    recall_margin: float = 5.0
    """What the tags of spans must win by in training; more misses fewer of them."""
    mention_replacement: float = 0.3
    """Share of the mentions in training that others of their type stand in for."""


def build(config: Tagging) -> Task:
    """The task on the corpus that the options name."""
    import tensorflow as tf

    from seqtasks import data
    from seqtasks.data import vectors_for
    from seqtasks.data.samples import tagging as sample
    from seqtasks.features import WordFeatures, split_tokens
    from seqtasks.metrics import SpanF1, TokenAccuracy
    from seqtasks.predictors import TagPredictor
    from seqtasks.training.calibration import DecisionBiasTuner
    from seqtasks.training.dev_score import DevScore
    from seqtasks.training.setup import Task

    ner = isinstance(config, Ner)
    usual = ("ner", "ner_tags", "tags") if ner else ("upos", "pos", "pos_tags", "tags")
    corpus = (data.span_tags if ner else data.plain_tags)(
        data.open_splits(
            config.data,
            data.tagged_sentences(config.layer, config.tokens, usual),
            sample=sample.streams("ner" if ner else "pos"),
            data_dir=config.data_dir,
        )
    )
    splits, tags = corpus.splits, corpus.tags
    train = data.in_pieces(splits.train, config.max_length)
    every = itertools.chain(splits.train, splits.validation, splits.test)
    vectors, coverage = vectors_for(config.embeddings, (tokens for tokens, _ in every))
    features = WordFeatures.fit(
        (tokens for tokens, _ in train), max_words=100_000, min_count=1 + ner, more_words=vectors
    )
    unknown = tags.index("O") if ner else len(tags)  # what training lacks
    known = tf.lookup.KeyValueTensorInitializer(tags, tf.range(len(tags)))
    index = tf.lookup.StaticHashTable(known, unknown)
    batches = functools.partial(
        data.length_batches,
        encode=lambda tokens, names: (
            features(split_tokens(tokens)),
            tf.ragged.map_flat_values(index.lookup, split_tokens(names)),
        ),
        batch_size=config.batch_size,
    )
    model = make_model(config, features, corpus, vectors)
    rows = sum(1 for _ in train)
    in_order = batches(train, row_count=rows)
    model.adapt(in_order)
    steps = int(in_order.cardinality())
    seed = seed_of_pass(config, model)
    validation = batches(data.in_pieces(splits.validation, config.max_length))
    if ner:
        train = data.replace_mentions(train, corpus.scheme, config.mention_replacement, seed)
    model.compile(
        make_optimizer(config, config.epochs * steps, 1 - 1 / max(2, steps)),
        weighted_metrics=[SpanF1(tags) if ner else TokenAccuracy()],
        jit_compile=False,  # few batches have the same shape: compiling costs more than it saves
    )
    tuner = DecisionBiasTuner(model, tags) if ner else None
    callbacks = (DevScore("span_f1", lambda: tuner.tune(validation)),) if tuner else ()
    return Task(
        model=model,
        train=batches(train, row_count=rows, shuffle_seed=seed),
        validation=validation,
        predictor=TagPredictor(features, model, tags, corpus.scheme),
        evaluate=functools.partial(scores, corpus=corpus),
        monitor=("val_span_f1" if ner else "val_accuracy", "max"),
        notes=splits.notes + coverage,
        callbacks=callbacks,
    )


def make_model(
    config: Tagging, features: WordFeatures, corpus: TaggedSplits, vectors: dict[str, Any]
) -> keras.Model:
    """The members that the options name, under one CRF."""
    from seqtasks import models
    from seqtasks.data import vector_rows
    from seqtasks.text import bio

    rows = vector_rows(vectors, features.words.tokens)
    makers = {
        "recurrent": lambda: models.RecurrentTagger(
            len(features.words),
            len(features.characters),
            len(corpus.tags),
            vector_size=rows.shape[1],
            **config.chosen("word_size filters units word_dropout_alpha spelling_dropout"),
            **config.chosen("embedding_dropout dropout"),
        ),
        "linear": lambda: models.LinearTagger(len(corpus.tags), dropout=config.feature_dropout),
    }
    options: dict[str, Any] = {"capitalization_noise": config.spelling_replacement}
    if corpus.scheme:
        options["constraints"] = bio.allowed_transitions(corpus.tags, corpus.scheme)
        options |= {"outside": corpus.tags.index("O"), "recall_margin": config.recall_margin}
    model = models.Tagger([makers[name]() for name in config.members], len(corpus.tags), **options)
    model.build((None, None, features.width))
    for member in model.members if vectors else ():
        if isinstance(member, models.RecurrentTagger):
            member.vectors.assign(rows)
    return model


def scores(predictor: TagPredictor, corpus: TaggedSplits) -> dict[str, Any]:
    """Scores on the test split, beside those of the most frequent tag of each word."""
    import tensorflow as tf

    from seqtasks.baselines import most_frequent_tags
    from seqtasks.metrics import beside_baseline, span_f1, token_scores

    train = ((tokens, corpus.written(tags)) for tokens, tags in corpus.splits.train)
    baseline, known = most_frequent_tags(train)
    tokens, tags = zip(*corpus.splits.test, strict=True)
    sentences, references = [row.split(" ") for row in tokens], [*map(corpus.written, tags)]
    predictions = []
    for start in range(0, len(tokens), 1024):
        found = predictor.more["tokens"](text=tf.constant(tokens[start : start + 1024]))["tags"]
        predictions += [[tag.decode() for tag in row if tag] for row in found.numpy()]
    result, other = (
        token_scores(references, tags, sentences, known)
        | (span_f1(references, tags) if corpus.scheme else {})
        for tags in (predictions, [*map(baseline, sentences)])
    )
    if corpus.scheme:
        result["per_class"] = result.pop("per_type")
    return beside_baseline(result, other, "the most frequent tag of each word in training")
