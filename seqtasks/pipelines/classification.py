"""Text classification: one label a text, by networks that learn side by side and vote."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from seqtasks.pipelines.classification_options import Config, Network, Tokenization
from seqtasks.pipelines.scoring.labels import evaluate_labels, label_test_scores
from seqtasks.pipelines.task import Corpus, Scores

if TYPE_CHECKING:
    import keras

    from seqtasks.data import Format
    from seqtasks.predictors import Predictor
    from seqtasks.text import Tokenizer
    from seqtasks.training import TrainingSetup

VOTES = {"recurrent": 2, "convolutional": 2, "ngram": 1}  # the n-gram member sees least of a text


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
