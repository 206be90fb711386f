"""The adding problem at length 200: two numbers to be remembered over up to 200 steps."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqtasks.lab.experiment import LabExperiment, LabOptions, Row
from seqtasks.lab.problems.sequence_problems import adding
from seqtasks.pipelines.bounds import Count, Positive
from seqtasks.wording import table

SOLVED = 0.01  # mean squared error
BLIND = 1 / 6  # that of who always answers 1
TITLES = {"rnn": "tanh RNN", "lstm": "LSTM", "gru": "GRU"}


@dataclass(frozen=True)
class AddingOptions(LabOptions):
    """Sizes of the networks and of their training."""

    cells: tuple[str, ...] = ("gru", "lstm", "rnn")
    """Cells by name, as `--cell` of tasks takes them."""
    length: Count = 200
    """Steps of each sequence."""
    units: Count = 64
    """Units of each cell."""
    max_steps: Count = 4000
    """Updates after which a network that has not solved the problem is given up."""
    batch_size: Count = 50
    """Sequences in a batch, drawn anew for each."""
    learning_rate: Positive = 0.003
    """Learning rate of Adam, with gradients clipped to norm 1."""


def measure(options: AddingOptions) -> Iterator[Row]:
    """Rows: cell, step, mean squared error on 1,000 sequences never trained on, seconds.

    A network is trained until its error is below half of `SOLVED`.
    """
    import keras

    from seqtasks.lab.networks.training import train
    from seqtasks.layers import RNN, make_cell

    held_out = adding(np.random.default_rng(options.seed + 1), 1000, max(options.length, 2))
    for cell in options.cells:
        keras.utils.set_random_seed(options.seed)
        rng = np.random.default_rng(options.seed)
        sequences = keras.Input((options.length, 2))
        state = RNN(make_cell(cell, options.units))(sequences)
        model = keras.Model(sequences, keras.layers.Dense(1)(state))
        optimizer = keras.optimizers.Adam(options.learning_rate, clipnorm=1.0)
        model.compile(optimizer, "mse", jit_compile=False)
        begun, done, error = time.perf_counter(), 0, BLIND
        while done < options.max_steps and error >= SOLVED / 2:
            steps = min(250, options.max_steps - done)
            train(
                model,
                lambda n, rng=rng: adding(rng, n, options.length),
                steps,
                options.batch_size,
                total=options.max_steps,
            )
            done += steps
            answers = model.predict(held_out[0], batch_size=250, verbose=0)
            error = float(np.mean((answers - held_out[1]) ** 2))
            seconds = time.perf_counter() - begun
            yield {"cell": cell, "step": done, "mse": error, "seconds": round(seconds, 1)}


def draw(rows: Sequence[Row]) -> Any:
    """Error against updates, a line for each cell."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for cell in dict.fromkeys(row["cell"] for row in rows):
        points = [(row["step"], row["mse"]) for row in rows if row["cell"] == cell]
        axes.semilogy(*zip(*points, strict=True), marker=".", label=TITLES.get(cell, cell))
    axes.axhline(BLIND, color="gray", linestyle=":", label="always 1")
    axes.axhline(SOLVED, color="gray", linestyle="--", label="solved")
    axes.set(xlabel="updates", ylabel="mean squared error")
    axes.legend()
    return figure


def summarize(rows: Sequence[Row]) -> str:
    """The last error of each cell, and when it was reached."""
    last = {row["cell"]: row for row in rows}
    return table(
        ["cell", "mean squared error", "solved", "updates", "seconds"],
        (
            [cell, row["mse"], "yes" if row["mse"] < SOLVED else "no", row["step"], row["seconds"]]
            for cell, row in last.items()
        ),
    )


EXPERIMENT = LabExperiment(
    name="adding",
    title="the adding problem, 200 steps long: who remembers (up to 15 minutes)",
    options=AddingOptions,
    measure=measure,
    draw=draw,
    summarize=summarize,
)
