"""Translate sentences from one language into another, with attention."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tasks.options import Options, make_optimizer, seed_of_pass

if TYPE_CHECKING:
    import tensorflow as tf

    from seqtasks.data import Pairs, Stream
    from seqtasks.training.setup import Predictor, Task

LONG = 4_000  # updates from which it pays to compile training steps


@dataclass(frozen=True)
class Config(Options):
    """Translate sentences from one language into another, with attention."""

    source: str = "en"
    """Language to translate from: the ending of files, a column or a feature."""
    target: str = "vi"
    """Language to translate into."""
    epochs: int = 20
    """Most passes over the training split."""
    batch_size: int = 64
    """Rows in a batch."""
    learning_rate: float = 2e-3
    """Highest step size of the optimizer."""
    patience: int | None = 6
    """Stop after this many epochs without a better BLEU on the validation split."""
    tokenizer: Literal["unigram", "bpe", "word", "character"] = "unigram"
    """What a sentence is cut into: subwords of two kinds, words or characters."""
    joint: bool = True
    """Both languages share one vocabulary and its embedding."""
    lowercase: bool = False
    """Fold upper case to lower case on both sides."""
    vocabulary_size: int = 6_000
    """Most tokens to know, of both languages together where they are joint."""
    subword_sharpness: float | None = None
    """unigram: draw the subwords of a training sentence anew by p^this; None takes the best."""
    bpe_dropout: float = 0.0
    """bpe: share of merges passed over in training, each time anew."""
    max_length: int = 100
    """Sentences are cut after this many tokens."""
    curriculum: int | None = None
    """Epochs in which ever longer pairs join the shortest ones; None begins with all."""
    token_budget: int | None = None
    """Batches of as many pairs as fill this many tokens, instead of --batch-size."""
    encoder: Literal["rnn", "transformer", "conv"] = "rnn"
    """What reads the source: a bidirectional LSTM, self-attention or gated convolutions."""
    encoder_layers: int = 1
    """Layers of the encoder."""
    decoder_layers: int | None = None
    """LSTM layers of the decoder (default: 2; with --input-feeding there is but one)."""
    units: int = 256
    """Units of the encoder's result and of each layer of the decoder."""
    embedding_size: int = 256
    """Size of a token's vector."""
    attention: Literal["bilinear", "additive", "dot"] = "bilinear"
    """How a decoder's state is compared with the source."""
    input_feeding: bool = False
    """Let each step hear what the one before it read; else attention follows the first layer."""
    dropout: float = 0.3
    """Share dropped of embeddings, between layers and before the output."""
    word_dropout: float = 0.0
    """Share of tokens that go unread in training."""
    scheduled_sampling: float | None = None
    """Share of target tokens replaced by the model's guesses, reached after half the updates."""
    label_smoothing: float = 0.1
    """Share of each target spread over the whole vocabulary."""
    ema_momentum: float = 0.99
    """Validate and keep a moving average of the weights with this momentum; 0 keeps none."""
    jit: Literal["auto", "on", "off"] = "auto"
    """Compile training steps: seconds for each shape, then a tenth faster; auto: if that pays."""
    beams: int = 5
    """Partial translations kept at each step of the search."""
    length_penalty: float = 1.0
    """Exponent of the length that a translation's log-probability is divided by."""
    coverage_penalty: float | None = None
    """Weight of the penalty for source tokens that were not looked at."""


def build(config: Config) -> Task:
    """The task on the corpus that the options name."""
    import keras

    from seqtasks.data import Curriculum, batch_count, competence, length_batches, open_pairs
    from seqtasks.data.samples import translation as sample
    from seqtasks.models import Seq2Seq
    from seqtasks.predictors import Translator
    from seqtasks.text import notes_on, teacher_forced, with_end
    from seqtasks.training.dev_score import DevScore
    from seqtasks.training.losses import SmoothedCrossentropy
    from seqtasks.training.setup import Task

    languages = config.source, config.target
    pairs = open_pairs(config.data, *languages, sample=sample.streams(), data_dir=config.data_dir)
    splits = pairs.splits
    rows = sum(1 for _ in splits.train)
    source, target = make_tokenizers(config, splits.train)
    notes = splits.notes
    for side, tokenizer in enumerate((source, target)):
        notes += notes_on(tokenizer, (row[side] for row in splits.train), config.vocabulary_size)
    sharpness, dropout = config.subword_sharpness, config.bpe_dropout
    chances = {"unigram": {"sharpness": sharpness}, "bpe": {"dropout": dropout}}

    def encode(texts: tf.Tensor, translations: tf.Tensor, draw: bool = False) -> tuple:
        drawn = chances.get(config.tokenizer, {}) if draw else {}
        return source(texts, **drawn), with_end(target(translations, **drawn))

    batches = functools.partial(
        length_batches, batch_size=config.batch_size, token_budget=config.token_budget
    )
    in_order = batches(splits.train, encode, row_count=rows)
    steps = batch_count(in_order)
    model = Seq2Seq(
        len(source.vocabulary),
        len(target.vocabulary),
        shared=config.joint,
        **config.chosen("embedding_size encoder encoder_layers units attention"),
        **config.chosen("input_feeding dropout word_dropout"),
        decoder_layers=config.decoder_layers or (1 if config.input_feeding else 2),
        scheduled_sampling=config.scheduled_sampling or 0.0,
        sampling_updates=max(1, config.epochs * steps // 2),
        seed=config.seed,
    )
    model.build()
    model.compile(
        make_optimizer(config, config.epochs * steps, config.ema_momentum),
        SmoothedCrossentropy(config.label_smoothing, reduction="mean_with_sample_weight"),
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        jit_compile=config.jit == "on" or (config.jit == "auto" and config.epochs * steps > LONG),
    )
    penalties = {
        "length_penalty": config.length_penalty,
        "coverage": config.coverage_penalty or 0.0,
    }
    search = functools.partial(Translator, source, target, model, **penalties)
    feed = functools.partial(
        teacher_forced, rows=None if config.token_budget else config.batch_size
    )

    train, drawn = splits.train, functools.partial(encode, draw=True)
    if config.curriculum:
        updates = config.curriculum * steps
        train = Curriculum(train, lambda: competence(int(model.optimizer.iterations) / updates))
    seed = seed_of_pass(config, model)
    greedy = search(beams=1, n_best=1)
    watched = "bleu_lowercased" if config.lowercase else "bleu"
    return Task(
        model=model,
        train=batches(train, drawn, row_count=rows, shuffle_seed=seed).map(feed),
        validation=batches(splits.validation, encode).map(feed),
        predictor=search(beams=config.beams, n_best=config.beams),
        evaluate=functools.partial(scores, pairs=pairs),
        monitor=("val_bleu", "max"),
        notes=tuple(dict.fromkeys(notes)),
        callbacks=(DevScore("bleu", lambda: translated(greedy, splits.validation)[watched]),),
    )


def make_tokenizers(config: Config, train: Stream) -> tuple[Any, Any]:
    """The tokenizers of source and target, the same one where they are joint."""
    from seqtasks.text import fit_tokenizer

    options = config.chosen("max_length lowercase")
    fit = functools.partial(
        fit_tokenizer, config.tokenizer, max_size=config.vocabulary_size, **options
    )
    if config.joint:
        both = fit(text for row in train for text in row)
        return both, both
    return fit(row[0] for row in train), fit(row[1] for row in train)


def translated(predictor: Predictor, stream: Stream) -> dict[str, Any]:
    """Scores of the translations of a stream of pairs."""
    import tensorflow as tf

    from seqtasks.metrics import translation_scores

    texts, references = zip(*stream, strict=True)
    found = predictor.serve(tf.constant(texts))["translation"].numpy()
    return translation_scores(references, [text.decode() for text in found])


def scores(predictor: Any, pairs: Pairs) -> dict[str, Any]:
    """Scores on each test set; those of the first stand under plain names too."""
    from seqtasks.predictors import pair_perplexity

    found = {}
    for name, stream in pairs.tests.items():
        perplexity = pair_perplexity(predictor.more["score"], list(stream))
        found[name] = {**translated(predictor, stream), "perplexity": perplexity}
    return {**next(iter(found.values())), "test_sets": found}
