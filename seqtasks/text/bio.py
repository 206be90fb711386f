"""Tags <-> spans as data: IOB1, BIO and BIOES. Pure Python, no imports of ours.

A tag is `O`, or one of `B I E S` with a type behind a hyphen (`B-PER`; the type may be missing).
All schemes are read by one rule, conlleval's (`continues`): a span continues where `I` or `E`
follows `B` or `I` of the same type, and a new one begins at every other tag but `O`. So ill-formed
sequences have one reading too; `repair` writes it in the scheme and counts the changed tags.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

# scheme -> the prefixes it may use
SCHEMES = {"iob1": "OIB", "bio": "OBI", "bioes": "OBIES"}

OUTSIDE = ("O", "")  # the tag `O`, split

Transitions = tuple[list[bool], list[list[bool]], list[bool]]


class Span(NamedTuple):
    """A typed interval of a sequence, from `start` up to but not including `end`."""

    type: str
    start: int
    end: int


def span_parts(tag: str, scheme: str = "bioes") -> tuple[str, str]:
    """The prefix of a tag and its type: "B-PER" -> ("B", "PER"), "O" -> ("O", "").

    Raises:
        ValueError: an unknown scheme, or a tag whose prefix the scheme does not have.
    """
    if scheme not in SCHEMES:
        raise ValueError(
            f"Expected a tagging scheme out of {', '.join(SCHEMES)}; received {scheme!r}. "
            "Pass one of these."
        )
    prefix, _, span_type = tag.partition("-")
    if prefix not in [*SCHEMES[scheme]] or (prefix == "O" and tag != "O"):
        raise ValueError(
            f"Expected tags of the scheme {scheme}: O, or one of {' '.join(SCHEMES[scheme][1:])} "
            f"with a type, as {SCHEMES[scheme][1]}-PER; received {tag!r}. "
            "Correct the tag, or pass the scheme that has it."
        )
    return prefix, span_type


def continues(before: tuple[str, str], tag: tuple[str, str]) -> bool:
    """Whether a tag continues the span of the tag before it: conlleval's rule, all schemes mixed.

    Args:
        before: the tag before, as `span_parts` splits it.
        tag: the tag, split likewise. It begins a new span if it continues none and is not `O`.
    """
    return tag[0] in "IE" and before[0] in "BI" and tag[1] == before[1]


def continuation_table(labels: Sequence[str]) -> list[list[bool]]:
    """`continues` for ids of tags.

    Args:
        labels: the tag of each id, of any scheme.

    Returns:
        [labels][labels]: whether the tag of the second id continues the span of the first.

    Raises:
        ValueError: a label that is no tag of a span.
    """
    tags = [span_parts(label) for label in labels]
    return [[continues(before, tag) for tag in tags] for before in tags]


def span_type_numbers(labels: Sequence[str]) -> list[int]:
    """A number for the span type of each label, the same for all of its tags; -1 for `O`.

    Raises:
        ValueError: a label that is no tag of a span.
    """
    tags = [span_parts(label) for label in labels]
    types = sorted({span_type for prefix, span_type in tags if prefix != "O"})
    return [types.index(span_type) if prefix != "O" else -1 for prefix, span_type in tags]


def _join(prefix: str, span_type: str) -> str:
    return f"{prefix}-{span_type}" if span_type else prefix


def spans_of(tags: Sequence[str], scheme: str = "bio") -> list[Span]:
    """The spans of tags, as conlleval reads them.

    Args:
        tags: of one sequence; it may be ill-formed (an `I` without its `B`).
        scheme: "iob1", "bio" or "bioes"; the last accepts the tags of all three.

    Returns:
        Spans from left to right; they never overlap.

    Raises:
        ValueError: a tag whose prefix the scheme does not have.
    """
    spans: list[Span] = []
    before = OUTSIDE
    for n, tag in enumerate(tags):
        parts = span_parts(tag, scheme)
        if continues(before, parts):
            spans[-1] = spans[-1]._replace(end=n + 1)
        elif parts != OUTSIDE:
            spans.append(Span(parts[1], n, n + 1))
        before = parts
    return spans


def tags_of(spans: Iterable[Span], length: int, scheme: str = "bio") -> list[str]:
    """The tags of a sequence of `length` with these spans.

    Raises:
        ValueError: a span outside of the sequence, or one that overlaps another.
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
    """Tags of one scheme as tags of another; ill-formed sequences are repaired on the way."""
    return tags_of(spans_of(tags, source), len(tags), target)


def repair(tags: Sequence[str], scheme: str) -> tuple[list[str], int]:
    """Well-formed tags with the same spans, and the number of changed tags.

    The spans stay those that conlleval counts: an `I-PER` without its `B-PER` becomes one.
    """
    repaired = convert(tags, scheme, scheme)
    return repaired, sum(old != new for old, new in zip(tags, repaired, strict=True))


def detect_scheme(sequences: Iterable[Sequence[str]]) -> str | None:
    """Detects the scheme of tag sequences.

    Any `E` or `S` makes it BIOES. Between the other two, spans that do not directly follow one of
    their own type decide: IOB1 begins these with `I`, BIO with `B`. The majority counts, so a few
    annotation errors in a corpus do not matter.

    Returns:
        "iob1", "bio", "bioes", or None where some tag belongs to no scheme (plain labels, such as
        parts of speech) or all tags are `O`.
    """
    starts: Counter[str] = Counter()
    for tags in sequences:
        before = OUTSIDE
        for tag in tags:
            try:
                parts = span_parts(tag)
            except ValueError:
                return None
            prefix, span_type = parts
            unambiguous = before == OUTSIDE or span_type != before[1]
            starts[prefix] += prefix in "ES" or (prefix in "BI" and unambiguous)
            before = parts
    if starts["E"] or starts["S"]:
        return "bioes"
    if not starts["B"] and not starts["I"]:
        return None
    return "bio" if starts["B"] >= starts["I"] else "iob1"


def _may_follow(before: tuple[str, str], tag: tuple[str, str], scheme: str) -> bool:
    """Whether the scheme allows one split tag after another."""
    prefix, span_type = tag
    inside = continues(before, ("I", span_type))
    if scheme == "iob1":
        return prefix != "B" or inside
    if scheme == "bio":
        return prefix != "I" or inside
    unfinished = before[0] in "BI"
    return inside if prefix in "IE" else not unfinished


def allowed_transitions(labels: Sequence[str], scheme: str | None) -> Transitions:
    """The transitions that a scheme allows, in the order of `labels`: the constraints of a CRF.

    Args:
        labels: all tags.
        scheme: "iob1", "bio", "bioes"; None allows everything.

    Returns:
        start: [labels], which may be first.
        between: [labels][labels], which (second) may follow which (first).
        end: [labels], which may be last.

    Raises:
        ValueError: a label that is no tag of the scheme.
    """
    if scheme is None:
        every = [True] * len(labels)
        return [*every], [[*every] for _ in labels], [*every]
    tags = [span_parts(label, scheme) for label in labels]
    start = [_may_follow(OUTSIDE, tag, scheme) for tag in tags]
    between = [[_may_follow(before, tag, scheme) for tag in tags] for before in tags]
    end = [_may_follow(tag, OUTSIDE, scheme) for tag in tags]
    return start, between, end


def token_offsets(text: str, tokens: Sequence[str]) -> list[tuple[int, int]]:
    """The offsets of each token in the text: (start, end) in characters (code points).

    Tokens are searched for one after the other, so repeated ones get offsets of their own. Tokens
    in Unicode's composed form (NFC) are found in a text that is not.

    Raises:
        ValueError: a token that is not in the rest of the text.
    """
    composed, origin = [], []  # the text in NFC, and where each of its characters came from
    start = 0
    for n in range(1, len(text) + 1):
        if n == len(text) or not unicodedata.combining(text[n]):
            character = unicodedata.normalize("NFC", text[start:n])
            composed.append(character)
            origin += [start] * len(character)
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
    """Spans of tokens as spans of characters: `text[span.start:span.end]` is the text of a span."""
    offsets = token_offsets(text, tokens)
    return [Span(s.type, offsets[s.start][0], offsets[s.end - 1][1]) for s in spans]
