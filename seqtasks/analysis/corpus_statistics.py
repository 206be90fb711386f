"""Statistics of a split: rows, lengths, labels, and what is known from the training split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

LABELS = 12  # shown with their counts


@dataclass
class SplitStatistics:
    """What a split holds.

    Attributes:
        origin: where it comes from.
        rows: how many.
        lengths: how many texts have how many tokens.
        labels: how often each label or tag occurs.
        known_tokens: tokens that the training split has too.
        types: different tokens, as checksums.
        known_types: those that the training split has too.
    """

    origin: str
    rows: int = 0
    lengths: Counter[int] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    known_tokens: int = 0
    types: set[int] = field(default_factory=set)
    known_types: int = 0

    def add(self, tokens: Iterable[str], known: Collection[int] | None) -> int:
        """Count a text's tokens; gives their number."""
        hashes = [hash(token) for token in tokens]
        self.lengths[len(hashes)] += 1
        if known is not None:
            self.known_tokens += sum(one in known for one in hashes)
        self.types.update(hashes)
        return len(hashes)

    @property
    def tokens(self) -> int:
        """How many tokens."""
        return sum(length * count for length, count in self.lengths.items())

    def percentile(self, share: float) -> int:
        """The smallest length that at least this share of the texts does not exceed."""
        wanted, seen = share * self.lengths.total(), 0
        for length in sorted(self.lengths):
            seen += self.lengths[length]
            if seen >= wanted:
                return length
        return 0

    def to_dict(self) -> dict[str, Any]:
        """What its JSON holds."""
        content: dict[str, Any] = {
            "origin": self.origin,
            "rows": self.rows,
            "tokens": self.tokens,
            "types": len(self.types),
            "mean_length": self.tokens / max(1, self.lengths.total()),
            "median_length": self.percentile(0.5),
            "length_95": self.percentile(0.95),
            "longest": max(self.lengths, default=0),
            "labels": dict(sorted(self.labels.items())),
        }
        if self.known_types:
            content["known_tokens"] = self.known_tokens / max(1, self.tokens)
            content["known_types"] = self.known_types / max(1, len(self.types))
        return content

    def lines(self, name: str) -> list[str]:
        """Lines for people."""
        content = self.to_dict()
        lines = [
            f"{name}: {self.rows:,} rows, {self.tokens:,} tokens, {len(self.types):,} different; "
            f"tokens a text: mean {content['mean_length']:.1f}, median {content['median_length']}, "
            f"95 % up to {content['length_95']}, longest {content['longest']:,}"
        ]
        if self.labels:
            most = self.labels.most_common(LABELS)
            counts = ", ".join(f"{label} {count:,}" for label, count in most)
            more = f" ... {len(self.labels) - LABELS:,} more" if len(self.labels) > LABELS else ""
            lines.append(f"  {len(self.labels):,} labels: {counts}{more}")
        if "known_tokens" in content:
            lines.append(
                f"  in train: {content['known_tokens']:.1%} of its tokens, "
                f"{content['known_types']:.1%} of its different ones"
            )
        return lines


def same_but_for_case(labels: Iterable[str]) -> list[tuple[str, ...]]:
    """Groups of labels that differ by case or blanks alone."""
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault("".join(label.casefold().split()), []).append(label)
    return [tuple(sorted(group)) for group in groups.values() if len(group) > 1]
