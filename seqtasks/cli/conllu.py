"""CoNLL-U in, CoNLL-U out: a tagger's predictions written into their columns."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from seqtasks.errors import InputError

if TYPE_CHECKING:
    from seqtasks.results import Token
    from seqtasks.runs import Run

COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
FORM, LEMMA, UPOS, MISC = map(COLUMNS.index, ("form", "lemma", "upos", "misc"))
# fmt: off
UNIVERSAL = {
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN",
    "PUNCT", "SCONJ", "SYM", "VERB", "X",
}
# fmt: on
SENTENCES = 256  # predicted together

Lines = list[list[str]]  # the columns of each line; a comment has one


def annotated(run: Run, lines: Iterable[str]) -> Iterator[str]:
    """The lines of a CoNLL-U file with a run's predictions in their columns.

    Lemmas go into LEMMA, with parts of speech where UPOS is empty; tags into the column that the
    run learned them from; tags of other files and of spans into MISC, as `Tag=B-PER`. Everything
    else stays as it is: comments, multiword tokens, empty nodes, other columns. A run that was
    trained with `features` reads those columns.

    Args:
        run: of a tagging task.
        lines: of the file, without line ends; read `SENTENCES` sentences at a time.

    Raises:
        InputError: while iterating: a run trained with features that CoNLL-U does not have, or a
            line of other than ten columns.
    """
    column = _column_of(run)
    read = {name: _feature(name) for name in run.predictor.settings.get("features", ())}
    sentences = _sentences(lines)
    while chunk := list(itertools.islice(sentences, SENTENCES)):
        words = [[columns for columns in sentence if _is_word(columns)] for sentence in chunk]
        filled = [rows for rows in words if rows]
        tokens, *values = (
            [[columns[place] for columns in rows] for rows in filled]
            for place in (FORM, *read.values())
        )
        features = dict(zip(read, values, strict=True)) if read else None
        found = iter(run(tokens=tokens, features=features) if filled else ())
        for sentence, rows in zip(chunk, words, strict=True):
            for columns, token in zip(rows, next(found).tokens if rows else (), strict=True):
                _write(columns, token, column)
            yield from ("\t".join(columns) for columns in sentence)
            yield ""


def as_conllu(run: Run, results: Iterable[Any]) -> Iterator[str]:
    """Predictions for raw texts as the lines of a CoNLL-U file."""
    column = _column_of(run)
    for result in results:
        yield f"# text = {' '.join(result.text.split())}"
        for number, token in enumerate(result.tokens, start=1):
            columns = [str(number), token.text, *["_"] * (len(COLUMNS) - 2)]
            after = result.text[token.end : token.end + 1]
            if after and not after.isspace():
                columns[MISC] = "SpaceAfter=No"
            _write(columns, token, column)
            yield "\t".join(columns)
        yield ""


def _column_of(run: Run) -> int:
    """Where the tags of a run go."""
    if run.kind != "tagging":
        raise InputError(f"{run}: --conllu is for taggers; this is a run of kind {run.kind}.")
    layer = str(run.config.get("layer", "")).lower()
    if run.config.get("targets") == "lemmas":
        return LEMMA
    if run.config.get("targets") == "spans":
        return MISC
    if layer.isdecimal() and 3 <= int(layer) <= len(COLUMNS):
        return int(layer) - 1
    return COLUMNS.index(layer) if layer in COLUMNS[2:] else MISC if layer else UPOS


def _feature(name: str) -> int:
    """Where a column stands that a run takes as a feature: by name, or by number from 1."""
    place = int(name) if re.fullmatch(r"-?\d+", name) else 0
    if place and abs(place) <= len(COLUMNS):
        return place - 1 if place > 0 else len(COLUMNS) + place
    if name.lower() not in COLUMNS:
        raise InputError(
            f"--conllu: expected columns of CoNLL-U ({' '.join(COLUMNS)}), but the run was trained "
            f"with --features {name}. Use --tokens, with a tab before the values of each column."
        )
    return COLUMNS.index(name.lower())


def _write(columns: list[str], token: Token, column: int) -> None:
    if column == MISC:
        others = [] if columns[MISC] == "_" else columns[MISC].split("|")
        others = [item for item in others if not item.startswith("Tag=")]
        columns[MISC] = "|".join([*others, f"Tag={token.tag}"])
        return
    columns[column] = token.tag if column != LEMMA or token.lemma is None else token.lemma
    if column == LEMMA and columns[UPOS] == "_" and token.tag in UNIVERSAL:
        columns[UPOS] = token.tag


def _sentences(lines: Iterable[str]) -> Iterator[Lines]:
    sentence: Lines = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            if sentence:
                yield sentence
            sentence = []
            continue
        columns = [line] if line.startswith("#") else line.split("\t")
        if len(columns) not in (1, len(COLUMNS)) or (len(columns) == 1 and line[0] != "#"):
            raise InputError(
                f"line {number}: expected the {len(COLUMNS)} columns of CoNLL-U, separated by "
                f"single tabs, found {len(columns)}: '{line[:60]}'. For raw texts leave out "
                "--conllu, or give them as arguments."
            )
        sentence.append(columns)
    if sentence:
        yield sentence


def _is_word(columns: Sequence[str]) -> bool:
    """Whether a line is a word: no comment, multiword token (`3-4`) or empty node (`8.1`)."""
    return len(columns) == len(COLUMNS) and columns[0].isdecimal()
