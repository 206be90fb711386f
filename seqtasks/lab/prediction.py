"""Four kinds of prediction of one text: independent, n-gram, autoregressive, bidirectional."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from seqtasks.lab.experiment import LabExperiment, LabOptions, Row
from seqtasks.lab.problems.fitting_text import LANGUAGES, Language
from seqtasks.pipelines.bounds import Count
from seqtasks.wording import table

PERPLEXITY, SUM, CHOICE = "perplexity", "sum over all texts", "pair"
MASKED = "masked BiLSTM"
WORDS = 2  # of the texts that are summed over


@dataclass(frozen=True)
class PredictionOptions(LabOptions):
    """The text and the networks."""

    sentences: Count = 3000
    """Sentences to learn from, in each language."""
    test_sentences: Count = 300
    """Sentences to measure perplexity on, in each language."""
    order: Count = 5
    """Longest n-grams of the n-gram model."""
    units: Count = 64
    """Units of each direction of the LSTMs, and size of the embeddings."""
    steps: Count = 600
    """Updates of each LSTM, of 32 sentences each."""


def measure(options: PredictionOptions) -> Iterator[Row]:
    """Rows of three parts, for each language and model.

    "perplexity": `value` is the perplexity of the test sentences' words, of the masked model the
    pseudo-perplexity. "sum over all texts": `value` is the sum of the products of the words'
    probabilities, over all texts of two words. "pair": `text` and `other` are the right and the
    wrong sentence, `value` and `other_value` the sums of their words' log-probabilities.
    """
    from seqtasks.lab.networks.text_models import perplexity, sum_over_sentences

    for language in LANGUAGES:
        rng = random.Random(options.seed)
        train = language.text(rng, options.sentences)
        test = language.text(rng, options.test_sentences)
        words = sorted({word for sentence in train for word in sentence})
        ids = {word: number for number, word in enumerate(words, start=2)}

        def encoded(sentences: Sequence[list[str]], ids: dict = ids) -> list[list[int]]:
            return [[ids[word] for word in sentence] for sentence in sentences]

        size = len(ids) + 2
        for name, model in _models(encoded(train), size, options):
            value = perplexity(model.log_probabilities(encoded(test)))
            yield _row(PERPLEXITY, name, language.name, value)
            yield _row(SUM, name, language.name, sum_over_sentences(model, size, WORDS))
            yield from _choices(name, model, language, encoded)


def _models(
    train: list[list[int]], vocabulary: int, options: PredictionOptions
) -> Iterator[tuple[str, Any]]:
    import keras

    from seqtasks.lab.networks.text_models import NeuralModel, NgramModel

    yield "unigram", NgramModel(train, vocabulary, 1)
    yield f"{options.order}-gram", NgramModel(train, vocabulary, options.order)
    for name, masked in (("autoregressive LSTM", False), (MASKED, True)):
        keras.utils.set_random_seed(options.seed)
        model = NeuralModel(masked, vocabulary, options.units)
        model.fit(train, options.steps, options.seed)
        yield name, model


def _choices(name: str, model: Any, language: Language, encoded: Any) -> Iterator[Row]:
    pairs = language.pairs()
    rights, wrongs = (
        [float(row.sum()) for row in model.log_probabilities(encoded(sentences))]
        for sentences in zip(*pairs, strict=True)
    )
    for (right, wrong), value, other in zip(pairs, rights, wrongs, strict=True):
        yield _row(CHOICE, name, language.name, value, " ".join(right), " ".join(wrong), other)


def _row(part: str, model: str, language: str, value: float, *pair: Any) -> Row:
    text, other, other_value = pair or (None, None, None)
    return {
        "part": part,
        "model": model,
        "language": language,
        "value": value,
        "text": text,
        "other": other,
        "other_value": other_value,
    }


def _values(rows: Sequence[Row], part: str, model: str, language: str) -> list[Row]:
    key = part, model, language
    return [row for row in rows if (row["part"], row["model"], row["language"]) == key]


def _chosen(rows: Sequence[Row], model: str, language: str) -> float:
    """Fraction of the pairs whose right sentence has the higher score; equal ones count a half."""
    pairs = _values(rows, CHOICE, model, language)
    ranks = [
        (p["value"] > p["other_value"]) + 0.5 * (p["value"] == p["other_value"]) for p in pairs
    ]
    return sum(ranks) / len(ranks)


def _names(rows: Sequence[Row]) -> tuple[list[str], list[str]]:
    models = list(dict.fromkeys(row["model"] for row in rows))
    return models, list(dict.fromkeys(row["language"] for row in rows))


def draw(rows: Sequence[Row]) -> Any:
    """Perplexities, sums over all texts and right choices, as bars."""
    from matplotlib.figure import Figure

    models, languages = _names(rows)
    names = [name.replace(" ", "\n") for name in models]
    figure = Figure(figsize=(11, 4), layout="constrained")
    panels = figure.subplots(1, 3)
    titles = (
        "perplexity (masked: pseudo-perplexity)",
        f"sum over all texts of {WORDS} words",
        "right of two sentences",
    )
    for axes, title, part in zip(panels, titles, (PERPLEXITY, SUM, CHOICE), strict=True):
        for number, language in enumerate(languages):
            heights = [
                _chosen(rows, model, language)
                if part == CHOICE
                else _values(rows, part, model, language)[0]["value"]
                for model in models
            ]
            places = [place + 0.4 * number - 0.2 for place in range(len(models))]
            bars = axes.bar(places, heights, 0.38, label=language)
            axes.bar_label(bars, fmt="%.3g", fontsize=8)
        axes.set_title(title, fontsize=10)
        axes.set_xticks(range(len(models)), names, fontsize=8)
        axes.margins(y=0.1)
    panels[1].axhline(1, color="gray", linestyle=":")
    panels[2].axhline(0.5, color="gray", linestyle=":")
    panels[0].legend()
    return figure


def summarize(rows: Sequence[Row]) -> str:
    """A line for each language and model, and why one of the perplexities is none."""
    models, languages = _names(rows)
    lines = [
        [
            f"{language}, {model}",
            *(_values(rows, part, model, language)[0]["value"] for part in (PERPLEXITY, SUM)),
            _chosen(rows, model, language),
        ]
        for language in languages
        for model in models
    ]
    header = ["", "perplexity", f"sum over all texts of {WORDS} words", "right of two sentences"]
    return (
        f"{table(header, lines)}\n\nof {MASKED}: the pseudo-perplexity. The product of "
        "p(word | all the others) is no probability of\na text: each factor has seen what "
        "the others predict, and over all texts they do\nnot sum to 1."
    )


EXPERIMENT = LabExperiment(
    name="prediction",
    title="one text, four kinds of model: unigram, n-gram, autoregressive, masked BiLSTM",
    options=PredictionOptions,
    measure=measure,
    draw=draw,
    summarize=summarize,
)
