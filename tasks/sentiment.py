"""Classify texts: sentiment, topic, question type, any one label a text."""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tasks.options import Options, make_optimizer, seed_of_pass

if TYPE_CHECKING:
    import keras

    from seqtasks.data import Splits
    from seqtasks.training.setup import Predictor, Task

Member = Literal["recurrent", "convolutional", "ngram"]

# The n-gram member has seen least of a text.
VOTES = {"recurrent": 2, "convolutional": 2, "ngram": 1}


@dataclass(frozen=True)
class Config(Options):
    """Classify texts: sentiment, topic, question type, any one label a text."""

    learning_rate: float = 2e-3
    """Highest step size of the optimizer."""
    patience: int | None = 3
    """Stop after this many epochs without a better loss on the validation split."""
    text_field: str = ""
    """Column or feature of the text (default: 'text', or found from the features)."""
    label_field: str = ""
    """Column or feature of the label (default: 'label', or found from the features)."""
    tokenizer: Literal["word", "character"] = "word"
    """What a text is cut into."""
    lowercase: bool = True
    """Fold upper case to lower case."""
    vocabulary_size: int = 50_000
    """Most tokens to know; the rarest beyond are unknown ones."""
    min_count: int = 1
    """Tokens seen less often in training are unknown ones."""
    max_length: int = 400
    """Texts are cut after this many tokens."""
    token_budget: int | None = None
    """Batches of as many texts as fill this many tokens, instead of --batch-size."""
    members: tuple[Member, ...] = ("recurrent", "convolutional", "ngram")
    """Networks that learn side by side and vote."""
    embedding_size: int = 64
    """Recurrent: size of a token's vector."""
    cell: Literal["rnn", "lstm", "gru"] = "lstm"
    """Recurrent: kind of cell."""
    units: int = 48
    """Recurrent: units of each layer and direction."""
    layers: int = 1
    """Recurrent: layers on top of each other."""
    bidirectional: bool = True
    """Recurrent: read from both ends."""
    residual: bool = False
    """Recurrent: add each layer's input to its output, from the second on."""
    pooling: tuple[Literal["last", "mean", "max", "attention"], ...] = ("max", "mean")
    """Recurrent: how the steps become one vector; several stand side by side."""
    embedding_dropout: float = 0.4
    """Recurrent: share of the embedding's dimensions dropped in training."""
    recurrent_dropout: float = 0.2
    """Recurrent: share dropped of what a layer hands on."""
    filters: int = 100
    """Convolutional: detectors of each width of n-grams (2, 3 and 4 tokens)."""
    word_dropout: float = 0.1
    """Share of tokens that go unread in training."""
    dropout: float = 0.5
    """Share dropped of what each network's last layer sees."""
    label_smoothing: float = 0.05
    """Share of each target spread over all labels."""
    prior_correction: float = 0.3
    """How far to take back the networks' preference for frequent labels; 0 is not at all."""
    ema_momentum: float = 0.995
    """Validate and keep a moving average of the weights with this momentum; 0 keeps none."""


def build(config: Config) -> Task:
    """The task on the corpus that the options name."""
    import keras
    import tensorflow as tf

    from seqtasks import data
    from seqtasks.data.samples import sentiment as sample
    from seqtasks.predictors import LabelPredictor
    from seqtasks.text import Tokenizer, split_characters, split_words
    from seqtasks.training.losses import SmoothedCrossentropy
    from seqtasks.training.setup import Task

    splits = data.open_splits(
        config.data,
        data.labelled_texts((config.text_field, config.label_field)),
        sample=sample.streams(),
        data_dir=config.data_dir,
    )
    counts: Counter[str] = Counter()

    def training_texts() -> Iterator[str]:
        for text, label in splits.train:
            counts[label] += 1
            yield text

    split = {"word": split_words, "character": split_characters}[config.tokenizer]
    tokenizer = Tokenizer.fit(
        training_texts(),
        functools.partial(split, lowercase=config.lowercase),
        max_size=config.vocabulary_size,
        min_count=config.min_count,
        max_length=config.max_length,
    )
    labels = data.checked_labels(counts.keys(), splits)
    index = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(labels, tf.range(len(labels))), -1
    )
    batches = functools.partial(
        data.length_batches,
        encode=lambda texts, names: (tokenizer(texts), index.lookup(names)),
        batch_size=config.batch_size,
        token_budget=config.token_budget,
    )
    model = make_model(config, len(tokenizer.vocabulary), len(labels))
    in_order = batches(splits.train, row_count=counts.total())
    model.adapt(in_order)
    steps = data.batch_count(in_order)
    model.compile(
        make_optimizer(config, config.epochs * steps, config.ema_momentum),
        SmoothedCrossentropy(config.label_smoothing),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        jit_compile=False,  # few batches have the same shape: compiling costs more than it saves
    )
    return Task(
        model=model,
        train=batches(
            splits.train,
            row_count=counts.total(),
            shuffle_seed=seed_of_pass(config, model),
        ),
        validation=batches(splits.validation),
        predictor=LabelPredictor(tokenizer, model, labels),
        evaluate=functools.partial(scores, splits=splits, seed=config.seed),
        monitor=("val_loss", "min"),
        notes=splits.notes,
    )


def make_model(config: Config, vocabulary_size: int, labels: int) -> keras.Model:
    """The ensemble of the members that the options name."""
    from seqtasks import models

    makers = {
        "recurrent": lambda: models.RecurrentClassifier(
            vocabulary_size,
            labels,
            **config.chosen("embedding_size cell units layers bidirectional residual pooling"),
            **config.chosen("word_dropout embedding_dropout recurrent_dropout dropout"),
        ),
        "convolutional": lambda: models.ConvolutionalClassifier(
            vocabulary_size,
            labels,
            embedding_size=128,
            widths=(2, 3, 4),
            **config.chosen("filters word_dropout dropout"),
        ),
        "ngram": lambda: models.NgramClassifier(
            vocabulary_size, labels, **config.chosen("dropout")
        ),
    }
    members = [makers[name]() for name in config.members]
    votes = [VOTES[name] for name in config.members]
    model = models.ClassifierEnsemble(members, votes, config.prior_correction)
    model.build((None, None))
    return model


def scores(predictor: Predictor, splits: Splits, seed: int) -> dict[str, Any]:
    """Scores on the test split, beside those of a bag of words."""
    import tensorflow as tf

    from seqtasks.baselines import bag_of_words
    from seqtasks.metrics import beside_baseline, classification_scores

    baseline, share = bag_of_words(iter(splits.train), seed=seed)
    references, predictions, baselines = [], [], []
    test = iter(splits.test)
    while rows := list(itertools.islice(test, 1024)):
        texts, labels = zip(*rows, strict=True)
        references += labels
        predictions += [x.decode() for x in predictor.serve(tf.constant(texts))["label"].numpy()]
        baselines += baseline(texts)
    ours, other = (classification_scores(references, x) for x in (predictions, baselines))
    sampled = f", on {share:.0%} of the rows" if share < 1 else ""
    title = f"TF-IDF of words and word pairs, logistic regression{sampled}"
    return beside_baseline(ours, other, title)
