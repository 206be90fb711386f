"""Text classification: one label a text or several, by networks that learn side by side."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from seqtasks.errors import InputError
from seqtasks.pipelines.classification_options import Config, Network, Tokenization
from seqtasks.pipelines.label_targets import OneLabel, SeveralLabels, label_targets
from seqtasks.pipelines.scoring import labels as scoring
from seqtasks.pipelines.task import Corpus, Scores

if TYPE_CHECKING:
    import keras
    import numpy as np

    from seqtasks.data import CorpusForm, Format
    from seqtasks.predictors import Predictor
    from seqtasks.text import Tokenizer
    from seqtasks.training import TrainingSetup

FEW_UPDATES = 300  # on 500 questions of TREC, 150 reach 69 %, 300 and 600 reach 76 %
SPLITTERS = {"word": "words", "character": "characters"}
VOTES = {"recurrent": 2, "convolutional": 2, "ngram": 1}  # the n-gram member sees least of a text


def build(config: Config, corpus: Corpus) -> TrainingSetup:
    """Everything that one training run needs."""
    import tensorflow as tf

    from seqtasks import data
    from seqtasks.training import Monitor, TrainingSetup, make_optimizer, seed_of_pass

    options = config.training
    splits = data.open_splits(
        corpus.spec,
        _format(config),
        sample=corpus.sample(),
        data_dir=corpus.data_dir,
    )
    separator = config.data.label_separator if config.data.multilabel else ""
    summaries = data.summarize_splits(splits, label=1, separator=separator)
    tokenizer = _fit_tokenizer(config.tokenization, (text for text, *_ in splits.train))
    if corpus.earlier:
        tokenizer = corpus.earlier.tokenizer("text", tokenizer)
    trained, vectors, coverage = len(tokenizer.vocabulary), None, ()
    if config.network.embeddings:
        every = itertools.chain(*splits.by_name.values())
        texts = (text for text, *_ in every)
        tokenizer, vectors, coverage = data.token_vectors(_vector_file(config), tokenizer, texts)
    targets = label_targets(config, summaries["train"], splits)
    encode = _encoder(tokenizer, targets)
    batches = functools.partial(
        data.length_batches,
        encode=encode,
        batch_size=options.batch_size,
        token_budget=options.token_budget,
    )
    rows = summaries["train"].rows
    model = _make_model(config.network, targets, len(tokenizer.vocabulary), trained, vectors)
    tokenizers = {"text": tokenizer}
    kept = corpus.earlier.start(model, targets.names, tokenizers) if corpus.earlier else ()
    in_order = batches(splits.train, row_count=rows)
    model.adapt(in_order)
    updates = options.epochs * data.batch_count(in_order)
    model.compile(
        # Of few updates a long average would still be half of the initial weights.
        make_optimizer(options, updates, min(options.ema_momentum, max(0.0, 1 - 5 / updates))),
        targets.loss(),
        metrics=[targets.metric()],
        jit_compile=False,  # few batches have the same shape: compiling costs more than it saves
    )
    validation = batches(splits.validation, encode=lambda *columns: encode(*columns)[:2])
    return TrainingSetup(
        model=model,
        train=batches(splits.train, row_count=rows, shuffle_seed=seed_of_pass(options.seed, model)),
        validation=validation,
        predictor=targets.predictor(tokenizer, model),
        evaluate=targets.evaluate(splits, options.seed),
        monitor=Monitor("val_loss", "min"),
        corpus=summaries,
        labels=targets.names,
        tokenizers=tokenizers,
        facts={"labels": len(targets.names), "tokens in the vocabulary": len(tokenizer.vocabulary)},
        notes=splits.notes + coverage + kept + _few(updates),
        calibrate=targets.calibration(model, validation),
        count_tokens=tf.math.count_nonzero,
    )


def _few(updates: int) -> tuple[str, ...]:
    if updates >= FEW_UPDATES:
        return ()
    return (f"{updates:,} updates in all are few: with more --epochs it may learn more",)


def _encoder(tokenizer: Tokenizer, targets: OneLabel | SeveralLabels) -> Callable[..., tuple]:
    """Texts and labels [rows] -> ids and targets, and the weights of rows where they differ."""
    import tensorflow as tf

    target = targets.encoder()

    def encode(texts: tf.Tensor, names: tf.Tensor, *given: tf.Tensor) -> tuple:
        labels = target(names)
        weights = [tf.strings.to_number(column) for column in given]
        if targets.weights is not None:
            weights.append(tf.gather(tf.constant(targets.weights), labels))
        return tokenizer(texts), labels, *([tf.reduce_prod(weights, axis=0)] if weights else [])

    return encode


def evaluate(config: Config, predictor: Predictor, corpus: Corpus) -> Scores:
    """Scores of a saved predictor on a corpus of texts and labels."""
    from seqtasks.data import open_for_scoring

    stream = open_for_scoring(
        corpus.spec,
        _format(config, weighted=False),
        sample=corpus.sample(),
        data_dir=corpus.data_dir,
    )
    if config.data.multilabel:
        return scoring.evaluate_multilabel(predictor, stream, config.data.label_separator)
    return scoring.evaluate_labels(predictor, stream)


def open_corpus(config: Config, corpus: Corpus) -> CorpusForm:
    """The corpus as it is, to be checked."""
    from seqtasks import data
    from seqtasks.text import cut_by

    streams, notes = data.open_streams(
        corpus.spec, _format(config), sample=corpus.sample(), data_dir=corpus.data_dir
    )
    options = config.tokenization
    return data.CorpusForm(
        streams,
        notes,
        cut_by(SPLITTERS[options.tokenizer], options.lowercase),
        label_kind="labels" if config.data.multilabel else "label",
        separator=config.data.label_separator,
        max_length=options.max_length,
    )


def _format(config: Config, weighted: bool = True) -> Format:
    from seqtasks.data import LabelledColumns, labelled_texts

    options = config.data
    return labelled_texts(
        LabelledColumns(
            text=options.text_field,
            label=options.label_field,
            pair=options.pair_field,
            weight=options.weight_field if weighted else "",
            separator=options.label_separator if options.multilabel else "",
        )
    )


def _fit_tokenizer(options: Tokenization, texts: Iterable[str]) -> Tokenizer:
    from seqtasks.text import Tokenizer

    return Tokenizer.fit(
        texts,
        SPLITTERS[options.tokenizer],
        lowercase=options.lowercase,
        max_size=options.vocabulary_size,
        min_count=options.min_count,
        max_length=options.max_length,
    )


def _make_model(
    options: Network,
    targets: OneLabel | SeveralLabels,
    vocabulary_size: int,
    trained: int,
    vectors: np.ndarray | None,
) -> keras.Model:
    """The ensemble of the members that the options name."""
    from seqtasks import models

    sizes = vocabulary_size, len(targets.names)
    size = 0 if vectors is None else vectors.shape[1]
    pretrained = {"trained": trained, "vector_size": size} if size else {}
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
            **pretrained,
        ),
        "convolutional": lambda: models.ConvolutionalClassifier(
            *sizes,
            embedding_size=128,
            filters=options.filters,
            widths=(2, 3, 4),
            word_dropout=options.word_dropout,
            dropout=options.dropout,
            **pretrained,
        ),
        "ngram": lambda: models.NgramClassifier(*sizes, dropout=options.dropout),
    }
    members = [makers[name]() for name in options.members]
    votes = [VOTES[name] for name in options.members]
    model = targets.ensemble(members, votes)
    model.build((None, None))
    for member in model.members if size else ():
        if not isinstance(member, models.NgramClassifier):
            member.embedding.vectors.assign(vectors)
    return model


def _vector_file(config: Config) -> str:
    """The file of word vectors.

    Raises:
        InputError: tokens are no words.
    """
    if config.tokenization.tokenizer != "word":
        raise InputError(
            f"embeddings='{config.network.embeddings}' are vectors of words. Train with "
            "--tokenizer word, or leave them out."
        )
    return config.network.embeddings or ""
