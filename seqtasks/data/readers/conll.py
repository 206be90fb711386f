"""Reads tagged sentences from CoNLL columns and CoNLL-U files, plain or gzipped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from seqtasks.data.columns import TAG_NAMES, Column, choose, tagging_columns
from seqtasks.data.readers.in_memory import read_rows
from seqtasks.data.readers.lines import read_lines
from seqtasks.data.readers.tables import TYPED_SUFFIXES, read_table
from seqtasks.data.readers.tfds import read_tfds_tags
from seqtasks.data.sources import Format
from seqtasks.data.streams import Row, Stream
from seqtasks.errors import InputError

CONLLU = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
SUFFIXES = (
    (".conllu", ".conllup"),
    (".conll", ".conll03", ".conll2003", ".iob", ".iob1", ".iob2", ".bio", ".bioes", ".bilou"),
    (".tsv", ".txt", ".annotated", ".tagged", ".col", ".columns", ".data"),
    (".train", ".dev", ".valid", ".test", ".testa", ".testb"),  # eng.train, eng.testa, eng.testb
    TYPED_SUFFIXES,
)


def tagged_sentences(
    layer: str = "",
    tokens: str = "",
    names: Sequence[str] = TAG_NAMES,
    features: Sequence[str] = (),
    further: Sequence[Column] = (),
) -> Format:
    """Sentences with a tag for each token, and the values of further columns.

    Args:
        layer: the column of the tags; see `read_conll`. In tensorflow-datasets, a feature; in
            memory a key, a column or the number of a value.
        tokens: the column of the tokens, likewise.
        names: usual names of the tags in tensorflow-datasets and in memory.
        features: columns whose values follow the tags in a row, likewise.
        further: more of such columns. One that is not `given` is read where a CoNLL-U file has it,
            and nowhere else.
    """
    own = tagging_columns(tokens, layer, names, features)
    columns = (*own, *(column for column in further if column.given))

    def read(path: Path) -> Stream:
        if path.name.lower().removesuffix(".gz").endswith(TYPED_SUFFIXES):
            return read_table(path, columns)
        return read_conll(path, layer, tokens, names, (*own[2:], *further))

    return Format(
        "a CoNLL, CoNLL-U, JSON lines or Parquet file",
        SUFFIXES,
        columns,
        read,
        lambda name, data_dir: read_tfds_tags(name, columns, data_dir),
        lambda data: read_rows(data, columns),
    )


def read_conll(
    path: Path,
    layer: str = "",
    tokens: str = "",
    names: Sequence[str] = ("upos",),
    further: Sequence[Column] = (),
) -> Stream:
    """Rows `(tokens, tags, ...)`, each joined by single spaces, one row a sentence.

    - One token a line, in columns: separated by single tabs if the first line of a token has one
      (so words may hold spaces), else by spaces.
    - A line that is empty or blank ends a sentence, and so does one whose first column is
      `-DOCSTART-`.
    - A line that begins with `#` is a comment, unless it has as many columns as the first line
      of a token: `#` is a token too. `# global.columns = ID FORM ...` names the columns.
    - In `.conllu` files the columns have the names of CoNLL-U, and multiword tokens (`3-4`) and
      empty nodes (`8.1`) are skipped.

    White space inside a token or a tag becomes `_` ("đầu tiên" is read as "đầu_tiên"), so that
    tokens and tags joined by spaces stay aligned.

    Args:
        path: the file.
        layer: the column of the tags, by name, or by number from 1 (-1 is the last); "" is the
            one that `names` name, or else the last column.
        tokens: the column of the tokens, likewise; "" is FORM, or the first column.
        names: usual names of the column of the tags.
        further: columns whose values follow in a row; one that is not `given` is the first of its
            `names` in CoNLL-U, and left out where there is none.

    Raises:
        InputError: while iterating: what `read_lines` refuses, a missing column, a line of another
            width, an empty token or tag, no sentence at all. The message names file and line.
    """

    def read() -> Iterator[tuple[int, Row]]:
        reader = _Reader(path, layer, tokens, names, further)
        sentence: list[Row] = []
        first = 0
        found = False
        for number, line in enumerate(read_lines(path), start=1):
            line = line.rstrip("\r\n")
            values = reader.values(number, line) if line.strip() else None
            if values is not None:
                first = first if sentence else number
                sentence.append(values)
            elif sentence and reader.ends_sentence(line):
                yield first, _joined(sentence)
                sentence, found = [], True
        if sentence:
            yield first, _joined(sentence)
        elif not found:
            raise InputError(f"{path}: holds no sentence. Expected one token a line, in columns.")

    return Stream(str(path), read)


def _joined(sentence: list[Row]) -> Row:
    return tuple(" ".join(column) for column in zip(*sentence, strict=True))


class _Reader:
    """What the first lines of a file tell about its columns, and how to read the others."""

    def __init__(
        self,
        path: Path,
        layer: str,
        tokens: str,
        usual: Sequence[str],
        further: Sequence[Column],
    ) -> None:
        self.path = path
        self.conllu = path.name.lower().removesuffix(".gz").endswith((".conllu", ".conllup"))
        self.names: Sequence[str] = CONLLU if self.conllu else ()
        self.wanted = [("--tokens", tokens, ("form",), 1), ("--layer", layer, usual, -1)]
        self.further = further
        self.width = 0

    def ends_sentence(self, line: str) -> bool:
        """Of a line without a token: whether it is blank or begins a document."""
        return not line.strip() or line.startswith("-DOCSTART-")

    def values(self, number: int, line: str) -> Row | None:
        """The token and the tags of a line; None for a comment and what else has none.

        Raises:
            InputError: the line has other columns than the file, or an empty one that is wanted.
        """
        if line.startswith("#") and not self._like_a_token(line):
            match = re.match(r"#\s*global\.columns\s*=\s*(.+)", line)
            self.names = tuple(match[1].lower().split()) if match else self.names
            return None
        if not self.width:
            self._begin(number, line)
        columns = self._columns(line)
        if columns[0] == "-DOCSTART-":
            return None
        if len(columns) != self.width:
            raise InputError(
                f"{self.path}, line {number}: expected {self.width} columns, found {len(columns)}: "
                f"'{line[:60]}'. Columns are separated by {self._separator()}, and a blank line "
                "ends a sentence."
            )
        if self.conllu and not columns[0].isdecimal():
            return None  # a multiword token or an empty node
        values = tuple(re.sub(r"\s", "_", columns[place]) for place in self.places)
        if "" in values:
            option = self.wanted[values.index("")][0]
            what = {"--tokens": "token", "--layer": "tag"}.get(option, f"column of {option}")
            options = " and ".join(dict.fromkeys(("--tokens", "--layer", option)))
            raise InputError(
                f"{self.path}, line {number}: the {what} is empty. Fill it, or choose other "
                f"columns with {options}."
            )
        return values

    def _like_a_token(self, line: str) -> bool:
        return self.width > 1 and len(self._columns(line)) == self.width and not self.conllu

    def _columns(self, line: str) -> list[str]:
        return line.split("\t") if self.tabs else [column for column in line.split(" ") if column]

    def _separator(self) -> str:
        return "single tabs" if self.tabs else "spaces"

    def _begin(self, number: int, line: str) -> None:
        self.tabs = "\t" in line
        self.width = len(self.names) or len(self._columns(line))
        found = (c for c in self.further if c.given or (self.conllu and c.find(self.names)))
        self.wanted += [(column.option, column.given, column.names, 0) for column in found]
        self.places = [self._place(number, *wanted) for wanted in self.wanted]
        if self.places[0] == self.places[1]:
            found = f"{self.width} columns separated by {self._separator()}: '{line[:60]}'"
            raise InputError(
                f"{self.path}, line {number}: the tokens and the tags would be the same column. "
                f"Expected two at least, found {found if self.width > 1 else 'one'}. Choose with "
                "--tokens and --layer (tokens=, layer= in Python), or give the file its tags."
            )

    def _place(
        self, number: int, option: str, given: str, usual: Sequence[str], default: int
    ) -> int:
        """Where the wanted column stands, from 0."""
        given = given or next((name for name in usual if name in self.names), "")
        if given.lower() in self.names:
            return self.names.index(given.lower())
        try:
            column = int(given or default)
        except ValueError:
            column = 0
        if column == 0 or abs(column) > self.width:
            names = f" ({' '.join(self.names)})" if self.names else ", which have no names"
            raise InputError(
                f"{self.path}, line {number}: no column '{given}' among its {self.width}{names}. "
                f"Give a name, or a number: 1 is the first, -1 the last. {choose(option)}"
            )
        return column - 1 if column > 0 else self.width + column
