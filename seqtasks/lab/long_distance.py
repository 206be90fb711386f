"""Long distance: who still knows, after so many steps, what decides the answer."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqtasks.lab.experiment import LabExperiment, LabOptions, Row
from seqtasks.lab.problems.memory_problems import CLASSES, PROBLEMS, VOCABULARY, Problem
from seqtasks.pipelines.bounds import Count, Positive
from seqtasks.wording import table

BATCH = 64


@dataclass(frozen=True)
class LongDistanceOptions(LabOptions):
    """Networks and their training."""

    networks: tuple[str, ...] = ("rnn", "lstm", "gru", "attention")
    """Cells by name, as `--cell` of tasks takes them, and `attention`: two layers of it."""
    longest: Count = 24
    """The largest distance, in steps; training has distances up to it."""
    steps: Count = 400
    """Updates of each network for each problem, of 64 examples each."""
    units: Count = 32
    """Size of embeddings and states; a multiple of 4 where there is attention."""
    learning_rate: Positive = 0.005
    """Learning rate of Adam, with gradients clipped to norm 1."""
    examples: Count = 300
    """Test examples at each distance."""


def measure(options: LongDistanceOptions) -> Iterator[Row]:
    """Rows: problem, language, network, distance, accuracy, and the accuracy of `chance`.

    All networks see the same examples of a problem, in the same order.
    """
    from seqtasks.lab.networks.classifiers import Classifier, attention, recurrent

    networks = {
        name: Classifier(
            attention if name == "attention" else recurrent(name),
            VOCABULARY,
            CLASSES,
            options.longest + 1,
            options.units,
            options.learning_rate,
        )
        for name in options.networks
    }
    for problem in PROBLEMS:
        rng = random.Random(options.seed)
        rows = problem.draw(rng, options.steps * BATCH, options.longest)
        distances, ids, classes = _tests(problem, rng, options)
        for name, network in networks.items():
            network.begin(options.seed)
            network.train(*rows, batch=BATCH)
            right = network.right(ids, classes)
            for distance in dict.fromkeys(distances.tolist()):
                yield {
                    "problem": problem.name,
                    "language": problem.language,
                    "network": name,
                    "distance": distance,
                    "accuracy": float(right[distances == distance].mean()),
                    "chance": 1 / problem.classes,
                }


def _tests(problem: Problem, rng: random.Random, options: LongDistanceOptions) -> tuple:
    """Distances int [rows], ids int32 [rows, longest + 1], classes int32 [rows]."""
    fillers = problem.fillers(options.longest)
    drawn = [problem.draw(rng, options.examples, options.longest, number) for number in fillers]
    distances = np.repeat([problem.distance(number) for number in fillers], options.examples)
    return distances, *map(np.concatenate, zip(*drawn, strict=True))


def draw(rows: Sequence[Row]) -> Any:
    """A panel for each problem: accuracy against distance, a line for each network."""
    from matplotlib.figure import Figure

    problems = list(dict.fromkeys((row["problem"], row["language"]) for row in rows))
    figure = Figure(figsize=(9.5, 5.5), layout="constrained")
    panels = figure.subplots(2, 4, sharey=True).flat
    for axes, key in zip(panels, problems, strict=False):
        of_problem = [row for row in rows if (row["problem"], row["language"]) == key]
        for name in dict.fromkeys(row["network"] for row in of_problem):
            points = [(r["distance"], r["accuracy"]) for r in of_problem if r["network"] == name]
            axes.plot(*zip(*points, strict=True), marker=".", label=name)
        axes.axhline(of_problem[0]["chance"], color="gray", linestyle=":", label="chance")
        axes.set_title("\n".join(filter(None, key)), fontsize=9)
        axes.set(ylim=(0, 1.03), xlabel="distance")
    for axes in list(figure.axes)[len(problems) :]:
        axes.set_axis_off()
        axes.legend(*figure.axes[0].get_legend_handles_labels(), loc="center")
    figure.supylabel("accuracy")
    return figure


def summarize(rows: Sequence[Row]) -> str:
    """Accuracy over the shorter and over the longer half of the distances."""
    networks = list(dict.fromkeys(row["network"] for row in rows))
    lines = []
    for key in dict.fromkeys((row["problem"], row["language"]) for row in rows):
        of_problem = [row for row in rows if (row["problem"], row["language"]) == key]
        far = max(row["distance"] for row in of_problem)
        for half, low, high in (("near", 0, far / 2), ("far", far / 2, far)):
            cells: list[Any] = [" ".join(filter(None, key)), half]
            for name in networks:
                found = [
                    row["accuracy"]
                    for row in of_problem
                    if row["network"] == name and low < row["distance"] <= high
                ]
                cells.append(sum(found) / len(found))
            lines.append(cells)
    return table(["accuracy", "distances", *networks], lines)


EXPERIMENT = LabExperiment(
    name="long-distance",
    title="accuracy against distance: adding, copying, brackets, agreement in two languages",
    options=LongDistanceOptions,
    measure=measure,
    draw=draw,
    summarize=summarize,
)
