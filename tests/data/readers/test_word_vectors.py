"""Vectors from text files: only what is wanted, and what is wrong with its line."""

import gzip

import numpy as np
import pytest

from seqtasks.data import read_vectors
from seqtasks.errors import InputError


@pytest.mark.parametrize("header", ["", "5 2\n"])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_wanted_words_by_normal_form(tmp_path, header, suffix):
    content = f"{header}the 1 2\nThe 8 8\n1999 3 -4e-1\nof the 5 5\nnone 0 0\n".encode()
    path = tmp_path / f"v.txt{suffix}"
    path.write_bytes(gzip.compress(content) if suffix else content)
    found = read_vectors(path, {"the", "0000", "of the", "absent"})
    assert {word: vector.tolist() for word, vector in found.items()} == {
        "the": [1, 2],
        "0000": pytest.approx([3, -0.4]),
        "of the": [5, 5],
    }
    assert found["the"].dtype == np.float32


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("the 1 2\na 1\n", "line 2: expected a word and 2 numbers"),
        ("the 1 2\na 1 x\n", "line 2: expected a word and 2 numbers"),
        ("b 1 2\n", "holds none of the corpus's words"),
        ("", "holds none of the corpus's words"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, content, message):
    (tmp_path / "v.txt").write_text(content)
    with pytest.raises(InputError, match=message):
        read_vectors(tmp_path / "v.txt", {"the", "a"})


def test_no_file(tmp_path):
    with pytest.raises(InputError, match=r"v.txt: cannot be read \(No such file"):
        read_vectors(tmp_path / "v.txt", {"the"})
