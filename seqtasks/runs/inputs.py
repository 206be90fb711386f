"""What a run is called with: texts, and tokens of sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from seqtasks.errors import InputError


def checked_text(number: int, text: Any) -> str:
    """A text to predict, as valid UTF-8 can hold it."""
    if not isinstance(text, str):
        raise InputError(
            f"text {number}: expected a str, found {type(text).__name__} ({str(text)[:40]!r})."
        )
    return text.encode("utf-8", "replace").decode() if not text.isascii() else text


def called_with(texts: Any, tokens: Any, features: Any, run: Any) -> tuple[Any, bool]:
    """What a run is called with, as rows to predict, and whether these are several.

    Args:
        texts: a text or several, or None.
        tokens: of a sentence or of several, or None.
        features: the columns of the tokens, or None.
        run: that is called, for messages and for the names of its columns.

    Raises:
        InputError: not one of texts and tokens, or columns that do not fit.
    """
    if (texts is None) == (tokens is None):
        raise InputError(
            f"{run}: expected either texts or tokens, received "
            f"{'neither' if texts is None else 'both'}. Call run('a text') or, for taggers, "
            "run(tokens=['a', 'token', 'list'])."
        )
    if tokens is not None:
        several = not isinstance(tokens, str) and not all(isinstance(t, str) for t in tokens)
        names = run.predictor.settings.get("features", ())
        return joined_columns(tokens, features, names, several), several
    if features is not None:
        raise InputError(f"{run}: features are of tokens. Call run(tokens=..., features=...).")
    return ([texts], False) if isinstance(texts, str) else (texts, True)


def joined_tokens(tokens: Any, name: str = "tokens") -> str:
    """Tokens, or the values of a column, as predictors take them: joined by single spaces."""
    if isinstance(tokens, str) or not all(isinstance(token, str) for token in tokens):
        raise InputError(
            f"{name}: expected a list of strings for each sentence, found {str(tokens)[:60]!r}. "
            "Pass run(tokens=['Anna', 'sings']), or a list of such lists."
        )
    if "" in tokens:
        raise InputError(
            f"{name}: expected {name} of one character at least, found an empty one, number "
            f"{list(tokens).index('') + 1} of {str(tokens)[:60]}. Leave it out."
        )
    return " ".join(re.sub(r"\s", "_", token) for token in tokens)


def joined_columns(
    tokens: Any, features: Mapping[str, Any] | None, names: Sequence[str], several: bool
) -> list[str]:
    """Sentences with the values of their columns, as taggers with `features` take them.

    Args:
        tokens: of a sentence, or of several.
        features: by the name of a column its values, likewise; None for none.
        names: of the columns that the run has learned from, in their order.
        several: whether these are several sentences.

    Returns:
        For each sentence its joined tokens and then each column's joined values, separated by tabs.

    Raises:
        InputError: other columns than `names`, or more or fewer values than tokens.
    """
    given = {} if features is None else features
    if not isinstance(given, Mapping) or set(given) != set(names):
        found = ", ".join(map(str, given)) if isinstance(given, Mapping) else type(given).__name__
        raise InputError(
            f"features: expected {', '.join(names) or 'none'}, found {found or 'none'}. Pass the "
            "columns that the run was trained on: run(tokens=[...], features={name: [...]}), with "
            "a value for each token."
        )
    columns = [x if several else [x] for x in (tokens, *(given[name] for name in names))]
    labels = ["tokens", *(f"features['{name}']" for name in names)]
    for label, column in zip(labels, columns, strict=True):
        if len(column) != len(columns[0]):
            raise InputError(
                f"{label}: expected values of {len(columns[0])} sentences, found {len(column)}. "
                "Give a list for each sentence."
            )
    rows = []
    for number, row in enumerate(zip(*columns, strict=True), start=1):
        rows.append("\t".join(map(joined_tokens, row, labels)))
        for label, values in zip(labels[1:], row[1:], strict=True):
            if len(values) != len(row[0]):
                raise InputError(
                    f"{label}: expected a value for each of {len(row[0])} tokens of sentence "
                    f"{number}, found {len(values)}: {str(values)[:60]}."
                )
    return rows


def split_columns(texts: Sequence[str], names: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Tokens and columns that tabs separate -> the tokens of each, and its columns' values.

    Raises:
        InputError: a text with more or fewer columns than `names`, or a column with more or fewer
            values than tokens.
    """
    rows = [text.split("\t") for text in texts]
    for text, row in zip(texts, rows, strict=True):
        counts = [sum(value != "" for value in column.split(" ")) for column in row]
        if len(row) != 1 + len(names) or len({*counts}) > 1:
            raise InputError(
                f"expected tokens and as many values of {', '.join(names)}, joined by single "
                f"spaces, with a tab before each column; found {len(row)} columns of "
                f"{', '.join(map(str, counts))}: {text[:60]!r}."
            )
    return [row[0] for row in rows], [row[1:] for row in rows]
