"""The labels of a corpus: found in training, checked in the other splits."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from seqtasks.data.columns import choose
from seqtasks.data.labelled_texts import split_labels
from seqtasks.data.streams import Splits, Stream
from seqtasks.errors import InputError

MAX_LABELS = 1000


def checked_labels(found: Collection[str], splits: Splits, separator: str = "") -> list[str]:
    """The training split's labels by alphabet, if they can be learned and tested.

    Args:
        found: the labels of the training rows (their second column), each once.
        splits: the corpus; validation and test are read through.
        separator: between the labels of a row; "" where rows have one label.

    Raises:
        InputError: fewer than 2 labels or more than `MAX_LABELS`, or a row with another label.
    """
    labels = sorted(found)
    check_number(labels, splits.train, "labels", "--label-field")
    for stream in splits.held_out.values():
        for line, row in stream.read():
            for label in split_labels(row[1], separator) if separator else row[1:2]:
                if label not in found:
                    raise InputError(
                        f"{stream.where(line)}: the label '{label}' is not in the training split, "
                        f"which has {', '.join(labels[:20])}. Correct it, or add training rows of "
                        "it."
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


def class_weights(
    given: Sequence[str], counts: Mapping[str, int], labels: Sequence[str]
) -> list[float]:
    """The weight of each label in the loss.

    Args:
        given: ("balanced",): n / (k n_label), as in scikit-learn, where n rows have k labels; or
            "label=weight" for some labels; none: all weigh 1.
        counts: training rows of each label.
        labels: the labels in the order wanted.

    Raises:
        InputError: a label that training lacks, or no positive, finite weight.
    """
    if tuple(given) == ("balanced",):
        rows = sum(counts.values())
        return [rows / (len(labels) * counts[label]) for label in labels]
    weights = dict.fromkeys(labels, 1.0)
    for item in given:
        label, _, text = item.rpartition("=")
        try:
            weight = float(text)
        except ValueError:
            weight = math.nan
        if label not in weights or not 0 < weight < math.inf:
            raise InputError(
                f"class_weight: expected 'balanced', or LABEL=WEIGHT with a label of the training "
                f"rows ({', '.join(labels[:20])}) and a positive number, found '{item[:60]}'."
            )
        weights[label] = weight
    return [weights[label] for label in labels]
