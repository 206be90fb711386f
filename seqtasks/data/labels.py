"""The labels of a corpus: found in training, checked in the other splits."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from seqtasks.data.columns import choose
from seqtasks.data.streams import Splits, Stream
from seqtasks.errors import InputError

MAX_LABELS = 1000


def checked_labels(found: Collection[str], splits: Splits) -> list[str]:
    """The training split's labels by alphabet, if they can be learned and tested.

    Args:
        found: the labels of the training rows (their last column), each once.
        splits: the corpus; validation and test are read through.

    Raises:
        InputError: fewer than 2 labels or more than `MAX_LABELS`, or a row with another label.
    """
    labels = sorted(found)
    check_number(labels, splits.train, "labels", "--label-field")
    for stream in (splits.validation, splits.test):
        for line, row in stream.read():
            if row[-1] not in found:
                raise InputError(
                    f"{stream.where(line)}: the label '{row[-1]}' is not in the training split, "
                    f"which has {', '.join(labels[:20])}. Correct it, or add training rows of it."
                )
    return labels


def check_number(found: Sequence[str], train: Stream, kind: str, option: str) -> None:
    """Raises unless the training split has 2 to `MAX_LABELS` labels (or tags: `kind`)."""
    if not 2 <= len(found) <= MAX_LABELS:
        shown = ", ".join(f"'{name[:40]}'" for name in found[:5])
        raise InputError(
            f"{train.origin}: expected 2 to {MAX_LABELS} different {kind}, found {len(found)}: "
            f"{shown}{', ...' * (len(found) > 5)}. Is this the column of the {kind}? "
            f"{choose(option)}"
        )
