"""CorpusForm: a corpus as a task reads it, with what one must know to check it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from seqtasks.data.streams import BEGINS, Row, Stream

# What stands in the label's place of a row.
LabelKind = Literal["none", "label", "labels", "tags", "spans", "lemmas"]


@dataclass(frozen=True)
class CorpusForm:
    """A corpus as a task reads it, before missing splits are cut from it.

    Args:
        streams: its splits; parallel corpora may have several test sets.
        notes: sentences on how it is read.
        cut: texts -> the tokens of each, about as the task's tokenizer cuts them.
        texts: places of the texts in a row.
        label: place of the label, the labels or the tags.
        label_kind: what stands there; "none" where rows have no labels.
        separator: between several labels.
        max_length: tokens beyond it are cut off, or None.
        least: texts of fewer tokens are alike by chance: repeating them is no fault.
        lines: whether rows are lines of documents.
    """

    streams: Mapping[str, Stream]
    notes: tuple[str, ...]
    cut: Callable[[Sequence[str]], list[list[str]]]
    texts: tuple[int, ...] = (0,)
    label: int = 1
    label_kind: LabelKind = "none"
    separator: str = ""
    max_length: int | None = None
    least: int = 1
    lines: bool = False


def lines_of(stream: Stream) -> Stream:
    """The lines of documents as rows of their own; those of white space are left out.

    Args:
        stream: of rows `(piece of text, BEGINS or GOES_ON)`. A line has the number that it has in
            a text file; in a table and in memory, that of its row.
    """
    whole_file = stream.unit == "line" and not stream.columns

    def read() -> Iterator[tuple[int, Row]]:
        line, rest = 0, ""
        for number, (piece, mark) in stream.read():
            if mark == BEGINS:
                if rest.strip():
                    yield line, (rest,)
                line, rest = number, ""
            *texts, rest = (rest + piece).split("\n")
            for text in texts:
                if text.strip():
                    yield line, (text,)
                line += whole_file
        if rest.strip():
            yield line, (rest,)

    return replace(stream, read=read)
