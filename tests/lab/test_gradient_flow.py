"""Gradients by distance, against finite differences through our own layers' initial states."""

import keras
import numpy as np
import pytest

from seqtasks.lab.gradient_flow import CLIPPED, START_SMALL, GradientFlowOptions, measure
from seqtasks.lab.networks.state_gradients import StateGradients
from seqtasks.lab.problems.sequence_problems import adding
from seqtasks.layers import GRU, LSTM, SimpleRNN

LENGTH = 7


def numerical(layer, readout, inputs, targets, k, step=1e-3):
    """dL/ds_{T-k} by central differences: the last k steps, run from states that are moved."""
    before, after = inputs[:, : LENGTH - k], inputs[:, LENGTH - k :]
    if k == LENGTH:
        number = 2 if isinstance(layer, LSTM) else 1
        states = [np.zeros((len(inputs), layer.units), "float32")] * number
    else:
        states = [np.array(s) for s in layer(before)[1:]]

    def loss(states):
        return np.array((readout(layer(after, initial_state=states)[0]) - targets) ** 2)[:, 0]

    found = []
    for which, state in enumerate(states):
        gradient = np.zeros_like(state)
        for unit in range(state.shape[1]):
            moved = []
            for sign in (1, -1):
                changed = [s.copy() for s in states]
                changed[which][:, unit] += sign * step
                moved.append(loss(changed))
            gradient[:, unit] = (moved[0] - moved[1]) / (2 * step)
        found.append(gradient)
    return found


@pytest.mark.parametrize("make", [SimpleRNN, LSTM, GRU], ids=lambda make: make.__name__)
def test_gradients_of_states_are_finite_differences(make):
    keras.utils.set_random_seed(3)
    layer, readout = make(3, return_state=True), keras.layers.Dense(1)
    inputs, targets = adding(np.random.default_rng(0), 2, LENGTH)
    readout(layer(inputs)[0])
    found = StateGradients(layer.cell, readout)(inputs, targets)
    for k in (1, 3, LENGTH):
        expected = numerical(layer, readout, inputs, targets, k)
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(ours[:, k - 1], theirs, rtol=2e-2, atol=2e-4)


def test_adding_marks_two_numbers_one_in_each_half():
    x, y = adding(np.random.default_rng(0), 200, 9)
    assert x.shape == (200, 9, 2) and y.shape == (200, 1)
    assert (x[:, :4, 1].sum(1) == 1).all() and (x[:, 4:, 1].sum(1) == 1).all()
    np.testing.assert_allclose((x[..., 0] * x[..., 1]).sum(1), y[:, 0], rtol=1e-6)


@pytest.mark.slow
def test_training_turns_the_order_of_the_lstm_and_the_tanh_rnn():
    """Before it, small inputs leave the tanh RNN more gradient; after it the LSTM keeps 100 x."""
    options = GradientFlowOptions(cells=("tanh RNN", "LSTM, forget bias 1"))
    kept = {(r["cell"], r["phase"]): r["kept"] for r in measure(options) if r["distance"] == 100}
    rnn, lstm = ({p: v for (c, p), v in kept.items() if c == name} for name in options.cells)
    assert rnn[START_SMALL] > 100 * lstm[START_SMALL]
    assert lstm[CLIPPED] > 100 * rnn[CLIPPED]
