"""Classify texts: sentiment, topic, question type, any one label a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tasks.options import Options, make_optimizer

if TYPE_CHECKING:
    from seqtasks.data import Splits
    from seqtasks.task import Predictor, Task


@dataclass(frozen=True)
class Config(Options):
    """Classify texts: sentiment, topic, question type, any one label a text."""

    text_field: str = ""
    """Column or feature that holds the text (default: 'text', or found from the features)."""
    label_field: str = ""
    """Column or feature that holds the label (default: 'label', or found from the features)."""
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
    """Batches of as many texts as fill this many tokens with padding, instead of --batch-size."""
    cell: Literal["rnn", "lstm", "gru"] = "lstm"
    """Kind of recurrent cell."""
    units: int = 128
    """Units of each recurrent layer and direction."""


def build(config: Config) -> Task:
    """The task on the corpus that the options name."""
    import functools

    import keras
    import tensorflow as tf

    from seqtasks.data import checked_labels, length_batches, open_splits
    from seqtasks.data.samples import sentiment as sample
    from seqtasks.models import ConvolutionalClassifier, Ensemble, RecurrentClassifier
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
    sizes = {"vocabulary_size": len(tokenizer.vocabulary), "labels": len(labels)}
    model = Ensemble([RecurrentClassifier(**sizes),ConvolutionalClassifier(**sizes)])
    model.build((None, None))
    model.compile(
        optimizer=make_optimizer(config, use_ema=True, ema_momentum=0.99),
        jit_compile=bool(__import__('os').environ.get('JIT')),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    batches = functools.partial(
        length_batches,
        encode=lambda texts, labels: (tokenizer(texts), index.lookup(labels)),
        batch_size=config.batch_size,
        token_budget=config.token_budget,
    )
    return Task(
        model=model,
        train=batches(
            splits.train,
            row_count=counts.total(),
            shuffle_seed=lambda: hash((config.seed, int(model.optimizer.iterations))),
        ),
        validation=batches(splits.validation),
        predictor=LabelPredictor(tokenizer, model, labels),
        evaluate=lambda predictor: scores(predictor, splits, config.seed),
        monitor=("val_accuracy", "max"),
        notes=splits.notes,
    )


def scores(predictor: Predictor, splits: Splits, seed: int) -> dict[str, Any]:
    """Scores on the test split, beside those of a bag of words."""
    import itertools

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
    title = "TF-IDF of words and word pairs, logistic regression"
    other = classification_scores(references, baselines)
    return {
        **classification_scores(references, predictions),
        **{f"baseline_{name}": v for name, v in other.items() if isinstance(v, float)},
        "baseline": title + (f", on {share:.0%} of the rows" if share < 1 else ""),
    }
