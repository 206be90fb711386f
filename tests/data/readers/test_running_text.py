"""Running text: pieces, splits, and what is said of bad files."""

import gzip
import itertools
import unicodedata

import pytest

from seqtasks.data import open_texts, read_text
from seqtasks.data.readers import running_text as module
from seqtasks.errors import InputError


def joined(stream):
    return "".join(text for text, _ in stream)


def write(path, content):
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_pieces_are_the_text(tmp_path, monkeypatch, name):
    monkeypatch.setattr(module, "PIECE", 7)
    text = "một hai\nba\n\nbốn năm " * 5
    data = ("\ufeff" + text.replace("\n", "\r\n")).encode()
    path = write(tmp_path / name, gzip.compress(data) if name.endswith("gz") else data)
    stream = read_text(path)
    rows = list(stream)
    assert joined(stream) == text == joined(stream)
    assert [mark for _, mark in rows] == ["begins"] + ["goes on"] * (len(rows) - 1)
    lines = [line for line, _ in stream.read()]
    for number, (line, _) in enumerate(zip(lines, rows, strict=True)):
        assert line == 1 + joined(rows[:number]).count("\n")


def test_no_piece_ends_inside_a_word(tmp_path, monkeypatch):
    text = "một hai\r\nba  bốn\r\n\r\nnăm " * 9 + "x" * 50
    monkeypatch.setattr(module, "PIECE", 16)
    pieces = [piece for piece, _ in read_text(write(tmp_path / "a.txt", text))]
    assert "".join(pieces) == text.replace("\r\n", "\n")
    for before, piece in itertools.pairwise(pieces):
        if "x" not in piece:
            assert not before[-1].isspace() and piece[0].isspace()


def test_no_piece_ends_inside_a_character(tmp_path, monkeypatch):
    """Normalizing the pieces gives the normalized text."""
    text = unicodedata.normalize("NFD", "tiếng Việt 한국어 nghề ") * 9
    path = write(tmp_path / "a.txt", text)
    for size in range(1, 12):
        monkeypatch.setattr(module, "PIECE", size)
        pieces = [unicodedata.normalize("NFC", text) for text, _ in read_text(path)]
        assert "".join(pieces) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"one\ntwo\nthr\xffee\n", "line 3: expected UTF-8, found byte 0xff"),
        (b"one\ntw\x00o\n", "line 2: holds a NUL"),
        (b"good\n\xe1\xbb", "line 2: expected UTF-8, found byte 0xe1"),  # cut inside a character
    ],
)
@pytest.mark.parametrize("piece", [3, 1 << 15])
def test_bad_files_are_named_with_the_line(tmp_path, monkeypatch, content, message, piece):
    monkeypatch.setattr(module, "PIECE", piece)
    path = write(tmp_path / "bad.txt", content)
    with pytest.raises(InputError, match=message) as error:
        list(read_text(path))
    assert str(path) in str(error.value)


def test_damaged_gzip(tmp_path):
    path = write(tmp_path / "a.txt.gz", gzip.compress(b"x" * 99999)[:-20])
    with pytest.raises(InputError, match=r"a\.txt\.gz: damaged gzip"):
        list(read_text(path))


def test_one_file_is_cut_at_nine_tenths(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PIECE", 11)
    text = "".join(chr(97 + i % 26) for i in range(1003))
    splits = open_texts(str(write(tmp_path / "a.txt", text)), sample={})
    assert joined(splits.train) == text[:902]
    assert joined(splits.validation) == text[902:]
    assert [mark for _, mark in splits.validation][:2] == ["begins", "goes on"]
    assert splits.test is None and any("no test split" in note for note in splits.notes)


def test_a_folder_of_three_files(tmp_path):
    for name in ("ptb.train.txt", "ptb.valid.txt", "ptb.test.txt"):
        write(tmp_path / name, name)
    splits = open_texts(str(tmp_path), sample={})
    found = [joined(s) for s in (splits.train, splits.validation, splits.test)]
    assert found == ["ptb.train.txt", "ptb.valid.txt", "ptb.test.txt"]


def test_a_table_of_documents_is_cut_by_document(tmp_path):
    rows = [f"document {n} of many" for n in range(400)]
    path = write(tmp_path / "a.tsv", "\n".join(["body\tid", *(f"{r}\t1" for r in rows)]) + "\n")
    splits = open_texts(str(path), field="body", sample={})
    parts = [list(s) for s in (splits.train, splits.validation, splits.test)]
    assert sorted(text for part in parts for text, _ in part) == sorted(rows)
    assert all(mark == "begins" for part in parts for _, mark in part)
    assert all(20 < len(part) for part in parts)


def test_tfds_gives_the_text_of_the_file(shared_data, shared_tfds):
    splits = open_texts("tfds:tiny_shakespeare", sample={}, data_dir=str(shared_tfds))
    whole = (shared_data / "tiny_shakespeare" / "input.txt").read_text()
    assert joined(splits.train) == whole[:1003854]
    assert joined(splits.validation) + joined(splits.test) == whole[1003854:]
    file = open_texts(str(shared_data / "tiny_shakespeare"), sample={})
    assert joined(file.train) == joined(splits.train)
    assert joined(file.validation) == whole[1003854:]


def test_nothing_there():
    with pytest.raises(InputError, match=r"no such file .* a text file"):
        open_texts("/nowhere.txt", sample={})
