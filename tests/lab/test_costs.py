"""Measuring memory and growth, and one row of the table of cells."""

import subprocess
import sys

import keras
import pytest

from seqtasks.lab.cells import CellsOptions, measure, summarize
from seqtasks.lab.cost import CostOptions, _decoder, exponent

KNOWN = """
from keras import ops
from seqtasks.lab.networks import peak_megabytes

def call():
    return [ops.ones((1000, 1000)) * n for n in range(5)]  # 4 MB each, and one while it is made

call()
print(peak_megabytes(call))
"""


def test_memory_of_known_tensors():
    # In a process of its own, as the command's is: threads of other tests take memory too.
    ran = subprocess.run([sys.executable, "-c", KNOWN], capture_output=True, text=True, check=True)
    if ran.stdout.strip() == "None":
        pytest.skip("this TensorFlow counts no memory")
    assert 20 <= float(ran.stdout) < 28


def test_exponents_of_powers():
    lengths = [128, 256, 512]
    assert exponent(lengths, [3 * n**2 for n in lengths]) == pytest.approx(2)
    assert exponent(lengths, lengths) == pytest.approx(1)


def test_a_row_of_the_table_of_cells():
    rows = list(measure(CellsOptions(cells=("gru",), steps=1, longest=6, units=8, examples=20)))
    theirs = keras.layers.GRU(8)
    theirs.build((None, None, 8))
    assert [row["problem"] for row in rows][:3] == ["adding", "copy memory", "Dyck brackets"]
    assert {row["parameters"] for row in rows} == {theirs.count_params()} and len(rows) == 5
    assert all(0 <= row["accuracy"] <= 1 and row["milliseconds"] > 0 for row in rows)
    assert summarize(rows).splitlines()[2].split()[0] == "gru"


def test_a_decoder_writes_as_many_tokens_as_it_is_timed_for():
    options = CostOptions(units=4, decoded=6)
    assert _decoder(options, beams=2, vocabulary=9)().shape == (1, 1, 6)
    written = _decoder(options, beams=2, vocabulary=9)()[..., :-1]  # at the limit comes the end
    assert (written > 3).all()
