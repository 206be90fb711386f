"""Model any text by characters, subwords or words, and go on with it."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tasks.options import Options, make_optimizer

if TYPE_CHECKING:
    from seqtasks.data import Stream, TextSplits, TokenFile
    from seqtasks.training.setup import Predictor, Task

# What the n-gram baselines are fitted on at most, and scored on at most.
BASELINE_TOKENS, BASELINE_TEST_TOKENS = 10_000_000, 1_000_000
WINDOW = 256


@dataclass(frozen=True)
class Config(Options):
    """Model any text by characters, subwords or words, and go on with it."""

    epochs: int = 2
    """Most epochs; each is a pass over the training split, or --epoch-tokens of it."""
    epoch_tokens: int | None = None
    """Tokens in an epoch; the next goes on from there. Large texts want to be saved more often."""
    batch_size: int = 32
    """Streams of text read side by side."""
    bptt: int = 32
    """Tokens in a window: how far gradients reach back. The state reaches back further."""
    vary_bptt: bool = False
    """Draw the length of each window from 3/4, 1 and 5/4 of --bptt."""
    learning_rate: float = 1e-2
    """Highest step size of the optimizer."""
    text_field: str = ""
    """Column or feature of the documents (default: 'text', or found from the features)."""
    tokenizer: Literal["character", "unigram", "bpe", "word"] = "character"
    """What a text is cut into: unigram and bpe are subwords, words what stands between blanks."""
    vocabulary_size: int | None = None
    """Most tokens to know (default: 4,000 subwords, or 50,000 characters or words)."""
    min_count: int = 1
    """Characters and words seen less often in training are unknown ones."""
    embedding_size: int = 64
    """Size of a token's vector."""
    cell: Literal["rnn", "lstm", "gru"] = "lstm"
    """Kind of cell."""
    units: int = 320
    """Units of each layer."""
    layers: int = 1
    """Layers on top of each other."""
    members: int = 1
    """Networks that learn side by side and whose probabilities are averaged."""
    residual: bool = False
    """Add each layer's input to its output, from the second on."""
    tie_output: bool = False
    """Use the tokens' vectors as the output's weights too."""
    token_dropout: float = 0.0
    """Share of tokens that go unread in training."""
    embedding_dropout: float = 0.0
    """Share of the embedding's dimensions dropped in training."""
    dropout: float = 0.0
    """Share dropped between layers and before the output."""
    variational: bool = False
    """Draw that dropout once for all steps of a window."""
    weight_dropout: float = 0.0
    """Share of the recurrent weights dropped, once a window."""
    ema_momentum: float = 0.0
    """Validate and keep a moving average of the weights with this momentum; 0 keeps none."""
    length: int = 300
    """Tokens that the saved model generates unless asked otherwise."""
    temperature: float = 0.8
    """Sharpness of what it generates: below 1 likelier, above 1 more varied."""


def build(config: Config) -> Task:
    """The task on the corpus that the options name."""
    import keras

    from seqtasks.data import contiguous_batches, open_texts
    from seqtasks.data.samples import manual
    from seqtasks.metrics import Perplexity
    from seqtasks.models import LanguageModel, LanguageModelEnsemble
    from seqtasks.predictors import TextGenerator
    from seqtasks.text import fit_tokenizer
    from seqtasks.training.setup import Task

    splits = open_texts(
        config.data, field=config.text_field, sample=manual.streams(), data_dir=config.data_dir
    )
    subwords = config.tokenizer in ("unigram", "bpe")
    tokenizer = fit_tokenizer(
        config.tokenizer,
        (text for text, _ in splits.train),
        max_size=config.vocabulary_size or (4_000 if subwords else 50_000),
        min_count=config.min_count,
        verbatim=True,
    )
    size = len(tokenizer.vocabulary)
    tokens = token_file(splits.train, tokenizer)
    windows = config.epoch_tokens and -(-config.epoch_tokens // (config.batch_size * config.bptt))
    batches = functools.partial(contiguous_batches, rows=config.batch_size, steps=config.bptt)
    train = batches(
        tokens,
        windows=windows,
        vary_steps=config.vary_bptt,
        seed=config.seed,
        done=lambda: int(model.optimizer.iterations),
    )
    make = functools.partial(
        LanguageModel,
        size,
        **config.chosen("embedding_size units layers cell residual tie_output token_dropout"),
        **config.chosen("embedding_dropout dropout variational"),
        weight_drop=config.weight_dropout,
        rows=config.batch_size,
    )
    several = config.members > 1
    model = LanguageModelEnsemble([make() for _ in range(config.members)]) if several else make()
    model.build()
    updates = int(train.cardinality())
    model.compile(
        make_optimizer(config, config.epochs * updates, config.ema_momentum),
        keras.losses.SparseCategoricalCrossentropy(True, reduction="mean_with_sample_weight"),
        weighted_metrics=[Perplexity()],
        jit_compile=True,
    )
    return Task(
        model=model,
        train=train,
        validation=batches(token_file(splits.validation, tokenizer)),
        predictor=TextGenerator(
            tokenizer, model, ends=len(tokens.borders) > 2, **config.chosen("length temperature")
        ),
        evaluate=functools.partial(
            scores, config=config, splits=splits, train=tokens, tokenizer=tokenizer
        ),
        monitor=("val_perplexity", "min"),
        notes=splits.notes,
    )


def marked(stream: Stream) -> Iterator[tuple[str, bool]]:
    """Pieces of text, and whether each begins a document."""
    from seqtasks.data import BEGINS

    return ((text, mark == BEGINS) for text, mark in stream)


def token_file(stream: Stream, tokenizer: Any) -> TokenFile:
    """The text as ids on disk."""
    from seqtasks.data import TokenFile
    from seqtasks.text import id_arrays

    encode = functools.partial(id_arrays, tokenizer)
    return TokenFile(marked(stream), encode, len(tokenizer.vocabulary))


def scores(
    predictor: Predictor, config: Config, splits: TextSplits, train: TokenFile, tokenizer: Any
) -> dict[str, Any]:
    """Perplexity on the test split (on validation if there is none), beside that of n-grams."""
    import tensorflow as tf

    from seqtasks.baselines import ngram_perplexities
    from seqtasks.metrics import language_model_scores
    from seqtasks.text import END, START

    def read(texts: list[str], before: list[str]) -> tuple[Any, ...]:
        outputs = predictor.more["score_after"](
            text=tf.constant(texts), previous=tf.constant(before)
        )
        return tuple(outputs[name].numpy() for name in ("log_probability", "tokens", "unknown"))

    held_out = splits.test or splits.validation
    stream = language_model_scores(read, marked(held_out))
    result = {**stream, "nats_per_token": math.log(stream["perplexity"])}
    if config.tokenizer == "character":
        again = language_model_scores(read, marked(held_out), window=WINDOW)
        result["perplexity_windowed"] = again["perplexity"]
    if splits.test:
        validation = language_model_scores(read, marked(splits.validation))
        result["validation_perplexity"] = validation["perplexity"]
    test = token_file(held_out, tokenizer)
    known = train.read(0, min(len(train), BASELINE_TOKENS))
    wanted = test.read(0, min(len(test), BASELINE_TEST_TOKENS))
    ngrams = ngram_perplexities(known, wanted, len(tokenizer.vocabulary), uncounted=(START, END))
    share = "" if len(known) == len(train) else f", of the first {len(known):,} tokens"
    return {
        **result,
        "baseline_perplexity": ngrams["5-gram"],
        "baseline": f"5-grams, modified Kneser-Ney{share}",
        "ngram_perplexities": ngrams,
        "scored_on": held_out.origin,
    }
