"""Running text: documents of any length, read piece by piece."""

from __future__ import annotations

import codecs
import functools
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from seqtasks.data.columns import Column, text_column
from seqtasks.data.partition import UNREAD, Partition, Unread, divided
from seqtasks.data.readers.files import open_bytes
from seqtasks.data.readers.in_memory import read_rows
from seqtasks.data.readers.tables import SUFFIXES, read_table
from seqtasks.data.readers.tfds import read_tfds_texts
from seqtasks.data.sources import Format, Opened, Source, open_streams, training_split
from seqtasks.data.streams import BEGINS, GOES_ON, Row, Splits, Stream
from seqtasks.errors import InputError
from seqtasks.text.text_boundaries import word_break

TEXT_SUFFIXES = (".txt", ".text", ".tokens", ".md")
PIECE = 1 << 15  # characters, about

# With fewer documents a tenth of them says little: the text is then cut by position.
FEW_DOCUMENTS = 100


def open_texts(
    spec: Source,
    *,
    field: str = "",
    sample: Mapping[str, Stream],
    data_dir: str | None = None,
) -> Splits:
    """Open a corpus of running text.

    Args:
        spec: "sample"; "tfds:NAME"; or the path of a text file (one document), of a TSV or CSV file
            with a column of documents, or of a folder with one such file a split; plain or .gz; or
            documents in memory: strings, or rows that have one (see `read_rows`); or a `Partition`
            of these, without folds.
        field: column or feature of the documents; "" looks for a usual one.
        sample: the streams that "sample" stands for, by split name.
        data_dir: where tensorflow-datasets keeps its prepared data.

    Returns:
        The splits, streams of rows `(piece of text, BEGINS or GOES_ON)`; test is None where there
        is none. Where validation is missing, it is the last tenth of the text, or a tenth of the
        documents if there are at least `FEW_DOCUMENTS`.

    Raises:
        InputError: the source does not exist or is not understood; validation or test, which are
            read through once, hold no text or something that is none.
    """
    if isinstance(spec, Partition) and spec.folds:
        raise InputError(
            "--folds: expected a task with rows to divide into folds; a language model reads "
            "running text. Repeat the training with --seeds instead."
        )
    streams, notes = open_streams(spec, running_texts(field), sample=sample, data_dir=data_dir)
    train, validation, test = (
        training_split(spec, streams),
        streams.get("validation"),
        streams.get("test"),
    )
    left_unread = isinstance(test, Unread)
    if validation is None:
        documents, characters = _measure(train)
        if documents >= FEW_DOCUMENTS:
            return divided(spec, {**streams, "train": train}, notes, None)
        train, validation = _cut_at(train, int(characters * 0.9))
        notes += ("no validation split: the last tenth of the training text was cut out for it",)
    if left_unread:
        test, notes = None, (*notes, UNREAD)
    elif test is None:
        notes += ("no test split: scores are those of the validation split",)
    for stream in (validation, test):
        if stream is not None and sum(len(text) for text, _ in stream) == 0:
            raise InputError(f"{stream.origin}: holds no text. Expected some, or no such split.")
    return Splits(train, validation, test, notes)


def running_texts(field: str = "") -> Format:
    """Text files, tables of documents, and data sets with a text feature."""
    column = text_column(field)
    return Format(
        f"a text file ({', '.join(TEXT_SUFFIXES)}) or a table (TSV, CSV, JSON lines, Parquet)",
        (TEXT_SUFFIXES, SUFFIXES),
        (column,),
        functools.partial(_read, column=column),
        lambda name, data_dir: read_tfds_texts(name, column, data_dir),
        lambda data: _read_memory(data, column),
    )


def _read(path: Path, column: Column) -> Stream:
    if not path.name.lower().removesuffix(".gz").endswith(SUFFIXES):
        return read_text(path)
    table = read_table(path, [column])

    def read() -> Iterator[tuple[int, Row]]:
        return ((line, (row[0], BEGINS)) for line, row in table.read() if row[0])

    return replace(table, read=read)


def _read_memory(data: Source, column: Column) -> Opened:
    streams, notes = read_rows(data, [column])
    return {split: _documents(stream) for split, stream in streams.items()}, notes


def _documents(stream: Stream) -> Stream:
    """Rows of one text each as documents, those of more than `PIECE` characters in pieces."""

    def read() -> Iterator[tuple[int, Row]]:
        for number, (text,) in stream.read():
            blocks = (text[start : start + PIECE] for start in range(0, len(text), PIECE))
            pieces = _pieces(blocks) if len(text) > PIECE else [text.replace("\r\n", "\n")]
            mark = BEGINS
            for piece in filter(None, pieces):
                yield number, (piece, mark)
                mark = GOES_ON

    return Stream(stream.origin, read, stream.unit)


def read_text(path: Path) -> Stream:
    """A file of UTF-8 text as one document, in pieces of about `PIECE` characters.

    Line ends (LF or CRLF) become LF; a byte order mark is ignored. A piece never ends inside a
    sequence of combining characters, nor inside a word unless that is very long. Lines may be of
    any length.

    Args:
        path: the file; gzipped if its name ends in `.gz`.

    Raises:
        InputError: while iterating: invalid UTF-8, NUL characters, a damaged gzip file, or no
            text at all. The message names file and line.
    """

    def read() -> Iterator[tuple[int, Row]]:
        line, mark = 1, BEGINS
        with open_bytes(path) as file:
            for piece in _pieces(_decoded(path, file)):
                yield line, (piece, mark)
                line, mark = line + piece.count("\n"), GOES_ON
        if mark == BEGINS:
            raise InputError(f"{path}: the file is empty. Expected UTF-8 text.")

    return Stream(str(path), read)


def _decoded(path: Path, file: BinaryIO) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    line = 1
    while True:
        block = file.read(PIECE)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            bad = line + error.object[: error.start].count(b"\n")
            raise InputError(
                f"{path}, line {bad}: expected UTF-8, found byte "
                f"0x{error.object[error.start]:02x}. Convert the file, for example with "
                "`iconv -f WINDOWS-1252 -t UTF-8`."
            ) from error
        if "\0" in text:
            bad = line + text[: text.index("\0")].count("\n")
            raise InputError(
                f"{path}, line {bad}: holds a NUL character. Expected UTF-8 text; remove it, for "
                "example with `tr -d '\\000'`, or convert the file from UTF-16."
            )
        line += text.count("\n")
        yield text
        if not block:
            return


def _pieces(texts: Iterator[str]) -> Iterator[str]:
    held = ""
    for text in texts:
        held += text
        end = len(held) - 1  # the last character may have more to it
        while end > 0 and _belongs_to_what_precedes(held[end]):
            end -= 1
        if end > 0:
            end = word_break(held, end)
            yield held[:end].replace("\r\n", "\n")
            held = held[end:]
    if held:
        yield held.replace("\r\n", "\n")


def _belongs_to_what_precedes(character: str) -> bool:
    """Whether normalization may join it with the character before (or it ends a CRLF)."""
    jamo = "\u1160" <= character <= "\u11ff"  # vowels and finals of Hangul
    return character == "\n" or jamo or unicodedata.combining(character) > 0


def _measure(stream: Stream) -> tuple[int, int]:
    """How many documents and characters it holds; only as many documents as matter are counted."""
    documents = characters = 0
    for text, mark in stream:
        documents += mark == BEGINS
        characters += len(text)
        if documents >= FEW_DOCUMENTS:
            break
    return documents, characters


def _cut_at(stream: Stream, characters: int) -> tuple[Stream, Stream]:
    """The first `characters` characters of a stream, and the rest as a document of its own."""

    def first() -> Iterator[tuple[int, Row]]:
        left = characters
        for line, (text, mark) in stream.read():
            if text[:left]:
                yield line, (text[:left], mark)
            left -= len(text)
            if left <= 0:
                return

    def rest() -> Iterator[tuple[int, Row]]:
        passed = 0
        for line, (text, mark) in stream.read():
            start = characters - passed
            passed += len(text)
            if passed > characters:
                yield line, (text[max(start, 0) :], BEGINS if start >= 0 else mark)

    return (
        Stream(f"{stream.origin} (the first nine tenths)", first, stream.unit),
        Stream(f"{stream.origin} (the last tenth)", rest, stream.unit),
    )
