"""The columns of a task's rows and their usual names, the same for files, data sets and memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "label", "labels", "tokens", "tags", "weight"]

# Looked for in this order.
TEXT_NAMES = ("text", "sentence", "review", "review_body", "content", "document", "question")
LABEL_NAMES = ("label", "labels", "sentiment", "class", "category", "topic")
TOKEN_NAMES = ("tokens", "words", "form", "text")
TAG_NAMES = ("tags",)
NUMBERS = ("", "id", "idx", "index", "unnamed: 0")  # of rows: never texts or labels


@dataclass(frozen=True)
class Column:
    """One column of a task's rows.

    Args:
        kind: "text"; "label", one a row; "labels", any number of them; "tokens", of a sentence;
            "tags", one a token; "weight", a number.
        option: the command line's option that chooses it: "--text-field".
        given: the name that the user chose; "" looks for a usual one.
        names: usual names, the likeliest first.
        separator: of kind "labels": what stands between two of them.
    """

    kind: Kind
    option: str
    given: str = ""
    names: tuple[str, ...] = ()
    separator: str = ""

    @property
    def name(self) -> str:
        """What the column is called where nothing else is known."""
        return self.given or (self.names[0] if self.names else self.kind)

    @property
    def advice(self) -> str:
        """How to choose another column: a sentence for the end of a message."""
        return choose(self.option)

    def find(self, names: Collection[str]) -> str | None:
        """The wanted one of a table's column names: the one given, or the likeliest usual one."""
        wanted = (self.given,) if self.given else self.names
        return next((name for name in wanted if name in names), None)


def find_columns(columns: Sequence[Column], names: Collection[str]) -> list[str | None]:
    """The wanted ones of a table's column names, None for each that is not there.

    A text or label column without a given or usual name is the only one that is left over, if all
    others are found.
    """
    found = [column.find(names) for column in columns]
    lost = [n for n, (column, name) in enumerate(zip(columns, found, strict=True)) if name is None]
    rest = [name for name in names if name not in found and name.lower() not in NUMBERS]
    obvious = len(lost) == len(rest) == 1 and not columns[lost[0]].given
    if obvious and columns[lost[0]].kind in ("text", "label", "labels"):
        found[lost[0]] = rest[0]
    return found


def choose(option: str) -> str:
    """The sentence that names an option and the Python argument that it stands for."""
    return f"Choose it with {option} ({option.lstrip('-').replace('-', '_')}= in Python)."


def text_column(given: str = "", option: str = "--text-field") -> Column:
    """A column of texts."""
    return Column("text", option, given, TEXT_NAMES)


def label_column(given: str = "", option: str = "--label-field") -> Column:
    """A column of labels, one a text."""
    return Column("label", option, given, LABEL_NAMES)


def labels_column(given: str, separator: str) -> Column:
    """A column of any number of labels a text, with `separator` between them."""
    return Column("labels", "--label-field", given, ("labels", *LABEL_NAMES), separator)


def tagging_columns(
    tokens: str = "",
    layer: str = "",
    names: Collection[str] = TAG_NAMES,
    features: Collection[str] = (),
) -> tuple[Column, ...]:
    """The columns of tagged sentences: tokens, tags and features of tokens.

    `names` are usual ones of the tags, `features` those of the further columns.
    """
    return (
        Column("tokens", "--tokens", tokens, TOKEN_NAMES),
        Column("tags", "--layer", layer, tuple(names)),
        *(Column("tags", "--features", name) for name in features),
    )


def language_columns(source: str, target: str) -> tuple[Column, Column]:
    """The columns of sentence pairs, named by their languages."""
    return Column("text", "--source", source), Column("text", "--target", target)
