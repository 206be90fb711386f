"""What a longer text costs: recurrence, convolution, self-attention; beams and vocabularies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqtasks.lab.experiment import LabExperiment, LabOptions, Row
from seqtasks.pipelines.bounds import Count
from seqtasks.wording import table

WINDOW = 5  # steps that a convolution sees
RECURRENCE, CONVOLUTION, ATTENTION = "recurrence (LSTM)", "convolution", "self-attention"


@dataclass(frozen=True)
class CostOptions(LabOptions):
    """Sizes at which time and memory are measured."""

    lengths: tuple[Count, ...] = (128, 256, 512, 1024)
    """Lengths of sequences."""
    units: Count = 64
    """Features of inputs and outputs; a multiple of 4."""
    batch_size: Count = 8
    """Sequences in a batch."""
    beams: tuple[Count, ...] = (1, 2, 4, 8, 16)
    """Widths of the beam search."""
    vocabularies: tuple[Count, ...] = (1000, 4000, 16000, 64000)
    """Sizes of the vocabulary of a decoder."""
    decoded: Count = 20
    """Tokens that the decoder writes."""
    repeats: Count = 3
    """Calls of which the shortest time is taken."""


def measure(options: CostOptions) -> Iterator[Row]:
    """Rows: part, network, length, beams, vocabulary, milliseconds, megabytes.

    A call is a training step of one layer (part "length"), or decoding one sentence of a GRU of
    `units` (part "beam" with a vocabulary of 4,000, "vocabulary" with 4 beams).
    """
    import keras

    from seqtasks.lab.networks.measuring import milliseconds, peak_megabytes, step_costs
    from seqtasks.layers import LSTM

    keras.utils.set_random_seed(options.seed)
    makers: dict[str, Callable[[], Any]] = {
        RECURRENCE: lambda: LSTM(options.units, return_sequences=True),
        CONVOLUTION: lambda: keras.layers.Conv1D(options.units, WINDOW, padding="same"),
        ATTENTION: lambda: _self_attention(options.units),
    }
    for length in options.lengths:
        shape = options.batch_size, length, options.units
        for name, make in makers.items():
            costs = step_costs(make, shape, options.repeats)
            yield _row("length", name, length, None, None, *costs)
    searches = [("beam", beams, 4000) for beams in options.beams]
    searches += [("vocabulary", 4, size) for size in options.vocabularies]
    for part, beams, vocabulary in searches:
        decode = _decoder(options, beams, vocabulary)
        elapsed = milliseconds(decode, options.repeats)
        memory = peak_megabytes(decode)
        yield _row(part, "decoder (GRU)", options.decoded, beams, vocabulary, elapsed, memory)


def _row(part: str, network: str, *numbers: Any) -> Row:
    names = ("length", "beams", "vocabulary", "milliseconds", "megabytes")
    return {"part": part, "network": network, **dict(zip(names, numbers, strict=True))}


def _self_attention(units: int) -> Any:
    import keras

    from seqtasks.layers import MultiHeadAttention

    class SelfAttention(keras.layers.Layer):
        """Queries, keys and values are the steps of one sequence."""

        def __init__(self) -> None:
            super().__init__()
            self.attend = MultiHeadAttention(4, units // 4)

        def call(self, x: Any) -> Any:
            """[batch, time, units] -> the same."""
            return self.attend([x, x])

    return SelfAttention()


def _decoder(options: CostOptions, beams: int, vocabulary: int) -> Callable[[], Any]:
    """A beam search with random weights that never ends before `decoded` tokens."""
    import keras
    import tensorflow as tf

    from seqtasks.decoding import Rules, beam_search
    from seqtasks.layers import GRUCell

    cell = GRUCell(options.units)
    embed = keras.layers.Embedding(vocabulary, options.units)
    logits = keras.layers.Dense(vocabulary)
    never = tf.one_hot(Rules().end, vocabulary) * -1e9  # so that no sentence ends early

    def step(ids: Any, state: Any) -> tuple[Any, Any]:
        output, state = cell(embed(ids), state)
        return logits(output) + never, state

    state = [tf.zeros((1, options.units))]
    step(tf.zeros(1, "int32"), state)  # makes the weights

    @tf.function
    def search() -> Any:
        start = tf.ones(1, "int32")
        return beam_search(step, state, start, length=options.decoded, beams=beams).ids

    return lambda: search().numpy()


def exponent(xs: Sequence[float], ys: Sequence[float]) -> float:
    """The slope p of a line through log y against log x: y grows as x^p."""
    return float(np.polyfit(np.log(xs), np.log(ys), 1)[0])


def draw(rows: Sequence[Row]) -> Any:
    """Time and memory against length; time of a search against beams and vocabulary."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 7), layout="constrained")
    panels = figure.subplots(2, 2)
    of_length = [row for row in rows if row["part"] == "length"]
    for axes, measured in zip(panels[0], ("milliseconds", "megabytes"), strict=True):
        for name in dict.fromkeys(row["network"] for row in of_length):
            points = [
                (r["length"], r[measured])
                for r in of_length
                if r["network"] == name and r[measured]
            ]
            if points:
                axes.loglog(*zip(*points, strict=True), marker=".", base=2, label=name)
        axes.set(xlabel="length", ylabel=f"{measured}, a training step")
        axes.legend()
    for axes, part, column in zip(
        panels[1], ("beam", "vocabulary"), ("beams", "vocabulary"), strict=True
    ):
        points = [(row[column], row["milliseconds"]) for row in rows if row["part"] == part]
        axes.loglog(*zip(*points, strict=True), marker=".", base=2)
        axes.set(xlabel=column, ylabel="milliseconds, a sentence decoded")
    return figure


def summarize(rows: Sequence[Row]) -> str:
    """Time and memory at each size, and the exponents with which they grow at the longer half."""
    lines = [list(row.values()) for row in rows]
    text = table(list(rows[0]), lines)
    for name in dict.fromkeys(row["network"] for row in rows if row["part"] == "length"):
        of_name = [row for row in rows if row["network"] == name and row["part"] == "length"]
        far = of_name[len(of_name) // 2 :]
        for measured in ("milliseconds", "megabytes"):
            if len(far) > 1 and all(row[measured] for row in far):
                power = exponent([r["length"] for r in far], [r[measured] for r in far])
                text += f"\n{name}: {measured} grow as length^{power:.2f}, from "
                text += f"{far[0]['length']:,} to {far[-1]['length']:,} steps"
    return text


EXPERIMENT = LabExperiment(
    name="cost",
    title="time and memory against length, beam width and vocabulary",
    options=CostOptions,
    measure=measure,
    draw=draw,
    summarize=summarize,
)
