"""Gates: what the cells of an LSTM or GRU write, keep and forget over a text."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqtasks.errors import InputError
from seqtasks.lab.experiment import LabExperiment, LabOptions, Row
from seqtasks.pipelines.bounds import Count
from seqtasks.wording import table

SHOWN = 8  # cells in the figure
LETTERS = "abcdefgh"
PAIRS = ("()", "[]", "{}")
SAMPLE = "ab(cda[efb]ghd{abc(cad)efh}gh)abe[cdg]efa(ghb(ab[cde]ef)gh)ab"


@dataclass(frozen=True)
class GatesOptions(LabOptions):
    """What to look into."""

    run: str | None = None
    """Folder of a run whose gates to show (default: a small LSTM trained here on brackets)."""
    text: str | None = None
    """Text that it reads (default: one with brackets inside of brackets)."""
    layer: Count = 1
    """Which of the run's LSTM and GRU layers, counted from 1 in the order in which they run."""
    steps: Count = 600
    """Updates of the small LSTM, without --run."""
    units: Count = 24
    """Units of the small LSTM, without --run."""


def measure(options: GatesOptions) -> Iterator[Row]:
    """A row for each token and cell: gates, memory and output; `depth` counts open brackets.

    `input` is how much is written, `forget` how much is kept, as the equations name them: of a GRU
    1 - z and z. `output` is the LSTM's output gate, `reset` the GRU's r; the other has none.

    Raises:
        InputError: --run without --text, a run that cannot be read so, or no such layer.
    """
    from seqtasks.lab.networks.gate_values import gate_values, gates_of_run

    if options.run is not None:
        if options.text is None:
            raise InputError("expected --text with --run: the text whose gates to show.")
        tokens, values = gates_of_run(options.run, options.text, options.layer)
    else:
        text = SAMPLE if options.text is None else options.text
        vocabulary = {c: n for n, c in enumerate(LETTERS + "".join(PAIRS), start=1)}
        if not text or set(text) - vocabulary.keys():
            raise InputError(
                f"--text: expected characters out of {''.join(vocabulary)!r}, which the small LSTM "
                f"knows; found {text!r}. Give another text, or a run of your own with --run."
            )
        tokens = list(text)
        cell, vectors = _trained(vocabulary, options)
        values = gate_values(cell, vectors([vocabulary[c] for c in tokens]))
    depths = np.cumsum([(t in "([{") - (t in ")]}") if len(t) == 1 else 0 for t in tokens])
    for place, token in enumerate(tokens):
        for cell_number in range(values["memory"].shape[1]):
            numbers = {
                name: None if found is None else float(found[place, cell_number])
                for name, found in values.items()
            }
            yield {
                "place": place,
                "token": f"'{token}'",
                "cell": cell_number,
                **numbers,
                "depth": int(depths[place]),
            }


def _text(rng: random.Random, length: int) -> str:
    """Random letters and balanced brackets, up to three deep."""
    text, open_ones = "", []
    while len(text) < length:
        draw = rng.random()
        if draw < 0.12 and len(open_ones) < 3:
            kind = rng.choice(PAIRS)
            open_ones.append(kind[1])
            text += kind[0]
        elif draw < 0.27 and open_ones:
            text += open_ones.pop()
        else:
            text += rng.choice(LETTERS)
    return text[:length]


def _trained(vocabulary: dict[str, int], options: GatesOptions) -> tuple:
    """The cell of a character model of `_text`, and ids -> embedded characters [time, size]."""
    import keras

    from seqtasks.lab.networks.training import train
    from seqtasks.layers import LSTM

    keras.utils.set_random_seed(options.seed)
    rng, size = random.Random(options.seed), len(vocabulary) + 1
    ids = keras.Input((None,), dtype="int32")
    embedding = keras.layers.Embedding(size, 16)
    recurrence = LSTM(options.units, return_sequences=True)
    logits = keras.layers.Dense(size)(recurrence(embedding(ids)))
    model = keras.Model(ids, logits)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01, clipnorm=1.0), loss, jit_compile=False)

    def draw(rows: int) -> tuple[np.ndarray, np.ndarray]:
        texts = [[vocabulary[c] for c in _text(rng, 49)] for _ in range(rows)]
        encoded = np.array(texts, "int32")
        return encoded[:, :-1], encoded[:, 1:]

    train(model, draw, options.steps)
    return recurrence.cell, lambda numbers: np.array(embedding(np.array(numbers)))


def shown_cells(rows: Sequence[Row]) -> list[int]:
    """The cells whose memory follows the depth of brackets best; of a text without, changes most.

    Returns:
        At most `SHOWN` numbers of cells, the best first.
    """
    memory, depth = np.tanh(_matrix(rows, "memory")), _matrix(rows, "depth")[:, 0]
    spread = memory.std(axis=0)
    if depth.std() and depth.min() >= 0:
        centred = (memory - memory.mean(axis=0)) / np.maximum(spread, 1e-9)
        spread = np.abs((centred * (depth - depth.mean())[:, None]).mean(axis=0))
    return np.argsort(-spread, kind="stable")[:SHOWN].tolist()


def _matrix(rows: Sequence[Row], name: str) -> np.ndarray:
    """A column as [tokens, cells]."""
    places = rows[-1]["place"] + 1
    return np.array([row[name] for row in rows], "float64").reshape(places, -1)


def _tokens(rows: Sequence[Row]) -> list[str]:
    return [row["token"][1:-1] for row in rows if row["cell"] == 0]


def draw(rows: Sequence[Row]) -> Any:
    """Memory, input and forget gate of some cells over the tokens."""
    from matplotlib.figure import Figure

    tokens, cells = _tokens(rows), shown_cells(rows)
    figure = Figure(figsize=(3 + 0.16 * len(tokens), 6), layout="constrained")
    panels = figure.subplots(3, 1, sharex=True)
    memory = np.tanh(_matrix(rows, "memory"))[:, cells].T
    titles = ("memory (tanh)", "input gate: 1 writes", "forget gate: 1 keeps")
    values = [memory, *(_matrix(rows, name)[:, cells].T for name in ("input", "forget"))]
    for axes, title, found in zip(panels, titles, values, strict=True):
        low = -1 if found is memory else 0
        colours = "RdBu_r" if found is memory else "Greys"
        image = axes.imshow(found, cmap=colours, vmin=low, vmax=1, aspect="auto")
        axes.set_yticks(range(len(cells)), [f"cell {cell}" for cell in cells], fontsize=8)
        axes.set_title(title, fontsize=10)
        figure.colorbar(image, ax=axes)
    rotation = 0 if max(map(len, tokens)) == 1 else 90
    panels[-1].set_xticks(range(len(tokens)), tokens, rotation=rotation, fontsize=8)
    panels[-1].tick_params(labelbottom=True)
    return figure


def summarize(rows: Sequence[Row]) -> str:
    """For each shown cell the mean gates, and how its memory goes with the depth of brackets."""
    memory, depth = np.tanh(_matrix(rows, "memory")), _matrix(rows, "depth")[:, 0]
    lines = []
    for cell in shown_cells(rows):
        both = depth.std() and memory[:, cell].std()
        with_depth = float(np.corrcoef(memory[:, cell], depth)[0, 1]) if both else None
        means = (float(_matrix(rows, name)[:, cell].mean()) for name in ("input", "forget"))
        lines.append([f"cell {cell}", *means, with_depth])
    header = ["", "mean input gate", "mean forget gate", "correlation of memory and depth"]
    return table(header, lines)


EXPERIMENT = LabExperiment(
    name="gates",
    title="what gates do over a text, cell by cell, of a small LSTM or of a run of your own",
    options=GatesOptions,
    measure=measure,
    draw=draw,
    summarize=summarize,
)
