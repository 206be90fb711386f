"""Word order decides: the same words in another order, for a bag of words and for a recurrence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqtasks.lab.experiment import LabExperiment, LabOptions, Row
from seqtasks.lab.problems.word_order_sentences import CONTRASTS, SHOWN, Contrast
from seqtasks.pipelines.bounds import Count
from seqtasks.wording import table

LENGTH = 10  # tokens of the longest sentence, at least
LINEAR, BAG = "bag of words, linear", "bag of words, network"
MODELS = (LINEAR, BAG, "recurrence (GRU)")


@dataclass(frozen=True)
class WordOrderOptions(LabOptions):
    """Training."""

    steps: Count = 400
    """Updates of each network for each contrast, of 32 sentences each."""


def measure(options: WordOrderOptions) -> Iterator[Row]:
    """A row for each test sentence and model: the probability it gives to the second label.

    A sentence that `SHOWN` has is a test sentence, with its partner of the same words.
    """
    from seqtasks.lab.networks.classifiers import Classifier, bag_of_words, recurrent

    words = {w: n for n, w in enumerate(_words(), start=1)}
    networks = {
        name: Classifier(reader, len(words) + 1, 2, LENGTH)
        for name, reader in ((BAG, bag_of_words), (MODELS[2], recurrent("gru")))
    }
    for contrast in CONTRASTS:
        train, test = split(contrast)
        ids, labels = _encoded(words, train)
        rng = np.random.default_rng(options.seed)
        order = rng.integers(0, len(ids), options.steps * 32)
        found = {LINEAR: _linear(train, test)}
        for name, network in networks.items():
            network.begin(options.seed)
            network.train(ids[order], labels[order], batch=32)
            found[name] = network.probabilities(_encoded(words, test)[0])[:, 1]
        for name in MODELS:
            for (text, label), probability in zip(test, found[name], strict=True):
                yield {
                    "contrast": contrast.name,
                    "language": contrast.language,
                    "text": text,
                    "label": contrast.labels[label],
                    "model": name,
                    "probability": float(probability),
                    "right": int((probability > 0.5) == bool(label)),
                }


def split(contrast: Contrast) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Sentences and labels to train on, and those to test on: made of other pairs of fillers."""
    train, test = [], []
    pairs = list(contrast.texts())
    shown = {_bag(text) for text in SHOWN}
    for text, label, held_out in pairs:
        (test if held_out or _bag(text) in shown else train).append((text, label))
    return train, test


def _bag(text: str) -> tuple[str, ...]:
    return tuple(sorted(text.split()))


def _words() -> list[str]:
    texts = (text for contrast in CONTRASTS for text, *_ in contrast.texts())
    return sorted({word for text in texts for word in text.split()})


def _encoded(words: dict[str, int], rows: Sequence[tuple[str, int]]) -> tuple:
    """Ids int32 [rows, LENGTH], padded in front with 0, and labels int32 [rows]."""
    ids = np.zeros((len(rows), LENGTH), "int32")
    for row, (text, _) in enumerate(rows):
        tokens = [words[word] for word in text.split()]
        ids[row, LENGTH - len(tokens) :] = tokens
    return ids, np.array([label for _, label in rows], "int32")


def _linear(train: Sequence[tuple[str, int]], test: Sequence[tuple[str, int]]) -> np.ndarray:
    """Logistic regression on counts of words, by scikit-learn: probabilities of label 1."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    bag = CountVectorizer(tokenizer=str.split, token_pattern=None, lowercase=False)
    model = make_pipeline(bag, LogisticRegression())
    texts, labels = zip(*train, strict=True)
    return model.fit(texts, labels).predict_proba([text for text, _ in test])[:, 1]


def draw(rows: Sequence[Row]) -> Any:
    """Accuracy of each model on each contrast; beside it the named sentences."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    bars, sentences = figure.subplots(1, 2, width_ratios=(5, 4))
    names = list(dict.fromkeys((row["contrast"], row["language"]) for row in rows))
    for number, model in enumerate(MODELS):
        heights = [_accuracy(rows, contrast, model) for contrast, _ in names]
        places = np.arange(len(names)) + 0.27 * (number - 1)
        drawn = bars.bar(places, heights, 0.25, label=model)
        bars.bar_label(drawn, fmt="%.2f", fontsize=8)
    bars.axhline(0.5, color="gray", linestyle=":")
    bars.set_xticks(range(len(names)), ["\n".join(name) for name in names])
    bars.set(ylabel="accuracy", ylim=(0, 1.3))
    bars.legend(loc="upper left", fontsize=8)
    given = {(row["text"], row["model"]): row["probability"] for row in rows}
    shown = np.array([[given[text, model] for model in MODELS] for text in SHOWN])
    sentences.imshow(shown, cmap="RdYlGn", vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(shown):
        sentences.text(column, row, f"{value:.2f}", ha="center", va="center")
    labels = {row["text"]: row["label"] for row in rows}
    sentences.set_yticks(range(len(SHOWN)), [f"{text}\n({labels[text]})" for text in SHOWN])
    sentences.set_xticks(range(3), [model.replace(", ", ",\n") for model in MODELS], fontsize=8)
    sentences.set_title("probability of question, or of positive", fontsize=10)
    return figure


def _accuracy(rows: Sequence[Row], contrast: str, model: str) -> float:
    right = [r["right"] for r in rows if (r["contrast"], r["model"]) == (contrast, model)]
    return sum(right) / len(right)


def summarize(rows: Sequence[Row]) -> str:
    """Accuracy of each model on each contrast."""
    names = list(dict.fromkeys((row["contrast"], row["language"]) for row in rows))
    lines = (
        [f"{name} ({language})", *(_accuracy(rows, name, model) for model in MODELS)]
        for name, language in names
    )
    return table(["accuracy", *MODELS], lines)


EXPERIMENT = LabExperiment(
    name="word-order",
    title="sentences of the same words in another order: a bag of words against a recurrence",
    options=WordOrderOptions,
    measure=measure,
    draw=draw,
    summarize=summarize,
)
