"""Tags <-> spans as data: IOB1, BIO and BIOES. Pure Python, no imports of ours.

A tag is `O`, or one of `B I E S` with a type behind a hyphen (`B-PER`; the type may be missing).
All schemes are read by one rule, conlleval's: a span goes on where `I` or `E` follows `B` or `I` of
the same type, and begins anew at every other tag but `O`. So sequences that no scheme allows have
one reading too, and `repair` writes that down in the scheme and counts what it changed.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

# scheme -> the prefixes it may use
SCHEMES = {"iob1": "OIB", "bio": "OBI", "bioes": "OBIES"}

Transitions = tuple[list[bool], list[list[bool]], list[bool]]


class Span(NamedTuple):
    """A stretch of a sequence, from `start` up to and without `end`."""

    type: str
    start: int
    end: int


def span_parts(tag: str, scheme: str = "bioes") -> tuple[str, str]:
    """The prefix of a tag and its type: "B-PER" -> ("B", "PER"), "O" -> ("O", "").

    Raises:
        ValueError: an unknown scheme, or a tag whose prefix it has not.
    """
    if scheme not in SCHEMES:
        raise ValueError(
            f"Expected a tagging scheme out of {', '.join(SCHEMES)}; received {scheme!r}. "
            "Pass one of these."
        )
    prefix, _, kind = tag.partition("-")
    if prefix not in [*SCHEMES[scheme]] or (prefix == "O" and tag != "O"):
        raise ValueError(
            f"Expected tags of the scheme {scheme}: O, or one of {' '.join(SCHEMES[scheme][1:])} "
            f"with a type, as {SCHEMES[scheme][1]}-PER; received {tag!r}. "
            "Mend the tag, or pass the scheme that has it."
        )
    return prefix, kind


def _join(prefix: str, kind: str) -> str:
    return f"{prefix}-{kind}" if kind else prefix


def spans_of(tags: Sequence[str], scheme: str = "bio") -> list[Span]:
    """The spans that tags stand for, as conlleval reads them.

    Args:
        tags: of one sequence. What the scheme forbids (an `I` without its `B`) is read as well.
        scheme: "iob1", "bio" or "bioes"; the last takes the tags of all three.

    Returns:
        Spans from left to right; they never overlap.

    Raises:
        ValueError: a tag whose prefix the scheme has not.
    """
    spans: list[Span] = []
    before, kind_before = "O", ""
    for n, tag in enumerate(tags):
        prefix, kind = span_parts(tag, scheme)
        if prefix in "IE" and before in "BI" and kind == kind_before:
            spans[-1] = spans[-1]._replace(end=n + 1)
        elif prefix != "O":
            spans.append(Span(kind, n, n + 1))
        before, kind_before = prefix, kind
    return spans


def tags_of(spans: Iterable[Span], length: int, scheme: str = "bio") -> list[str]:
    """The tags of a sequence of `length` with these spans.

    Raises:
        ValueError: a span outside of the sequence or upon another one.
    """
    span_parts("O", scheme)
    tags, end, last = ["O"] * length, 0, None
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if not end <= span.start < span.end <= length:
            raise ValueError(
                f"Expected spans that do not overlap, within 0 to {length}; received {span} where "
                f"{end} is the first free position. Drop the inner or shorter one."
            )
        prefixes = ["I"] * (span.end - span.start)
        if scheme != "iob1" or (span.start == end and last == span.type):
            prefixes[0] = "B"
        if scheme == "bioes":
            prefixes[-1] = "S" if len(prefixes) == 1 else "E"
        tags[span.start : span.end] = [_join(prefix, span.type) for prefix in prefixes]
        end, last = span.end, span.type
    return tags


def convert(tags: Sequence[str], source: str, target: str) -> list[str]:
    """Tags of one scheme as tags of another; what is ill-formed is repaired on the way."""
    return tags_of(spans_of(tags, source), len(tags), target)


def repair(tags: Sequence[str], scheme: str) -> tuple[list[str], int]:
    """Well-formed tags with the same spans, and how many tags had to change for it.

    The spans stay those that conlleval counts: an `I-PER` without its `B-PER` becomes one.
    """
    mended = convert(tags, scheme, scheme)
    return mended, sum(old != new for old, new in zip(tags, mended, strict=True))


def detect_scheme(sequences: Iterable[Sequence[str]]) -> str | None:
    """Which scheme tag sequences are written in.

    Any `E` or `S` makes it BIOES. Between the other two, the spans without a neighbour of their
    type right before them decide: IOB1 begins these with `I`, BIO with `B`; the majority counts,
    so that a few mistakes in a corpus do not matter.

    Returns:
        "iob1", "bio", "bioes", or None where a tag is none of a scheme (plain labels, such as parts
        of speech) or no tag but `O` is there.
    """
    starts: Counter[str] = Counter()
    for tags in sequences:
        before, kind_before = "O", ""
        for tag in tags:
            try:
                prefix, kind = span_parts(tag)
            except ValueError:
                return None
            lone = before == "O" or kind != kind_before
            starts[prefix] += prefix in "ES" or (prefix in "BI" and lone)
            before, kind_before = prefix, kind
    if starts["E"] or starts["S"]:
        return "bioes"
    if not starts["B"] and not starts["I"]:
        return None
    return "bio" if starts["B"] >= starts["I"] else "iob1"


def _may_follow(before: tuple[str, str], tag: tuple[str, str], scheme: str) -> bool:
    """Whether the scheme lets one split tag stand behind another."""
    (prefix_before, kind_before), (prefix, kind) = before, tag
    inside = prefix_before in "BI" and kind == kind_before
    if scheme == "iob1":
        return prefix != "B" or inside
    if scheme == "bio":
        return prefix != "I" or inside
    unfinished = prefix_before in "BI"
    return inside if prefix in "IE" else not unfinished


def allowed_transitions(labels: Sequence[str], scheme: str | None) -> Transitions:
    """What a scheme permits, in the order of `labels`: the constraints of a CRF.

    Args:
        labels: all tags.
        scheme: "iob1", "bio", "bioes"; None permits everything.

    Returns:
        start: [labels], which may be first.
        between: [labels][labels], which (second) may follow which (first).
        end: [labels], which may be last.

    Raises:
        ValueError: a label that is none of the scheme.
    """
    if scheme is None:
        every = [True] * len(labels)
        return [*every], [[*every] for _ in labels], [*every]
    tags = [span_parts(label, scheme) for label in labels]
    nothing = ("O", "")
    start = [_may_follow(nothing, tag, scheme) for tag in tags]
    between = [[_may_follow(before, tag, scheme) for tag in tags] for before in tags]
    end = [_may_follow(tag, nothing, scheme) for tag in tags]
    return start, between, end


def token_offsets(text: str, tokens: Sequence[str]) -> list[tuple[int, int]]:
    """Where each token stands in the text: (start, end) in characters (code points).

    The tokens are found one behind the other, so repeated ones come out right. Tokens in Unicode's
    composed form (NFC) are found in a text that is not.

    Raises:
        ValueError: a token that the rest of the text does not have.
    """
    composed, origin = [], []  # the text in NFC, and where each of its characters came from
    start = 0
    for n in range(1, len(text) + 1):
        if n == len(text) or not unicodedata.combining(text[n]):
            piece = unicodedata.normalize("NFC", text[start:n])
            composed.append(piece)
            origin += [start] * len(piece)
            start = n
    origin.append(len(text))
    searched, position, offsets = "".join(composed), 0, []
    for token in tokens:
        token = unicodedata.normalize("NFC", token)
        found = searched.find(token, position)
        if found < 0:
            raise ValueError(
                f"Expected the tokens in the order of the text; received {token!r}, which is not "
                f"in {text[origin[position] :][:80]!r}. Pass the tokens of this text."
            )
        position = found + len(token)
        offsets.append((origin[found], origin[position]))
    return offsets


def character_spans(text: str, tokens: Sequence[str], spans: Iterable[Span]) -> list[Span]:
    """Spans of tokens as spans of characters: `text[span.start:span.end]` is what they cover."""
    offsets = token_offsets(text, tokens)
    return [Span(s.type, offsets[s.start][0], offsets[s.end - 1][1]) for s in spans]
