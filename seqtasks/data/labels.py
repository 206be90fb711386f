"""The labels of a corpus: found in training, checked in the other splits."""

from __future__ import annotations

from collections.abc import Collection

from seqtasks.data.streams import Splits
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
    if not 2 <= len(labels) <= MAX_LABELS:
        shown = ", ".join(f"'{label[:40]}'" for label in labels[:5])
        raise InputError(
            f"{splits.train.origin}: expected 2 to {MAX_LABELS} different labels, found "
            f"{len(labels)}: {shown}{', ...' * (len(labels) > 5)}. Is this the column of the "
            "labels? Choose it with --label-field."
        )
    for stream in (splits.validation, splits.test):
        for line, row in stream.read():
            if row[-1] not in found:
                raise InputError(
                    f"{stream.where(line)}: the label '{row[-1]}' is not in the training split, "
                    f"which has {', '.join(labels[:20])}. Correct it, or add training rows of it."
                )
    return labels
