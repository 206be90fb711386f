"""Reads the lines of UTF-8 files, plain or gzipped, one at a time."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from seqtasks.data.readers.files import open_bytes
from seqtasks.errors import InputError

# A longer line is a missing line break or an open quote, not a text to learn from.
MAX_LINE = 500_000


def read_lines(path: Path) -> Iterator[str]:
    """The file's lines, decoded and checked, line ends (LF or CRLF) kept.

    A byte order mark is ignored. Unicode is left as it is; tokenizers normalize.

    Args:
        path: a file; gzipped if its name ends in `.gz`.

    Raises:
        InputError: while iterating: invalid UTF-8, NUL bytes, a line over `MAX_LINE` characters, a
            damaged gzip file. The message names file and line.
    """
    with open_bytes(path) as file:
        yield from _lines(path, file)


def _lines(path: Path, file: BinaryIO) -> Iterator[str]:
    number = 0
    while line := file.readline(4 * MAX_LINE + 2):
        number += 1
        here = f"{path}, line {number}"
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            if not line.endswith(b"\n") and len(line) > 4 * MAX_LINE:
                text = "x" * (MAX_LINE + 1)  # cut inside a character: too long, not ill-formed
            else:
                utf_16 = number == 1 and line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
                found = f"byte 0x{line[error.start]:02x} at byte {error.start + 1} of the line"
                raise InputError(
                    f"{here}: expected UTF-8, found {'UTF-16' if utf_16 else found}. Convert the "
                    f"file, for example with `iconv -f {'UTF-16' if utf_16 else 'WINDOWS-1252'} "
                    "-t UTF-8`."
                ) from error
        if len(text.rstrip("\r\n")) > MAX_LINE:
            raise InputError(
                f"{here}: longer than {MAX_LINE:,} characters. Expected one row a line; look for "
                "a missing line break or an unclosed quote, or cut the text."
            )
        if "\0" in text:
            raise InputError(
                f"{here}: holds a NUL byte. Expected UTF-8 text; convert a file in UTF-16, for "
                "example with `iconv -f UTF-16LE -t UTF-8`, or remove it with `tr -d '\\000'`."
            )
        yield text
