"""The columns of a task's rows and their usual names, the same for files, data sets and memory."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "label", "tokens", "tags"]

# Looked for in this order.
TEXT_NAMES = ("text", "sentence", "review", "review_body", "content", "document", "question")
LABEL_NAMES = ("label", "labels", "sentiment", "class", "category", "topic")
TOKEN_NAMES = ("tokens", "words", "form", "text")
TAG_NAMES = ("tags",)


@dataclass(frozen=True)
class Column:
    """One column of a task's rows.

    Args:
        kind: "text"; "label", one a row; "tokens", of a sentence; "tags", one a token.
        option: the command line's option that chooses it: "--text-field".
        given: the name that the user chose; "" looks for a usual one.
        names: usual names, the likeliest first.
    """

    kind: Kind
    option: str
    given: str = ""
    names: tuple[str, ...] = ()

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


def choose(option: str) -> str:
    """The sentence that names an option and the Python argument that it stands for."""
    return f"Choose it with {option} ({option.lstrip('-').replace('-', '_')}= in Python)."


def text_column(given: str = "", option: str = "--text-field") -> Column:
    """A column of texts."""
    return Column("text", option, given, TEXT_NAMES)


def label_column(given: str = "", option: str = "--label-field") -> Column:
    """A column of labels, one a text."""
    return Column("label", option, given, LABEL_NAMES)


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
