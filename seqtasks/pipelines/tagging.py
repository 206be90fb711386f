"""Tagging: a tag or a lemma of each token, or spans of tokens, by networks under one CRF."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from seqtasks.errors import InputError
from seqtasks.pipelines.scoring.tags import evaluate_tags, tag_test_scores
from seqtasks.pipelines.tagging_networks import advice, make_tagger
from seqtasks.pipelines.tagging_options import Config
from seqtasks.pipelines.task import Corpus, Scores

if TYPE_CHECKING:
    from seqtasks.data import CorpusForm, Format, Stream, TaggedSplits
    from seqtasks.features import WordFeatures
    from seqtasks.predictors import Predictor
    from seqtasks.training import TrainingSetup


# Usual names of what is predicted, in tensorflow-datasets and in rows in memory.
USUAL_NAMES = {
    "tags": ("upos", "pos", "pos_tags", "tags"),
    "spans": ("ner", "ner_tags", "tags"),
    "lemmas": ("lemma", "lemmas"),
}


def build(config: Config, corpus: Corpus) -> TrainingSetup:
    """Everything that one training run needs."""
    import tensorflow as tf

    from seqtasks import data
    from seqtasks.features import WORD, WordFeatures
    from seqtasks.metrics import SpanF1, TokenAccuracy
    from seqtasks.training import Monitor, TrainingSetup, make_optimizer, seed_of_pass

    options, spans = config.training, config.data.targets == "spans"
    tagged = _open(config, corpus)
    splits, tags = tagged.splits, tagged.tags
    train = data.in_pieces(splits.train, config.data.max_length)
    every = itertools.chain(*splits.by_name.values())
    vectors, coverage = data.vectors_for(config.network.embeddings, (row[0] for row in every))
    columns = config.data.features or ()
    features = WordFeatures.fit(
        (row[0] for row in train),
        max_words=100_000,
        min_count=config.data.min_count,
        more_words=vectors,
        categories={
            name: map(operator.itemgetter(place), train)
            for place, name in enumerate(columns, start=2)
        },
    )
    if corpus.earlier:
        features = corpus.earlier.tokenizer("tokens", features)
    batches = functools.partial(
        data.length_batches, encode=_encoder(features, tagged), batch_size=options.batch_size
    )
    model = make_tagger(config.network, features, tagged, vectors)
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
            tag_test_scores,
            targets=config.data.targets,
            splits=tagged.references,
            columns=len(columns),
        ),
        monitor=Monitor("val_span_f1" if spans else "val_accuracy", "max"),
        corpus=data.summarize_splits(splits),
        labels=tags,
        tokenizers=tokenizers,
        facts={"tags": len(tags), "words in the vocabulary": len(features.words)}
        | {f"ids of {n}": len(ids) for n, ids in zip(columns, features.categories, strict=True)},
        notes=splits.notes + coverage + kept + advice(config.network, tags),
        calibrate=_calibration(model, validation, tags) if spans else None,
        count_tokens=lambda features: tf.math.count_nonzero(features[:, :, WORD]),
    )


def _calibration(model: Any, validation: Any, tags: list[str]) -> Callable[[], dict[str, float]]:
    """Tunes the biases of tags on the validation split, and gives the F1 with them."""
    from seqtasks.training.calibration import DecisionBiasTuner

    tuner = DecisionBiasTuner(model, tags)
    return lambda: {"val_span_f1": tuner.tune(validation)}


def evaluate(config: Config, predictor: Predictor, corpus: Corpus) -> Scores:
    """Scores of a saved predictor on a corpus of tagged sentences."""
    from seqtasks import data

    targets, columns = config.data.targets, len(config.data.features or ())
    learned = predictor.settings.get("features", ())
    if columns != len(learned):
        raise InputError(
            f"features: expected a column for each of {', '.join(learned) or 'none'} that the run "
            f"was trained with, found {columns}. Name as many, in that order."
        )
    format = _format(config, second_layer=False)
    stream = data.open_for_scoring(
        corpus.spec, format, sample=corpus.sample(), data_dir=corpus.data_dir
    )
    _check_columns(stream, columns)
    rows = data.span_rows(stream) if targets == "spans" else stream
    return evaluate_tags(predictor, rows, targets, columns)


def open_corpus(config: Config, corpus: Corpus) -> CorpusForm:
    """The corpus as it is, to be checked."""
    from seqtasks import data

    streams, notes = data.open_streams(
        corpus.spec,
        _format(config, second_layer=False),
        sample=corpus.sample(),
        data_dir=corpus.data_dir,
    )
    return data.CorpusForm(
        streams,
        notes,
        lambda texts: [text.split(" ") for text in texts],
        label_kind=config.data.targets,
        least=5,
    )


def _check_columns(stream: Stream, columns: int) -> None:
    """Raises unless rows have the columns asked for: embedded samples have none."""
    if columns and len(next(iter(stream))) < 2 + columns:
        raise InputError(
            f"--features: {stream.origin} has tokens and tags alone. Give another corpus with "
            "--data, or leave --features out."
        )


def _format(config: Config, second_layer: bool = True) -> Format:
    from seqtasks.data import Column, tagged_sentences

    options, lemmas = config.data, config.data.targets == "lemmas"
    columns = options.features or ()
    if options.second_layer and not lemmas:
        raise InputError(f"second_layer='{options.second_layer}' is for lemmas. Leave it out.")
    if len(set(columns)) < len(columns):
        raise InputError(
            f"--features: expected each column once, found {' '.join(columns)}. Leave out one."
        )
    second = Column("tags", "--second-layer", options.second_layer, ("upos",))
    return tagged_sentences(
        options.layer,
        options.tokens,
        USUAL_NAMES[options.targets],
        columns,
        (second,) if lemmas and second_layer else (),
    )


def _open(config: Config, corpus: Corpus) -> TaggedSplits:
    from seqtasks import data

    splits = data.open_splits(
        corpus.spec, _format(config), sample=corpus.sample(), data_dir=corpus.data_dir
    )
    columns = len(config.data.features or ())
    _check_columns(splits.train, columns)
    makers = {
        "tags": data.plain_tags,
        "spans": data.span_tags,
        "lemmas": functools.partial(data.lemma_rules, columns=columns),
    }
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


def _encoder(features: WordFeatures, tagged: TaggedSplits) -> Callable[..., tuple]:
    """Joined tokens, tags and columns `[rows]` -> features and ids, `[rows, (tokens), ...]`."""
    import tensorflow as tf

    from seqtasks.features import split_tokens

    tags = tagged.tags
    unknown = tags.index("O") if tagged.scheme else len(tags)  # tags that training lacks
    known = tf.lookup.KeyValueTensorInitializer(tags, tf.range(len(tags)))
    index = tf.lookup.StaticHashTable(known, unknown)
    return lambda tokens, names, *columns: (
        features(split_tokens(tokens), [*map(split_tokens, columns)]),
        tf.ragged.map_flat_values(index.lookup, split_tokens(names)),
    )
