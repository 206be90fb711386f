"""Classify texts: sentiment, topic, question type, any one label a text."""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tasks.options import Options, make_optimizer

if TYPE_CHECKING:
    import keras

    from seqtasks.data import Splits
    from seqtasks.task import Predictor, Task


@dataclass(frozen=True)
class Config(Options):
    """Classify texts: sentiment, topic, question type, any one label a text."""

    learning_rate: float = 1.5e-3
    """Step size of the optimizer."""
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
    members: tuple[Literal["recurrent", "convolutional"], ...] = ("recurrent", "convolutional")
    """Networks that learn side by side and vote."""
    embedding_size: int = 64
    """Size of a token's vector."""
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
    recurrent_dropout: float = 0.2
    """Recurrent: share dropped of what a layer hands on."""
    filters: int = 64
    """Convolutional: detectors of each width."""
    widths: tuple[int, ...] = (2, 3, 4)
    """Convolutional: lengths of the n-grams in tokens."""
    word_dropout: float = 0.1
    """Share of tokens that go unread in training."""
    embedding_dropout: float = 0.4
    """Share of the embedding's dimensions dropped in training."""
    dropout: float = 0.5
    """Share dropped of what the last layer sees."""
    ema_momentum: float = 0.99
    """Validate and keep a moving average of the weights with this momentum."""

    def __post_init__(self) -> None:
        """Refuse numbers that cannot work."""
        super().__post_init__()
        for name in ("word_dropout", "embedding_dropout", "recurrent_dropout", "dropout"):
            self.require(name, 0 <= getattr(self, name) < 1, "0 or more and less than 1")
        for name in ("vocabulary_size", "max_length", "embedding_size", "units", "layers"):
            self.require(name, getattr(self, name) > 0, "more than 0")
        for name in ("members", "pooling", "widths"):
            self.require(name, len(getattr(self, name)) > 0, "at least one")
        self.require("token_budget", self.token_budget != 0, "more than 0")
        self.require("ema_momentum", 0 <= self.ema_momentum < 1, "0 or more and less than 1")


def build(config: Config) -> Task:
    """The task on the corpus that the options name."""
    import keras
    import tensorflow as tf

    from seqtasks.data import checked_labels, length_batches, open_splits
    from seqtasks.data.samples import sentiment as sample
    from seqtasks.predictors import LabelPredictor
    from seqtasks.task import Task
    from seqtasks.text import Tokenizer, split_characters, split_words

    splits = open_splits(
        config.data,
        fields=(config.text_field, config.label_field),
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
    labels = checked_labels(counts.keys(), splits)
    index = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(labels, tf.range(len(labels))), -1
    )
    model = make_model(config, len(tokenizer.vocabulary), len(labels))
    model.compile(
        make_optimizer(config, use_ema=True, ema_momentum=config.ema_momentum),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        jit_compile=False,  # few batches have the same shape: compiling costs more than it saves
    )
    batches = functools.partial(
        length_batches,
        encode=lambda texts, labels: (tokenizer(texts), index.lookup(labels)),
        batch_size=config.batch_size,
        token_budget=config.token_budget,
    )
    train = batches(
        splits.train,
        row_count=counts.total(),
        shuffle_seed=lambda: hash((config.seed, int(model.optimizer.iterations))),
    )
    return Task(
        model=model,
        train=train,
        validation=batches(splits.validation),
        predictor=LabelPredictor(tokenizer, model, labels),
        evaluate=functools.partial(scores, splits=splits, seed=config.seed),
        monitor=("val_loss", "min"),
        notes=splits.notes,
    )


def make_model(config: Config, vocabulary_size: int, labels: int) -> keras.Model:
    """The ensemble of the members that the options name."""
    from seqtasks import models

    options = {
        "recurrent": "cell units layers bidirectional residual pooling recurrent_dropout",
        "convolutional": "filters widths",
    }
    kinds = {
        "recurrent": models.RecurrentClassifier,
        "convolutional": models.ConvolutionalClassifier,
    }
    shared = "embedding_size word_dropout embedding_dropout dropout"
    model = models.Ensemble(
        [
            kinds[member](
                vocabulary_size,
                labels,
                **{name: getattr(config, name) for name in f"{shared} {options[member]}".split()},
            )
            for member in config.members
        ]
    )
    model.build((None, None))
    return model


def scores(predictor: Predictor, splits: Splits, seed: int) -> dict[str, Any]:
    """Scores on the test split, beside those of a bag of words."""
    import tensorflow as tf

    from seqtasks.baselines import bag_of_words
    from seqtasks.metrics import classification_scores

    baseline, share = bag_of_words(iter(splits.train), seed=seed)
    references, predictions, baselines = [], [], []
    test = iter(splits.test)
    while rows := list(itertools.islice(test, 1024)):
        texts, labels = zip(*rows, strict=True)
        references += labels
        predictions += [x.decode() for x in predictor.serve(tf.constant(texts))["label"].numpy()]
        baselines += baseline(texts)
    other = classification_scores(references, baselines)
    sampled = f", on {share:.0%} of the rows" if share < 1 else ""
    return {
        **classification_scores(references, predictions),
        **{f"baseline_{name}": v for name, v in other.items() if isinstance(v, float)},
        "baseline": f"TF-IDF of words and word pairs, logistic regression{sampled}",
    }
