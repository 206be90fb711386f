"""Sequence to sequence: translation and other rewriting of texts, with attention."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from seqtasks.errors import InputError
from seqtasks.pipelines.scoring import translations as scoring
from seqtasks.pipelines.sequence_to_sequence_options import Config, Network, Tokenization
from seqtasks.pipelines.task import Corpus, Scores

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from seqtasks.data import CorpusForm, Pairs, Stream
    from seqtasks.predictors import Predictor
    from seqtasks.training import TrainingSetup

LONG = 4_000  # updates from which compiling training steps pays


def build(config: Config, corpus: Corpus) -> TrainingSetup:
    """Everything that one training run needs."""
    import keras
    import tensorflow as tf

    from seqtasks import data
    from seqtasks.predictors import Translator
    from seqtasks.text import notes_on, teacher_forced
    from seqtasks.training import (
        Monitor,
        TrainingSetup,
        ValidationScore,
        make_optimizer,
        seed_of_pass,
    )
    from seqtasks.training.losses import SmoothedCrossentropy

    options, search = config.training, config.search
    advice = _advice(config.network)
    pairs = _open(config, corpus)
    splits = pairs.splits
    summaries = data.summarize_splits(splits)
    rows = summaries["train"].rows
    source, target = _fit_tokenizers(config.tokenization, splits.train)
    if corpus.earlier:
        joint = source is target
        source = corpus.earlier.tokenizer("source", source)
        target = source if joint else corpus.earlier.tokenizer("target", target)
    notes = splits.notes
    for side, tokenizer in enumerate((source, target)):
        texts = (row[side] for row in splits.train)
        notes += notes_on(tokenizer, texts, config.tokenization.vocabulary_size)
    encode = _encoder(config.tokenization, source, target)
    batches = functools.partial(
        data.length_batches, batch_size=options.batch_size, token_budget=options.token_budget
    )
    in_order = batches(splits.train, encode, row_count=rows)
    updates = data.batch_count(in_order)  # of an epoch
    model = _make_model(config, len(source.vocabulary), len(target.vocabulary), updates)
    tokenizers = {"source": source, "target": target}
    notes += _use_vectors(config.network, model, tokenizers)
    if corpus.earlier:
        notes += corpus.earlier.start(model, (), tokenizers)
    model.compile(
        make_optimizer(options, options.epochs * updates, options.ema_momentum),
        SmoothedCrossentropy(options.label_smoothing, reduction="mean_with_sample_weight"),
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        jit_compile={"on": True, "off": False, "auto": options.epochs * updates > LONG}[
            options.jit
        ],
    )
    translator = functools.partial(
        Translator,
        source,
        target,
        model,
        length_penalty=search.length_penalty,
        coverage=search.coverage_penalty,
    )
    feed = functools.partial(
        teacher_forced, rows=None if options.token_budget else options.batch_size
    )
    train = splits.train
    if options.curriculum:
        length = options.curriculum * updates
        train = data.Curriculum(
            train, lambda: data.competence(int(model.optimizer.iterations) / length)
        )
    drawn, seed = functools.partial(encode, draw=True), seed_of_pass(options.seed, model)
    greedy = translator(beams=1, n_best=1)
    watched = "bleu_lowercased" if config.tokenization.lowercase else "bleu"
    return TrainingSetup(
        model=model,
        train=batches(train, drawn, row_count=rows, shuffle_seed=seed).map(feed),
        validation=batches(splits.validation, encode).map(feed),
        predictor=translator(beams=search.beams, n_best=search.beams),
        evaluate=functools.partial(scoring.translation_test_scores, tests=pairs.tests),
        monitor=Monitor("val_bleu", "max"),
        corpus=summaries,
        tokenizers=tokenizers,
        facts={"source tokens": len(source.vocabulary), "target tokens": len(target.vocabulary)},
        notes=tuple(dict.fromkeys(notes)) + advice,
        validation_score=ValidationScore(
            "val_bleu", lambda: scoring.scores_of_pairs(greedy, splits.validation)[watched]
        ),
        count_tokens=lambda texts: sum(map(tf.math.count_nonzero, texts)),  # of both
        sample=lambda: scoring.translated_pair(greedy, splits.validation),
    )


def evaluate(config: Config, predictor: Predictor, corpus: Corpus) -> Scores:
    """Scores of a saved predictor on each test set of a parallel corpus, or on all its pairs."""
    from seqtasks import data

    pairs = data.open_pairs_for_scoring(
        corpus.spec,
        config.data.source,
        config.data.target,
        sample=corpus.sample(),
        data_dir=corpus.data_dir,
    )
    return scoring.translation_test_scores(predictor, lambda row: None, pairs)


def open_corpus(config: Config, corpus: Corpus) -> CorpusForm:
    """The pairs of the corpus as they are, to be checked."""
    from seqtasks import data
    from seqtasks.text import cut_by

    languages = config.data.source, config.data.target
    streams, notes = data.open_pair_streams(
        corpus.spec, *languages, sample=corpus.sample(), data_dir=corpus.data_dir
    )
    train = [name for name in streams if data.role_of(name) == "train"]
    if len(train) == 1:
        streams = {"train": streams.pop(train[0]), **streams}
    cut = cut_by("characters" if config.tokenization.tokenizer == "character" else "words")
    return data.CorpusForm(streams, notes, cut, texts=(0, 1), least=8)


def _open(config: Config, corpus: Corpus) -> Pairs:
    from seqtasks.data import open_pairs

    languages = config.data.source, config.data.target
    return open_pairs(corpus.spec, *languages, sample=corpus.sample(), data_dir=corpus.data_dir)


def _fit_tokenizers(options: Tokenization, train: Stream) -> tuple[Any, Any]:
    """The tokenizers of source and target, the same one where they are joint."""
    from seqtasks.text import fit_tokenizer

    fit = functools.partial(
        fit_tokenizer,
        options.tokenizer,
        max_size=options.vocabulary_size,
        max_length=options.max_length,
        lowercase=options.lowercase,
    )
    if options.joint:
        both = fit(text for row in train for text in row)
        return both, both
    return fit(row[0] for row in train), fit(row[1] for row in train)


def _use_vectors(options: Network, model: Any, tokenizers: Mapping[str, Any]) -> tuple[str, ...]:
    """Begin the embeddings with word vectors, scaled to the spread of the values they replace."""
    from seqtasks.data import initial_vectors

    notes: tuple[str, ...] = ()
    for side, path in (("target", options.target_embeddings), ("source", options.embeddings)):
        if not path:
            continue
        ids, rows, note = initial_vectors(path, tokenizers[side], options.embedding_size)
        weight = getattr(model, f"{side}_embedding").embeddings
        table = weight.numpy()
        table[ids] = rows * (table[ids].std() / max(rows.std(), 1e-9))
        weight.assign(table)
        notes += note
    return notes


def _encoder(options: Tokenization, source: Any, target: Any) -> Callable[..., tuple]:
    """Pairs of texts `[rows]` -> ids `[rows, (time)]`; with `draw`, segmentations are sampled."""
    from seqtasks.text import with_end

    sampling = {
        "unigram": {"sharpness": options.subword_sharpness},
        "bpe": {"dropout": options.bpe_dropout},
    }.get(options.tokenizer, {})

    def encode(texts: tf.Tensor, translations: tf.Tensor, draw: bool = False) -> tuple:
        drawn = sampling if draw else {}
        return source(texts, **drawn), with_end(target(translations, **drawn))

    return encode


def _decoder_layers(options: Network) -> int:
    return options.decoder_layers or (1 if options.input_feeding else 2)


def _advice(options: Network) -> tuple[str, ...]:
    """Notes on options that change nothing.

    Raises:
        InputError: one direction for an encoder that has none, or units that two cannot share.
    """
    if options.bidirectional and options.encoder == "rnn" and options.units % 2:
        raise InputError(
            "--units: expected an even number for an encoder in two directions, found "
            f"{options.units}. Take {options.units + 1}, or give --no-bidirectional."
        )
    if not options.bidirectional and options.encoder != "rnn":
        raise InputError(
            f"--no-bidirectional (bidirectional=False) is for --encoder rnn: '{options.encoder}' "
            "sees the whole source at each step. Leave it out, or choose --encoder rnn."
        )
    recurrent = options.encoder_layers if options.encoder == "rnn" else 1
    if options.residual and max(recurrent, _decoder_layers(options)) == 1:
        return ("--residual adds nothing: neither encoder nor decoder has two recurrent layers",)
    return ()


def _make_model(config: Config, source_size: int, target_size: int, updates: int) -> keras.Model:
    from seqtasks.models import Seq2Seq

    options, training = config.network, config.training
    model = Seq2Seq(
        source_size,
        target_size,
        shared=config.tokenization.joint,
        embedding_size=options.embedding_size,
        encoder=options.encoder,
        encoder_layers=options.encoder_layers,
        bidirectional=options.bidirectional,
        units=options.units,
        decoder_layers=_decoder_layers(options),
        residual=options.residual,
        cell=options.cell,
        attention=options.attention,
        input_feeding=options.input_feeding,
        dropout=options.dropout,
        word_dropout=options.word_dropout,
        scheduled_sampling=training.scheduled_sampling,
        sampling_updates=max(1, training.epochs * updates // 2),
        seed=training.seed,
    )
    model.build()
    return model
