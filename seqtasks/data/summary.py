"""What the splits of a corpus hold: rows, labels, and a fingerprint of their content."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from seqtasks.data.labelled_texts import split_labels
from seqtasks.data.streams import Splits, Stream

SHOWN = 10  # labels counted in a line; of more, their number is said


@dataclass(frozen=True)
class SplitSummary:
    """What a split holds.

    Args:
        rows: how many.
        labels: rows of each label, by label; empty where rows have no label. Rows may have
            several.
        fingerprint: of the content of all rows in order, hexadecimal.
        checksum: of the content of all rows in any order, 64 bits; those of several splits add up
            modulo 2^64 to that of all their rows.
    """

    rows: int
    labels: Mapping[str, int]
    fingerprint: str
    checksum: int = 0


def summarize(stream: Stream, label: int | None = None, separator: str = "") -> SplitSummary:
    """The summary of a stream, in one pass.

    Args:
        stream: rows of strings.
        label: the place of the label in a row; None where rows have none.
        separator: between the labels of a row; "" where it has one.
    """
    labels: Counter[str] = Counter()
    digest = hashlib.blake2b(digest_size=16)
    rows = checksum = 0
    for row in stream:
        rows += 1
        values = (value.encode("utf-8", "surrogatepass") for value in row)
        content = b"".join(len(value).to_bytes(8, "little") + value for value in values)
        digest.update(content)
        own = hashlib.blake2b(content, digest_size=8).digest()
        checksum = (checksum + int.from_bytes(own, "little")) % 2**64
        if label is not None:
            labels.update(split_labels(row[label], separator) if separator else [row[label]])
    return SplitSummary(rows, dict(sorted(labels.items())), digest.hexdigest(), checksum)


def summarize_splits(
    splits: Splits, label: int | None = None, separator: str = ""
) -> dict[str, SplitSummary]:
    """The summaries of the splits `train`, `validation` and `test`, of those that there are."""
    streams = splits.by_name
    return {name: summarize(stream, label, separator) for name, stream in streams.items()}


def describe_splits(summaries: Mapping[str, SplitSummary]) -> list[str]:
    """A line for each split, and one for each split that lacks labels of the training split."""
    lines = []
    for name, summary in summaries.items():
        line = f"{name}: {summary.rows:,} rows"
        if 0 < len(summary.labels) <= SHOWN:
            counts = (f"{label} {count:,}" for label, count in summary.labels.items())
            line += f" ({', '.join(counts)})"
        elif summary.labels:
            line += f" ({len(summary.labels):,} labels)"
        lines.append(line)
    train = summaries["train"].labels
    for name, summary in summaries.items():
        missing = [label for label in train if label not in summary.labels]
        if missing:
            lines.append(
                f"warning: {name} has no rows of {', '.join(missing[:5])}"
                f"{', ...' if len(missing) > 5 else ''}: its scores say nothing about "
                f"{'them' if len(missing) > 1 else 'it'}"
            )
    return lines
