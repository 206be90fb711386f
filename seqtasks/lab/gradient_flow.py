"""Gradient flow: how much of the gradient reaches a state that lies many steps back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqtasks.lab.experiment import LabExperiment, LabOptions, Row
from seqtasks.lab.problems.sequence_problems import adding
from seqtasks.pipelines.bounds import Count, Positive
from seqtasks.wording import table

SMALL = 0.01  # scale of the small inputs
START, START_SMALL = "at the start", f"at the start, inputs × {SMALL}"
CLIPPED, UNCLIPPED = "trained, clipped", "trained, not clipped"
PHASES = (START_SMALL, START, CLIPPED, UNCLIPPED)


def _variants() -> dict[str, Callable[[int], Any]]:
    """A cell's maker by the name that the figure has."""
    import keras

    from seqtasks import layers

    large = keras.initializers.Identity(gain=1.1)  # explodes: each active unit gains 10 % a step
    return {
        "tanh RNN": lambda n: layers.SimpleRNNCell(n, recurrent_initializer="glorot_uniform"),
        "tanh RNN, orthogonal": lambda n: layers.SimpleRNNCell(n),
        "ReLU RNN, identity × 1.1": lambda n: layers.SimpleRNNCell(
            n, activation="relu", recurrent_initializer=large
        ),
        "LSTM, forget bias 0": lambda n: layers.LSTMCell(n, unit_forget_bias=False),
        "LSTM, forget bias 1": lambda n: layers.LSTMCell(n),
        "GRU": lambda n: layers.GRUCell(n),
        "MinGRU": lambda n: layers.MinGRUCell(n),
        "MinLSTM": lambda n: layers.MinLSTMCell(n),
        "LRU": lambda n: layers.LRUCell(n),
    }


@dataclass(frozen=True)
class GradientFlowOptions(LabOptions):
    """Sizes of the networks and of their training."""

    units: Count = 32
    """Units of each cell."""
    length: Count = 121
    """Steps of the sequences on which gradients are measured; distances go up to it."""
    sequences: Count = 64
    """Sequences over which gradients are averaged."""
    train_length: Count = 40
    """Steps of the adding problem that the networks are trained on."""
    train_steps: Count = 800
    """Updates of each training, of 32 sequences each."""
    learning_rate: Positive = 0.01
    """Learning rate of Adam."""
    clip_norm: Positive = 1.0
    """Norm to which gradients are clipped, in the trainings that clip."""
    cells: tuple[str, ...] | None = None
    """Cells to measure, by their names in the figure (default: all)."""


def measure(options: GradientFlowOptions) -> Iterator[Row]:
    """Gradients of every cell in every phase, a row for each distance k.

    `gradient` is the mean over sequences of ‖dL/dh_{T-k}‖, `kept` the fraction of it that is left
    of that at distance 1, `memory_gradient` ‖dL/dc_{T-k}‖ of an LSTM.
    """
    from seqtasks.lab.catalogue import chosen

    makers = chosen(_variants(), options.cells, "--cells")
    rng = np.random.default_rng(options.seed)
    inputs, targets = adding(rng, options.sequences, options.length)
    for name, make in makers.items():
        for clip in (True, False):
            model, gradients = _network(make, options, clip)
            if clip:
                yield from _rows(name, START_SMALL, gradients(SMALL * inputs, targets))
                yield from _rows(name, START, gradients(inputs, targets))
            _train(model, options)
            yield from _rows(name, CLIPPED if clip else UNCLIPPED, gradients(inputs, targets))


def _network(make: Callable[[int], Any], options: GradientFlowOptions, clip: bool) -> tuple:
    import keras

    from seqtasks.lab.networks.state_gradients import StateGradients
    from seqtasks.layers import RNN

    keras.utils.set_random_seed(options.seed)
    sequences = keras.Input((None, 2))
    cell, readout = make(options.units), keras.layers.Dense(1)
    model = keras.Model(sequences, readout(RNN(cell)(sequences)))
    optimizer = keras.optimizers.Adam(
        options.learning_rate, clipnorm=options.clip_norm if clip else None
    )
    model.compile(optimizer, "mse", jit_compile=False)
    return model, StateGradients(cell, readout)


def _train(model: Any, options: GradientFlowOptions) -> None:
    from seqtasks.lab.networks.training import train

    rng = np.random.default_rng(options.seed)
    train(model, lambda n: adding(rng, n, options.train_length), options.train_steps)


def _rows(name: str, phase: str, gradients: list[np.ndarray]) -> Iterator[Row]:
    """A row for each distance; the states of an LSTM apart, the two halves of LRU's together."""
    memory: list[Any] = [None] * gradients[0].shape[1]
    if name.startswith("LSTM"):
        gradients, memory = gradients[:1], list(_norms(gradients[1:]))
    norms = _norms(gradients)
    for k, norm in enumerate(norms):
        yield {
            "cell": name,
            "phase": phase,
            "distance": k + 1,
            "gradient": float(norm),
            "kept": float(norm / norms[0]) if np.isfinite(norm) and norms[0] else None,
            "memory_gradient": memory[k] if memory[k] is None else float(memory[k]),
        }


def _norms(gradients: list[np.ndarray]) -> np.ndarray:
    """Mean over the sequences of the norm over all units, float64 [time]."""
    together = np.concatenate(gradients, axis=-1).astype("float64")
    return np.linalg.norm(together, axis=-1).mean(axis=0)


def draw(rows: Sequence[Row]) -> Any:
    """A panel for each phase: the kept gradient against the distance, logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 7.5), layout="constrained")
    panels = figure.subplots(2, 2, sharey=True).flat
    for axes, phase in zip(panels, PHASES, strict=True):
        for number, name in enumerate(dict.fromkeys(row["cell"] for row in rows)):
            points = [
                (row["distance"], row["kept"])
                for row in rows
                if (row["cell"], row["phase"]) == (name, phase) and row["kept"]
            ]
            if points:
                style = "-" if number < 5 else "--"
                axes.semilogy(*zip(*points, strict=True), style, color=f"C{number}", label=name)
        axes.set(title=phase, ylim=(1e-12, 1e6), xlabel="distance k in steps")
        axes.grid(alpha=0.3)
    figure.supylabel("gradient kept: ‖dL/dh$_{T-k}$‖ / ‖dL/dh$_{T-1}$‖")
    figure.legend(*figure.axes[0].get_legend_handles_labels(), ncols=3, loc="outside lower center")
    return figure


def summarize(rows: Sequence[Row]) -> str:
    """The gradient kept at distance 100 (or the longest), a column for each phase."""
    far = min(100, max(row["distance"] for row in rows))
    kept = {(r["cell"], r["phase"]): r["kept"] for r in rows if r["distance"] == far}
    names = dict.fromkeys(cell for cell, _ in kept)
    head = [f"gradient kept at distance {far}", *PHASES]
    return table(head, ([name, *(kept.get((name, phase)) for phase in PHASES)] for name in names))


EXPERIMENT = LabExperiment(
    name="gradient-flow",
    title="gradients that vanish and explode, by cell and distance, before and after training",
    options=GradientFlowOptions,
    measure=measure,
    draw=draw,
    summarize=summarize,
)
