"""Tagging: a tag or a lemma of each token, or spans of tokens, by networks under one CRF."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtasks.errors import InputError
from seqtasks.pipelines.scoring.tags import evaluate_tags, tag_test_scores
from seqtasks.pipelines.tagging_options import Config, Network
from seqtasks.pipelines.task import Corpus, Scores

if TYPE_CHECKING:
    import keras

    from seqtasks.data import CorpusForm, Format, TaggedSplits
    from seqtasks.features import WordFeatures
    from seqtasks.predictors import Predictor
    from seqtasks.training import TrainingSetup


# Usual names of what is predicted, in tensorflow-datasets and in rows in memory.
USUAL_NAMES = {
    "tags": ("upos", "pos", "pos_tags", "tags"),
    "spans": ("ner", "ner_tags", "tags"),
    "lemmas": ("lemma", "lemmas"),
}

MANY_TAGS = 200  # a CRF over more of them is slow


def build(config: Config, corpus: Corpus) -> TrainingSetup:
    """Everything that one training run needs."""
    from seqtasks import data
    from seqtasks.features import WordFeatures
    from seqtasks.metrics import SpanF1, TokenAccuracy
    from seqtasks.training import Monitor, TrainingSetup, make_optimizer, seed_of_pass

    options, spans = config.training, config.data.targets == "spans"
    tagged = _open(config, corpus)
    splits, tags = tagged.splits, tagged.tags
    train = data.in_pieces(splits.train, config.data.max_length)
    every = itertools.chain(*splits.by_name.values())
    vectors, coverage = data.vectors_for(config.network.embeddings, (row[0] for row in every))
    features = WordFeatures.fit(
        (tokens for tokens, _ in train),
        max_words=100_000,
        min_count=config.data.min_count,
        more_words=vectors,
    )
    if corpus.earlier:
        features = corpus.earlier.tokenizer("tokens", features)
    batches = functools.partial(
        data.length_batches, encode=_encoder(features, tagged), batch_size=options.batch_size
    )
    model = _make_model(config.network, features, tagged, vectors)
    tokenizers = {"tokens": features}
    kept = corpus.earlier.start(model, tags, tokenizers) if corpus.earlier else ()
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
        predictor=_predictor(config, features, model, tagged),
        evaluate=functools.partial(
            tag_test_scores, targets=config.data.targets, splits=tagged.references
        ),
        monitor=Monitor("val_span_f1" if spans else "val_accuracy", "max"),
        corpus=data.summarize_splits(splits),
        labels=tags,
        tokenizers=tokenizers,
        facts={"tags": len(tags), "words in the vocabulary": len(features.words)},
        notes=splits.notes + coverage + kept + _advice(config.network, tags),
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
        corpus.spec, _format(config, corpus), sample=corpus.sample(), data_dir=corpus.data_dir
    )
    targets = config.data.targets
    return evaluate_tags(
        predictor, data.span_rows(stream) if targets == "spans" else stream, targets
    )


def open_corpus(config: Config, corpus: Corpus) -> CorpusForm:
    """The corpus as it is, to be checked."""
    from seqtasks import data

    streams, notes = data.open_streams(
        corpus.spec, _format(config, corpus), sample=corpus.sample(), data_dir=corpus.data_dir
    )
    return data.CorpusForm(
        streams,
        notes,
        lambda texts: [text.split(" ") for text in texts],
        label_kind=config.data.targets,
        least=5,
    )


def _format(config: Config, corpus: Corpus) -> Format:
    from seqtasks.data import tagged_sentences

    options, lemmas = config.data, config.data.targets == "lemmas"
    files = isinstance(corpus.data, str | Path) and not str(corpus.data).startswith("tfds:")
    if options.second_layer and not (files and lemmas):
        raise InputError(
            f"second_layer='{options.second_layer}' is for lemmas in CoNLL and CoNLL-U files. "
            "Leave it out."
        )
    second = options.second_layer if lemmas else None
    return tagged_sentences(options.layer, options.tokens, USUAL_NAMES[options.targets], second)


def _open(config: Config, corpus: Corpus) -> TaggedSplits:
    from seqtasks import data

    splits = data.open_splits(
        corpus.spec, _format(config, corpus), sample=corpus.sample(), data_dir=corpus.data_dir
    )
    makers = {"tags": data.plain_tags, "spans": data.span_tags, "lemmas": data.lemma_rules}
    return makers[config.data.targets](splits)


def _predictor(
    config: Config, features: WordFeatures, model: Any, tagged: TaggedSplits
) -> Predictor:
    from seqtasks.data import split_tag
    from seqtasks.predictors import LemmaPredictor, TagPredictor
    from seqtasks.text import Lemmatizer

    if config.data.targets != "lemmas":
        return TagPredictor(features, model, tagged.tags, tagged.scheme)
    tags = [split_tag(tag) for tag in tagged.tags]
    pairs = (
        pair
        for tokens, lemmas, *_ in tagged.references.train
        for pair in zip(tokens.split(" "), lemmas.split(" "), strict=True)
    )
    rules = dict.fromkeys(rule for _, rule in tags)
    return LemmaPredictor(features, model, tags, Lemmatizer.fit(pairs, rules))


def _advice(options: Network, tags: list[str]) -> tuple[str, ...]:
    if not options.transitions or len(tags) <= MANY_TAGS:
        return ()
    return (
        f"{len(tags)} tags: the time of the CRF grows with the square of their number; "
        "--no-transitions (transitions=False) is faster",
    )


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
            affix_buckets=options.affix_buckets,
            word_parts=options.word_parts,
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
        members,
        count,
        transitions=options.transitions,
        capitalization_noise=options.capitalization_noise,
        **spans,
    )
    model.build((None, None, features.width))
    for member in model.members if vectors else ():
        if isinstance(member, models.RecurrentTagger):
            member.vectors.assign(rows)
    return model
