"""One table of every cell: parameters, time, memory, and accuracy on five small problems."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from seqtasks.lab.experiment import LabExperiment, LabOptions, Row
from seqtasks.lab.problems.memory_problems import CLASSES, PROBLEMS, VOCABULARY
from seqtasks.pipelines.bounds import Count, Positive
from seqtasks.wording import table

BATCH = 64
TIMED = (32, 64, 64)  # batch, steps, features of the training step that is timed


@dataclass(frozen=True)
class CellsOptions(LabOptions):
    """Networks and their training."""

    cells: tuple[str, ...] | None = None
    """Cells by name, as `--cell` of tasks takes them (default: all)."""
    seeds: Count = 1
    """Trainings of each cell for each problem, with seeds from --seed on."""
    longest: Count = 16
    """The largest distance of the problems, in steps."""
    steps: Count = 150
    """Updates of each training, of 64 examples each."""
    units: Count = 32
    """Size of embeddings and states."""
    learning_rate: Positive = 0.005
    """Learning rate of Adam, with gradients clipped to norm 1."""
    examples: Count = 500
    """Test examples of each problem, of all distances."""


def measure(options: CellsOptions) -> Iterator[Row]:
    """A row for each cell, problem and seed; what does not depend on these two is repeated.

    `parameters` are those of the cell with as many inputs as units; `milliseconds` and `megabytes`
    of a training step of one layer of 64 units over inputs of `TIMED`.
    """
    from seqtasks.lab.catalogue import chosen
    from seqtasks.lab.networks.classifiers import Classifier, recurrent
    from seqtasks.layers import CELLS

    problems = PROBLEMS[:5]
    drawn = {
        (problem.name, seed): _data(problem, seed, options)
        for problem in problems
        for seed in _seeds(options)
    }
    for cell in chosen(dict(CELLS), options.cells, "--cells"):
        costs = _costs(cell, options.units)
        network = Classifier(
            recurrent(cell),
            VOCABULARY,
            CLASSES,
            options.longest + 1,
            options.units,
            options.learning_rate,
        )
        for problem in problems:
            for seed in _seeds(options):
                train, test = drawn[problem.name, seed]
                network.begin(seed)
                network.train(*train, batch=BATCH)
                accuracy = network.accuracy(*test)
                yield {
                    "cell": cell,
                    **costs,
                    "problem": problem.title,
                    "seed": seed,
                    "accuracy": accuracy,
                }


def _seeds(options: CellsOptions) -> range:
    return range(options.seed, options.seed + options.seeds)


def _data(problem: Any, seed: int, options: CellsOptions) -> tuple:
    rng = random.Random(seed)
    rows = problem.draw(rng, options.steps * BATCH, options.longest)
    return rows, problem.draw(rng, options.examples, options.longest)


def _costs(cell: str, units: int) -> Row:
    from seqtasks.lab.networks.measuring import step_costs
    from seqtasks.layers import RNN, make_cell

    counted = RNN(make_cell(cell, units))
    counted.build((None, None, units))
    elapsed, held = step_costs(
        lambda: RNN(make_cell(cell, TIMED[-1]), return_sequences=True), TIMED, repeats=3
    )
    return {"parameters": counted.count_params(), "milliseconds": elapsed, "megabytes": held}


def _columns(rows: Sequence[Row]) -> tuple[list[str], list[str]]:
    cells = list(dict.fromkeys(row["cell"] for row in rows))
    return cells, list(dict.fromkeys(row["problem"] for row in rows))


def _accuracies(rows: Sequence[Row], cell: str, problem: str) -> list[float]:
    return [r["accuracy"] for r in rows if (r["cell"], r["problem"]) == (cell, problem)]


def draw(rows: Sequence[Row]) -> Any:
    """The accuracies as a heat map; beside it parameters, time and memory as bars."""
    from matplotlib.figure import Figure

    cells, problems = _columns(rows)
    first = {row["cell"]: row for row in reversed(rows)}
    figure = Figure(figsize=(11, 1.8 + 0.36 * len(cells)), layout="constrained")
    scores, *bars = figure.subplots(1, 4, width_ratios=(5, 2, 2, 2))
    means = [[statistics.mean(_accuracies(rows, c, p)) for p in problems] for c in cells]
    scores.imshow(means, cmap="YlGn", vmin=0, vmax=1, aspect="auto")
    for y, values in enumerate(means):
        for x, value in enumerate(values):
            colour = "white" if value > 0.6 else "black"
            scores.text(x, y, f"{value:.2f}", ha="center", va="center", fontsize=8, color=colour)
    scores.set_yticks(range(len(cells)), cells)
    names = [problem.replace(" ", "\n") for problem in problems]
    scores.set_xticks(range(len(problems)), names, fontsize=7)
    scores.set_title("accuracy", fontsize=10)
    titles = {"parameters": "parameters", "milliseconds": "ms a training step", "megabytes": "MB"}
    for axes, (name, title) in zip(bars, titles.items(), strict=True):
        values = [first[cell][name] or 0 for cell in cells]
        drawn = axes.barh(range(len(cells)), values, color="C0")
        axes.bar_label(drawn, fmt=lambda v: f"{v:,.0f}" if v >= 100 else f"{v:.1f}", fontsize=7)
        axes.set(yticks=[], ylim=(len(cells) - 0.5, -0.5), xlim=(0, 1.3 * max(values) or 1))
        axes.set_title(title, fontsize=10)
    return figure


def summarize(rows: Sequence[Row]) -> str:
    """Mean accuracy of each cell (± the standard deviation over seeds, if several), and costs."""
    cells, problems = _columns(rows)
    lines = []
    for cell in cells:
        first = next(row for row in rows if row["cell"] == cell)
        lines.append([cell, first["parameters"], first["milliseconds"], first["megabytes"]])
        for problem in problems:
            found = _accuracies(rows, cell, problem)
            spread = f" ± {statistics.stdev(found):.2f}" if len(found) > 1 else ""
            lines[-1].append(f"{statistics.mean(found):.2f}{spread}")
    return table(["cell", "parameters", "ms", "MB", *problems], lines)


EXPERIMENT = LabExperiment(
    name="cells",
    title="every cell in one table: parameters, time, memory, accuracy on five problems",
    options=CellsOptions,
    measure=measure,
    draw=draw,
    summarize=summarize,
)
