"""The gates of an LSTM or GRU over a sequence, computed from the weights of its cell."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqtasks.errors import InputError
from seqtasks.layers import RNN, GRUCell, LSTMCell

Values = dict[str, Any]  # arrays [time, units], or None


def gate_values(cell: Any, inputs: np.ndarray) -> Values:
    """The gates and states of one sequence, from zero states, by the equations of the cell.

    Args:
        cell: a built `LSTMCell`, or `GRUCell` with `reset_after=True`.
        inputs: float32 [time, features].

    Returns:
        `input`, `forget`, `output`, `reset`, `memory`, `state`: each float [time, units], or None
        where the cell has no such gate. Of a GRU `input` is 1 - z, `forget` z, `memory` the state.
    """
    kernel, recurrent, *biases = (np.array(w, "float64") for w in cell.weights)
    bias = biases[0] if biases else np.zeros(kernel.shape[1])
    step = _lstm if isinstance(cell, LSTMCell) else _gru
    state = memory = np.zeros(cell.units)
    found = []
    for x in inputs.astype("float64") @ kernel:
        gates, state, memory = step(x, state, memory, recurrent, bias)
        found.append((*gates, memory, state))
    names = ("input", "forget", "output", "reset", "memory", "state")
    columns = zip(*found, strict=True)
    return {
        name: None if values[0] is None else np.stack(values)
        for name, values in zip(names, columns, strict=True)
    }


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * np.tanh(0.5 * x) + 0.5


def _lstm(x: Any, state: Any, memory: Any, recurrent: Any, bias: Any) -> tuple:
    i, f, g, o = np.split(x + state @ recurrent + bias, 4)
    i, f, o = _sigmoid(i), _sigmoid(f), _sigmoid(o)
    memory = f * memory + i * np.tanh(g)
    return (i, f, o, None), o * np.tanh(memory), memory


def _gru(x: Any, state: Any, memory: Any, recurrent: Any, bias: Any) -> tuple:
    of_inputs, of_state = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
    z, r, h = np.split(x + of_inputs, 3)
    z_state, r_state, h_state = np.split(state @ recurrent + of_state, 3)
    z, r = _sigmoid(z + z_state), _sigmoid(r + r_state)
    state = z * state + (1 - z) * np.tanh(h + r * h_state)
    return (1 - z, z, None, r), state, state


def gates_of_run(run: str, text: str, layer: int) -> tuple[list[str], Values]:
    """The tokens of a text, and the gates of a run's recurrent layer over them.

    Args:
        run: folder of a finished run.
        text: what it reads; of a tagger tokens with spaces in between.
        layer: which layer of LSTM or GRU cells, from 1, in the order in which they run; the two
            directions of a bidirectional layer are two of them.

    Raises:
        InputError: no run there, one without such layers, a layer that it does not have, or a
            tagger with further columns of features.
    """
    from seqtasks.runs import Run

    found = Run(run)
    tokens, inputs = _tokens_and_ids(found, text)
    recorded = _record(found.model, inputs)
    if not 1 <= layer <= len(recorded):
        raise InputError(
            f"--layer: expected 1 to {len(recorded)}, the LSTM and GRU layers of {run} that read "
            f"this text step by step; found {layer}."
            if recorded
            else f"{run}: expected a run with LSTM or GRU layers, found none that reads this text. "
            "Train one with --cell lstm."
        )
    cell, sequence, backwards = recorded[layer - 1]
    if len(sequence) != len(tokens):
        raise InputError(
            f"--layer {layer}: it reads {len(sequence)} vectors for {len(tokens)} tokens. Choose a "
            "layer that reads one a token."
        )
    values = gate_values(cell, sequence[::-1] if backwards else sequence)
    if backwards:
        values = {name: v if v is None else v[::-1] for name, v in values.items()}
    return tokens, values


def _tokens_and_ids(run: Any, text: str) -> tuple[list[str], Any]:
    """The tokens of a text, and what the run's model takes, with a batch of one."""
    tokenizer = run.tokenizer
    if run.kind == "tagging":
        if run.manifest.settings.get("features"):
            raise InputError(
                f"{run.path}: gates of a tagger with --features cannot be shown: their values are "
                "not part of a text."
            )
        tokens = text.split()
        return tokens, tokenizer(tf.ragged.constant([tokens])).to_tensor()
    ids = tokenizer(tf.constant([text]))
    tokens = [bytes(t).decode() for t in tokenizer.vocabulary.lookup(ids)[0].numpy()]
    if not tokens:
        raise InputError("--text: expected a text with at least one token, found none.")
    return tokens, ids.to_tensor()


def _record(model: keras.Model, inputs: Any) -> list[tuple[Any, np.ndarray, bool]]:
    """Cell, input vectors [time, features] and direction of each LSTM and GRU layer that runs."""
    recorded: list[tuple[Any, np.ndarray, bool]] = []
    original = RNN.inner_loop

    def inner_loop(
        self: RNN, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple:
        gru = isinstance(self.cell, GRUCell) and self.cell.reset_after
        if (gru or isinstance(self.cell, LSTMCell)) and sequences.shape[0] == 1:
            recorded.append((self.cell, np.array(sequences[0]), self.go_backwards))
        return original(self, sequences, initial_state, mask, training)

    RNN.inner_loop = inner_loop
    try:
        model(inputs, training=False)
    finally:
        RNN.inner_loop = original
    return recorded
