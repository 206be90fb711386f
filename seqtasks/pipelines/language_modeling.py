"""Language modeling: the next character, subword or word of running text, and generation."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from seqtasks.pipelines.bounds import CellName, Count, NonNegative, Positive, Rate
from seqtasks.pipelines.options import DataOptions, Group, Options, TrainingOptions
from seqtasks.pipelines.scoring import text as scoring
from seqtasks.pipelines.task import Corpus, Scores

if TYPE_CHECKING:
    import keras

    from seqtasks.data import CorpusForm
    from seqtasks.predictors import Predictor
    from seqtasks.training import TrainingSetup


@dataclass(frozen=True)
class TextData(DataOptions):
    """The corpus and how it is read."""

    text_field: str = ""
    """Column or feature of the documents (default: 'text', or found from the features)."""


@dataclass(frozen=True)
class Tokenization(Group):
    """How text becomes tokens."""

    tokenizer: Literal["character", "unigram", "bpe", "word"] = "character"
    """Unit of tokens; unigram and bpe are subwords, words stand between blanks."""
    vocabulary_size: Count | None = None
    """Maximum size of the vocabulary (default: 4,000 subwords, or 50,000 characters or words)."""
    min_count: Count = 1
    """Characters and words with fewer occurrences in training become UNK."""


@dataclass(frozen=True)
class Network(Group):
    """The recurrent language model."""

    embedding_size: Count = 64
    """Size of the token embedding."""
    cell: CellName = "lstm"
    """Cell: rnn, lstm, gru, another of seqtasks.layers.CELLS, or a registered class."""
    units: Count = 320
    """Units of each layer."""
    layers: Count = 1
    """Number of recurrent layers."""
    members: Count = 1
    """Number of networks trained side by side whose probabilities are averaged."""
    residual: bool = False
    """Add each layer's input to its output, from the second layer on."""
    tie_output: bool = False
    """Share the embedding matrix with the output layer."""
    token_dropout: Rate = 0.0
    """Fraction of tokens replaced by UNK during training (word dropout)."""
    embedding_dropout: Rate = 0.0
    """Dropout rate of embedding dimensions, the same at all steps of a window."""
    dropout: Rate = 0.0
    """Dropout rate between layers and before the output."""
    variational: bool = False
    """Use the same dropout mask at all steps of a window."""
    weight_dropout: Rate = 0.0
    """Dropout rate of the recurrent weights, drawn once a window (weight drop)."""


@dataclass(frozen=True)
class LanguageTraining(TrainingOptions):
    """The training loop: truncated backpropagation through time."""

    epochs: Count = 2
    """Maximum number of epochs; each is a pass over the training split, or --epoch-tokens of it."""
    patience: Count | None = None
    """Stop after this many epochs without a lower perplexity of the validation split (default:
    never)."""
    learning_rate: Positive = 1e-2
    """Peak learning rate, reached after 5 % of the updates, then cosine decay to a twentieth."""
    epoch_tokens: Count | None = None
    """Tokens in an epoch; the next one goes on from there. For large texts, to save more often."""
    bptt: Count = 32
    """Tokens in a window: how far gradients reach back. The state reaches back further."""
    vary_bptt: bool = False
    """Draw the length of each window from 3/4, 1 and 5/4 of --bptt."""
    ema_momentum: Rate = 0.0
    """Momentum of the moving average of weights that is validated and kept; 0 keeps none."""


@dataclass(frozen=True)
class GenerationOptions(Group):
    """Defaults of the saved model's generation."""

    length: Count = 300
    """Maximum number of tokens generated."""
    temperature: NonNegative = 0.8
    """Softmax temperature: below 1 more probable, above 1 more varied; 0 takes the best token."""


@dataclass(frozen=True)
class Config(Options):
    """Options of language modeling."""

    data: TextData = TextData()
    tokenization: Tokenization = Tokenization()
    network: Network = Network()
    training: LanguageTraining = LanguageTraining()
    generation: GenerationOptions = GenerationOptions()


def build(config: Config, corpus: Corpus) -> TrainingSetup:
    """Everything that one training run needs."""
    import keras
    import tensorflow as tf

    from seqtasks import data
    from seqtasks.metrics import Perplexity
    from seqtasks.predictors import TextGenerator
    from seqtasks.training import Monitor, TrainingSetup, make_optimizer

    options = config.training
    splits = data.open_texts(
        corpus.spec, field=config.data.text_field, sample=corpus.sample(), data_dir=corpus.data_dir
    )
    tokenizer = _fit_tokenizer(config.tokenization, (text for text, _ in splits.train))
    if corpus.earlier:
        tokenizer = corpus.earlier.tokenizer("text", tokenizer)
    size = len(tokenizer.vocabulary)
    tokens = scoring.token_file(splits.train, tokenizer)
    windows = options.epoch_tokens and -(
        -options.epoch_tokens // (options.batch_size * options.bptt)
    )
    batches = functools.partial(
        data.contiguous_batches, rows=options.batch_size, steps=options.bptt
    )
    train = batches(
        tokens,
        windows=windows,
        vary_steps=options.vary_bptt,
        seed=options.seed,
        done=lambda: int(model.optimizer.iterations),
    )
    model = _make_model(config.network, size, options.batch_size)
    tokenizers = {"text": tokenizer}
    kept = corpus.earlier.start(model, (), tokenizers) if corpus.earlier else ()
    updates = int(train.cardinality())  # of an epoch
    model.compile(
        make_optimizer(options, options.epochs * updates, options.ema_momentum),
        keras.losses.SparseCategoricalCrossentropy(True, reduction="mean_with_sample_weight"),
        weighted_metrics=[Perplexity()],
        jit_compile=True,
    )
    writer = TextGenerator(
        tokenizer,
        model,
        ends=len(tokens.borders) > 2,
        length=config.generation.length,
        temperature=config.generation.temperature,
    )
    return TrainingSetup(
        model=model,
        train=train,
        validation=batches(scoring.token_file(splits.validation, tokenizer)),
        predictor=writer,
        evaluate=functools.partial(
            scoring.text_test_scores,
            splits=splits,
            train=tokens,
            tokenizer=tokenizer,
            windowed=config.tokenization.tokenizer == "character",
        ),
        monitor=Monitor("val_perplexity", "min"),
        corpus=data.summarize_splits(splits),
        tokenizers=tokenizers,
        facts={"tokens to train on": len(tokens), "tokens in the vocabulary": size},
        notes=splits.notes + kept,
        count_tokens=lambda inputs: tf.math.count_nonzero(inputs[0]),
        sample=lambda: scoring.written_text(writer),
    )


def evaluate(config: Config, predictor: Predictor, corpus: Corpus) -> Scores:
    """Perplexity and bits per character of a saved predictor on running text."""
    from seqtasks import data

    stream = data.open_text_for_scoring(
        corpus.spec, config.data.text_field, sample=corpus.sample(), data_dir=corpus.data_dir
    )
    return scoring.evaluate_text(predictor, stream, config.tokenization.tokenizer == "character")


def open_corpus(config: Config, corpus: Corpus) -> CorpusForm:
    """The lines of the corpus as it is, to be checked."""
    from seqtasks import data
    from seqtasks.text import cut_by

    streams, notes = data.open_streams(
        corpus.spec,
        data.running_texts(config.data.text_field),
        sample=corpus.sample(),
        data_dir=corpus.data_dir,
    )
    characters = config.tokenization.tokenizer == "character"
    return data.CorpusForm(
        {name: data.lines_of(stream) for name, stream in streams.items()},
        notes,
        cut_by("verbatim" if characters else "blanks"),
        least=40 if characters else 8,
        lines=True,
    )


def _fit_tokenizer(options: Tokenization, texts: Iterator[str]) -> Any:
    from seqtasks.text import fit_tokenizer

    subwords = options.tokenizer in ("unigram", "bpe")
    return fit_tokenizer(
        options.tokenizer,
        texts,
        max_size=options.vocabulary_size or (4_000 if subwords else 50_000),
        min_count=options.min_count,
        verbatim=True,
    )


def _make_model(options: Network, vocabulary_size: int, rows: int) -> keras.Model:
    """A language model, or several side by side, that carries its states from batch to batch."""
    from seqtasks.models import LanguageModel, LanguageModelEnsemble

    def make() -> keras.Model:
        return LanguageModel(
            vocabulary_size,
            embedding_size=options.embedding_size,
            units=options.units,
            layers=options.layers,
            cell=options.cell,
            residual=options.residual,
            tie_output=options.tie_output,
            token_dropout=options.token_dropout,
            embedding_dropout=options.embedding_dropout,
            dropout=options.dropout,
            variational=options.variational,
            weight_drop=options.weight_dropout,
            rows=rows,
        )

    members = [make() for _ in range(options.members)]
    model = LanguageModelEnsemble(members) if len(members) > 1 else members[0]
    model.build()
    return model
