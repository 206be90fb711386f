"""The frame of every experiment: options, rows of a CSV file, a figure drawn from them.

A figure is drawn from the rows as they are read back from the file, never from what is in memory,
so the file holds all that the figure shows.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqtasks.errors import InputError
from seqtasks.pipelines.bounds import Seed
from seqtasks.pipelines.options import Group

Row = dict[str, Any]  # a column's name -> a number, a text, or None where nothing was measured


@dataclass(frozen=True)
class LabOptions(Group):
    """Options of every experiment."""

    seed: Seed = 0
    """Random seed of data and initial weights."""


@dataclass(frozen=True)
class LabExperiment:
    """One experiment.

    Attributes:
        name: on the command line, and of the files.
        title: what it shows, in one line.
        options: class of its options, with defaults.
        measure: options -> rows, one after the other as they are measured; all have the same keys.
        draw: rows -> a `matplotlib.figure.Figure`.
        summarize: rows -> lines of text: the numbers one should look at.
    """

    name: str
    title: str
    options: type[LabOptions]
    measure: Callable[[Any], Iterator[Row]]
    draw: Callable[[Sequence[Row]], Any]
    summarize: Callable[[Sequence[Row]], str]


def run_experiment(experiment: LabExperiment, options: LabOptions, out: Path) -> list[Row]:
    """Measures, writes `NAME.csv` and draws `NAME.png` from it.

    Rows are written as they come, to `NAME.partial.csv`, which takes the place of an older
    `NAME.csv` when the last is there; what an interrupted experiment has measured stays there.

    Args:
        experiment: what to run.
        options: an instance of `experiment.options`.
        out: the folder of both files; made where there is none.

    Returns:
        The rows, as read from the file.

    Raises:
        InputError: the experiment cannot work with these options.
    """
    out.mkdir(parents=True, exist_ok=True)
    partial = out / f"{experiment.name}.partial.csv"
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer: csv.DictWriter | None = None
        for row in experiment.measure(options):
            if writer is None:
                writer = csv.DictWriter(file, list(row), lineterminator="\n")
                writer.writeheader()
            writer.writerow({name: _as_text(value) for name, value in row.items()})
            file.flush()
    os.replace(partial, out / f"{experiment.name}.csv")
    return redraw(experiment, out)


def redraw(experiment: LabExperiment, out: Path) -> list[Row]:
    """Draws `NAME.png` anew from the `NAME.csv` of a folder, measuring nothing.

    Args:
        experiment: whose figure to draw.
        out: the folder of both files.

    Returns:
        The rows of the file.

    Raises:
        InputError: there is no such file, or one without rows.
    """
    path = out / f"{experiment.name}.csv"
    if not path.is_file():
        raise InputError(
            f"{path}: expected the rows of an earlier run of `seqtasks lab {experiment.name}`, "
            "found no such file. Run it without --redraw first, or give the folder with --out."
        )
    rows = read_rows(path)
    from seqtasks.plots import write_figure

    write_figure(experiment.draw(rows), out / f"{experiment.name}.png", dpi=100)
    return rows


def read_rows(path: Path) -> list[Row]:
    """The rows of a CSV file: numbers as numbers, empty cells as None.

    Raises:
        InputError: no rows, or a row with more or fewer cells than the header.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        rows = []
        for cells in reader:
            if len(cells) != len(header):
                raise InputError(
                    f"{path}, line {reader.line_num}: expected {len(header)} cells, as in the "
                    f"header, found {len(cells)}. Run the experiment again."
                )
            rows.append({n: _as_value(c) for n, c in zip(header, cells, strict=True)})
    if not rows:
        raise InputError(f"{path}: expected rows under a header, found none. Run it again.")
    return rows


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _as_value(cell: str) -> Any:
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            pass
    return cell or None
