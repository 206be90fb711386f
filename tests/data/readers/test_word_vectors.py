"""Vectors from text files: only what is wanted, and what is wrong with its line."""

import gzip

import numpy as np
import pytest

from seqtasks.data import initial_vectors, read_vectors, token_vectors
from seqtasks.errors import InputError
from seqtasks.text import BLANK, Tokenizer, fit_tokenizer


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
        ("the 1 2\na 1\n", "line 2: expected a word and 2 finite numbers"),
        ("the 1 2\na 1 x\n", "line 2: expected a word and 2 finite numbers"),
        ("the 1 2\na 1 inf\n", "line 2: expected a word and 2 finite numbers"),
        ("b 1 2\n", "holds none of the corpus's words"),
        ("", "holds none of the corpus's words"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, content, message):
    (tmp_path / "v.txt").write_text(content)
    with pytest.raises(InputError, match=message):
        read_vectors(tmp_path / "v.txt", {"the", "a"})


def word2vec(words, size=2):
    """The binary format as word2vec writes it, and as gensim does without the line ends."""
    content = f"{len(words)} {size}\n".encode()
    for n, (word, vector) in enumerate(words.items()):
        end = b"\n" if n % 2 else b""
        content += word.encode() + b" " + np.array(vector, "<f4").tobytes() + end
    return content


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_the_binary_format_of_word2vec(tmp_path, suffix):
    content = word2vec({"the": [1, 2], "The": [8, 8], "Huế": [0.5, -1], "none": [0, 10]})
    path = tmp_path / f"v.bin{suffix}"
    path.write_bytes(gzip.compress(content) if suffix else content)
    found = read_vectors(path, {"the", "huế"})
    assert {word: vector.tolist() for word, vector in found.items()} == {
        "the": [1, 2],
        "huế": [0.5, -1],
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"the 1 2\n", "expected word2vec's binary format"),
        (b"", "expected word2vec's binary format"),
        (word2vec({"the": [1, 2], "a": [3, 4]})[:-3], "expected 2 words, but the file ends in w"),
        (word2vec({"the": [1, float("nan")]}), "line 1: expected a word and 2 finite numbers"),
        (word2vec({"b": [1, 2]}), "holds none of the corpus's words"),
    ],
)
def test_what_is_wrong_with_a_binary_file(tmp_path, content, message):
    (tmp_path / "v.bin").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_vectors(tmp_path / "v.bin", {"the", "a"})


def test_vectors_of_a_tokenizer_and_of_more_words(tmp_path):
    (tmp_path / "v.txt").write_text("red 1 2\nblue 3 4\nUNK 9 9\nlarge 5 6\n")
    tokenizer = Tokenizer.fit(["Red car"], "words", max_size=9, lowercase=True, max_length=7)
    texts = ["Red car", "BLUE house", "red"]
    found, rows, notes = token_vectors(str(tmp_path / "v.txt"), tokenizer, texts)
    assert found.vocabulary.tokens == (*tokenizer.vocabulary.tokens, "blue")
    assert found.get_config() | {"tokens": 0} == tokenizer.get_config() | {"tokens": 0}
    by_token = dict(zip(found.vocabulary.tokens, rows.tolist(), strict=True))
    assert by_token.pop("red") == [1, 2]
    assert by_token.pop("blue") == [3, 4]
    assert set(map(tuple, by_token.values())) == {(0, 0)}
    assert notes == (f"{tmp_path / 'v.txt'}: vectors for 2 of 4 words (50%)",)


@pytest.mark.parametrize("kind", ["word", "bpe"])
def test_vectors_to_begin_an_embedding_with(tmp_path, kind):
    (tmp_path / "v.txt").write_text("red 1 2\nhouse 3 4\ned 9 9\n")
    tokenizer = fit_tokenizer(kind, ["a red house"] * 9, max_size=40, lowercase=True)
    ids, rows, (note,) = initial_vectors(str(tmp_path / "v.txt"), tokenizer, 2)
    found = {
        tokenizer.vocabulary.tokens[n].strip(BLANK): r.tolist()
        for n, r in zip(ids, rows, strict=True)
    }
    assert found == {"red": [1, 2], "house": [3, 4]}
    assert note.startswith(f"{tmp_path / 'v.txt'}: vectors for 2 of ")
    with pytest.raises(InputError, match="expected vectors of the embedding's size, 3, found 2"):
        initial_vectors(str(tmp_path / "v.txt"), tokenizer, 3)


def test_no_file(tmp_path):
    with pytest.raises(InputError, match=r"v.txt: cannot be read \(No such file"):
        read_vectors(tmp_path / "v.txt", {"the"})
