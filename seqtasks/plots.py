"""Pictures of a run, as PNG files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def learning_curves(path: Path, history: Sequence[Mapping[str, float]], best: int) -> None:
    """One panel for each validated metric, training and validation by epoch.

    Args:
        path: the PNG to write.
        history: one row an epoch; `val_NAME` is drawn over `NAME`, where there is such a metric.
        best: the epoch whose weights were kept, counted from 1; marked in every panel.
    """
    names = [name.removeprefix("val_") for name in history[0] if name.startswith("val_")]
    figure = Figure(figsize=(4.5 * len(names), 3.5), layout="constrained")
    epochs = range(1, len(history) + 1)
    for name, axes in zip(names, figure.subplots(1, len(names), squeeze=False)[0], strict=True):
        if name in history[0]:
            axes.plot(epochs, [row[name] for row in history], marker=".", label="training")
        axes.plot(epochs, [row[f"val_{name}"] for row in history], marker=".", label="validation")
        axes.axvline(best, color="gray", linestyle=":", label=f"kept: epoch {best}")
        axes.set(title=name, xlabel="epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend()
    write_figure(figure, path)


def confusion_matrix(path: Path, counts: Sequence[Sequence[int]], labels: Sequence[str]) -> None:
    """A heat map with the counts: rows are true labels, columns predicted ones.

    Args:
        path: the PNG to write.
        counts: `[labels, labels]`.
        labels: their names, in order.
    """
    matrix = np.asarray(counts)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    size = 2.5 + 0.5 * min(len(labels), 40)
    figure = Figure(figsize=(size + 1, size), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right")
    axes.set_yticks(range(len(labels)), labels)
    axes.set(xlabel="predicted", ylabel="true")
    if len(labels) <= 20:
        for (row, column), count in np.ndenumerate(matrix):
            color = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{count:,}", ha="center", va="center", color=color)
    figure.colorbar(image, label="fraction of the true label")
    write_figure(figure, path)


def attention_map(
    path: Path, weights: np.ndarray, source: Sequence[str], target: Sequence[str]
) -> None:
    """A heat map of where each target token looked.

    Args:
        path: the PNG to write.
        weights: `[target, source]`, each row a distribution.
        source: its tokens.
        target: its tokens.
    """
    size = (2 + 0.35 * len(source), 1.6 + 0.3 * len(target))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    axes.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(source)), source, rotation=60, ha="left", rotation_mode="anchor")
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(target)), target)
    write_figure(figure, path)


def write_figure(figure: Figure, path: Path, dpi: int = 150) -> None:
    """Draw a figure into a file.

    Args:
        figure: what to draw.
        path: of the file, whose ending is its format.
        dpi: dots an inch.
    """
    FigureCanvasAgg(figure)  # draws without a screen, whatever backend the user has chosen
    figure.savefig(path, dpi=dpi)
