"""The tags of a corpus: plain labels or tags of a scheme, made ready to train on."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NoReturn

import seqtasks.text.bio as bio
from seqtasks.data.labels import check_number
from seqtasks.data.streams import Row, Splits, Stream
from seqtasks.errors import InputError

Mention = tuple[tuple[str, ...], ...]  # its words, and its values of further columns


@dataclass(frozen=True)
class TaggedSplits:
    """A corpus whose tags are ready to train on.

    Args:
        splits: rows `(tokens, tags, *columns)`, with the notes of the corpus and those on its tags.
        tags: the training split's, by alphabet; of a scheme all that its types may have.
        scheme: that they follow, or None for plain labels.
        references: the splits with what a predictor gives out in place of the tags: spans in BIO,
            lemmas in place of the rules that make them.
    """

    splits: Splits
    tags: list[str]
    scheme: str | None
    references: Splits


def plain_tags(splits: Splits) -> TaggedSplits:
    """Tags as they are.

    Raises:
        InputError: fewer than 2 different tags in the training split or too many.
    """
    return _checked(splits, None, (), splits)


def span_tags(splits: Splits, scheme: str = "bioes") -> TaggedSplits:
    """Tags that mark spans, all rewritten in `scheme`, whatever the corpus is written in.

    The corpus's own scheme is detected from its training split. Tags that break it (an `I-PER`
    without its `B-PER`) are read as conlleval reads them; how many there were, a note tells.

    Raises:
        InputError: a tag that is of no scheme, no span at all, or too many different tags.
    """
    source = bio.detect_scheme(row[1].split(" ") for row in splits.train)
    if source is None:
        _refuse(splits.train)
    notes: tuple[str, ...] = (f"tags are read as {source.upper()}, learned as {scheme.upper()}",)
    streams = {}
    for name, stream in splits.by_name.items():
        changed = sum(_repaired(stream, line, row, source) for line, row in stream.read())
        if changed:
            notes += (f"{name}: {changed:,} tags break the scheme; read as conlleval reads them",)
        streams[name] = _rewritten(stream, scheme)
    references = {name: _rewritten(stream, "bio") for name, stream in splits.by_name.items()}
    return _checked(replace(splits, **streams), scheme, notes, replace(splits, **references))


def _repaired(stream: Stream, line: int, row: Row, scheme: str) -> int:
    """How many tags of a sentence break the scheme; those of another scheme are no mistake."""
    tags = row[1].split(" ")
    try:
        if scheme == "bioes" or not any(tag[0] in "ES" for tag in tags):
            return bio.repair(tags, scheme)[1]
        return bio.repair(tags, "bioes")[1]
    except ValueError as error:
        raise InputError(f"{_place(stream, line, row)}: {error}") from error


def _place(stream: Stream, line: int, row: Row) -> str:
    """Where the first tag stands that is of no scheme."""
    for number, (token, tag) in enumerate(
        zip(*(c.split(" ") for c in row[:2]), strict=True), start=1
    ):
        try:
            bio.spans_of([tag], "bioes")
        except ValueError:
            return f"{stream.where(line)} (token {number} from there, '{token[:40]}')"
    return stream.where(line)


def _refuse(stream: Stream) -> NoReturn:
    """Say why the tags of a stream follow no scheme."""
    for line, row in stream.read():
        for tag in row[1].split(" "):
            try:
                bio.spans_of([tag], "bioes")
            except ValueError as error:
                raise InputError(
                    f"{_place(stream, line, row)}: {error} If this is not the column of the tags, "
                    "choose another with --layer; plain labels are for `train.py pos`."
                ) from error
    raise InputError(
        f"{stream.origin}: all tags are O. Expected some spans, as B-PER I-PER. Is this the "
        "column of the tags? Choose it with --layer."
    )


def _rewritten(stream: Stream, scheme: str) -> Stream:
    def read() -> Iterator[tuple[int, Row]]:
        for line, (tokens, tags, *columns) in stream.read():
            converted = bio.convert(tags.split(" "), "bioes", scheme)
            yield line, (tokens, " ".join(converted), *columns)

    return Stream(stream.origin, read, stream.unit)


def _checked(
    splits: Splits, scheme: str | None, notes: tuple[str, ...], references: Splits
) -> TaggedSplits:
    counts = Counter(tag for row in splits.train for tag in row[1].split(" "))
    if scheme:  # whole: a type seen in single words alone may stand for several
        kinds = {tag.partition("-")[1:] for tag in counts if tag != "O"}
        marks = bio.SCHEMES[scheme].replace("O", "")
        counts.update({mark + "".join(kind): 0 for mark in marks for kind in kinds} | {"O": 0})
    tags = sorted(counts)
    check_number(tags, splits.train, "tags", "--layer")
    for name, stream in splits.held_out.items():
        unknown: Counter[str] = Counter()
        first = 0
        for line, row in stream.read():
            found = [tag for tag in row[1].split(" ") if tag not in counts]
            first = first or (line if found else 0)
            unknown.update(found)
        if unknown:
            names = ", ".join(tag for tag, _ in unknown.most_common(5))
            notes += (
                f"{name}: {unknown.total():,} tokens have tags that training lacks ({names}; "
                f"first at {stream.where(first)}): they count as mistakes",
            )
    return TaggedSplits(replace(splits, notes=splits.notes + notes), tags, scheme, references)


def in_pieces(stream: Stream, length: int) -> Stream:
    """Sentences of more than `length` tokens as several rows of at most so many."""

    def read() -> Iterator[tuple[int, Row]]:
        for line, row in stream.read():
            columns = [column.split(" ") for column in row]
            for start in range(0, len(columns[0]), length):
                yield line, tuple(" ".join(c[start : start + length]) for c in columns)

    return Stream(stream.origin, read, stream.unit)


def replace_mentions(stream: Stream, scheme: str, share: float, seed: Callable[[], int]) -> Stream:
    """Sentences in which mentions stand for others of their type, drawn anew each time it is read.

    So a name is learned from more contexts than the corpus has, and a context with more names.

    Args:
        stream: rows `(tokens, tags, *columns)`; a mention brings its own values of the columns.
        scheme: of the tags.
        share: of the mentions that are replaced, each by any of the different mentions of its type.
        seed: called as reading begins.

    Reference:
        Dai and Adel, An analysis of simple data augmentation for named entity recognition,
        arXiv:2010.11683.
    """
    known: dict[str, dict[Mention, None]] = {}  # by type, each once, in order
    for tokens, tags, *columns in stream if share else ():
        rows = [column.split(" ") for column in (tokens, *columns)]
        for kind, start, end in bio.spans_of(tags.split(" "), scheme):
            known.setdefault(kind, {})[tuple(tuple(row[start:end]) for row in rows)] = None
    choices = {kind: list(mentions) for kind, mentions in known.items()}

    def read() -> Iterator[tuple[int, Row]]:
        draw = random.Random(seed())
        for line, (tokens, tags, *columns) in stream.read():
            rows, spans, done = [column.split(" ") for column in (tokens, *columns)], [], 0
            made: list[list[str]] = [[] for _ in rows]
            for kind, start, end in bio.spans_of(tags.split(" "), scheme):
                mention: Mention = tuple(tuple(row[start:end]) for row in rows)
                if draw.random() < share:
                    mention = draw.choice(choices[kind])
                before = len(made[0]) + start - done
                spans.append(bio.Span(kind, before, before + len(mention[0])))
                for new, row, part in zip(made, rows, mention, strict=True):
                    new += [*row[done:start], *part]
                done = end
            tokens, *columns = (
                " ".join([*new, *row[done:]]) for new, row in zip(made, rows, strict=True)
            )
            yield line, (tokens, " ".join(bio.tags_of(spans, _count(tokens), scheme)), *columns)

    return Stream(stream.origin, read, stream.unit) if share else stream


def _count(tokens: str) -> int:
    return tokens.count(" ") + 1
