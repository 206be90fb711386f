"""Gates, against Keras's own layers moved by a little."""

import csv

import keras
import numpy as np
import pytest

from seqtasks.cli import main
from seqtasks.lab.networks.gate_values import gate_values
from seqtasks.layers import GRUCell, LSTMCell

TIME, UNITS = 6, 4


def built(cell, theirs):
    """A cell with weights drawn wide, and a layer of Keras with the same weights."""
    rng = np.random.default_rng(0)
    cell.build((None, 3))
    weights = [rng.normal(size=w.shape).astype("float32") for w in cell.weights]
    cell.set_weights(weights)
    theirs.build((1, None, 3))
    theirs.set_weights(weights)
    return cell, theirs, rng.normal(size=(TIME, 3)).astype("float32")


def test_of_an_lstm():
    layer = keras.layers.LSTM(UNITS, return_state=True)
    cell, theirs, x = built(LSTMCell(UNITS), layer)
    weights = cell.get_weights()
    weights[2][2 * UNITS : 3 * UNITS] = 50.0  # what is written is 1, so the input gate can be seen
    cell.set_weights(weights)
    theirs.set_weights(weights)
    found = gate_values(cell, x)
    h = c = np.zeros((1, UNITS), "float32")
    for t in range(TIME):
        h_next, _, c_next = (np.array(v) for v in theirs(x[None, t : t + 1], initial_state=[h, c]))
        moved = np.array(theirs(x[None, t : t + 1], initial_state=[h, c + 0.5])[2])
        forget = (moved - c_next) / 0.5  # c_t is linear in c_{t-1}
        np.testing.assert_allclose(found["forget"][t], forget[0], atol=1e-5)
        np.testing.assert_allclose(found["input"][t], (c_next - forget * c)[0], atol=1e-5)
        np.testing.assert_allclose(found["output"][t], (h_next / np.tanh(c_next))[0], atol=1e-4)
        h, c = h_next, c_next
        np.testing.assert_allclose(found["memory"][t], c[0], atol=1e-5)
        np.testing.assert_allclose(found["state"][t], h[0], atol=1e-5)


@pytest.mark.parametrize("bias", [True, False])
def test_of_a_gru(bias):
    theirs = keras.layers.GRU(UNITS, use_bias=bias, return_sequences=True)
    cell, theirs, x = built(GRUCell(UNITS, use_bias=bias), theirs)
    found = gate_values(cell, x)
    np.testing.assert_allclose(found["state"], np.array(theirs(x[None]))[0], atol=1e-5)
    np.testing.assert_allclose(found["input"] + found["forget"], 1.0)
    assert found["output"] is None and (found["reset"] > 0).all()


def test_of_a_run_of_ones_own(finished, tmp_path, capsys):
    folder, _ = finished
    text = "the soup was not bad"
    main(["lab", "gates", "--run", str(folder), "--text", text, "--out", str(tmp_path)])
    assert "mean forget gate" in capsys.readouterr().out
    with (tmp_path / "gates.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [r["token"] for r in rows if r["cell"] == "0"] == [f"'{w}'" for w in text.split()]
    assert all(0 <= float(r["forget"]) <= 1 for r in rows)
    for extra, message in ((["--layer", "9"], "--layer: expected 1 to"), ([], "expected --text")):
        given = ["--text", text] if extra else []
        with pytest.raises(SystemExit, match=message):
            main(["lab", "gates", "--run", str(folder), *given, *extra, "--out", str(tmp_path)])


def test_unknown_characters_of_the_small_model_are_refused(tmp_path):
    with pytest.raises(SystemExit, match="expected characters out of"):
        main(["lab", "gates", "--text", "xyz", "--out", str(tmp_path)])
