"""The lemmas of a corpus as edit rules, made ready to train a tagger on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from seqtasks.data.labels import MAX_LABELS, check_number
from seqtasks.data.streams import Row, Splits, Stream
from seqtasks.data.tags import TaggedSplits
from seqtasks.errors import InputError
from seqtasks.text.edit_rules import rule_of

BETWEEN = "\x1f"  # joins a tag of the second layer to a rule; neither can hold it


def lemma_rules(splits: Splits, columns: int = 0) -> TaggedSplits:
    """The rule that makes the lemma of each token, as its tag.

    Where rows have a second layer of tags, their tag is joined before the rule: what
    decides between "left" of leave and "left" itself is then learned with it.

    The most frequent `MAX_LABELS` tags are kept; tokens of others are not learned.

    Args:
        splits: rows `(tokens, lemmas, *columns)`, or with tags of the second layer after them.
        columns: how many columns of features there are; they stay as they are.

    Raises:
        InputError: lemmas that are not annotated ("_"), or of one rule only.
    """
    counts: Counter[str] = Counter()
    missing = 0
    ruled = {name: _ruled(stream, columns) for name, stream in splits.by_name.items()}
    for (_, lemmas, *_), (_, rules, *_) in zip(splits.train, ruled["train"], strict=True):
        missing += lemmas.split(" ").count("_")
        counts.update(rules.split(" "))
    if missing > counts.total() / 2:
        raise InputError(
            f"{splits.train.origin}: {missing:,} of {counts.total():,} lemmas are '_', which "
            "stands for no lemma. Choose the column of the lemmas with --layer (layer= in Python), "
            "or another corpus."
        )
    tags = [tag for tag, _ in counts.most_common(MAX_LABELS)]
    check_number(tags, splits.train, "edit rules", "--layer")
    known, notes = set(tags), ()
    rare = counts.total() - sum(counts[tag] for tag in tags)
    if rare:
        notes += (
            f"train: {rare:,} tokens need edit rules beyond the {MAX_LABELS:,} most frequent: they "
            "are not learned",
        )
    for name in splits.held_out:
        found = [tag for _, rules, *_ in ruled[name] for tag in rules.split(" ")]
        new = sum(tag not in known for tag in found)
        notes += (f"{name}: {new / len(found):.1%} of the tokens need rules that training lacks",)
    return TaggedSplits(replace(splits, **ruled, notes=splits.notes + notes), tags, None, splits)


def split_tag(tag: str) -> tuple[str | None, str]:
    """The second layer's tag, None where there is none, and the rule of a tag of `lemma_rules`."""
    second, between, rule = tag.rpartition(BETWEEN)
    return second if between else None, rule


def _ruled(stream: Stream, columns: int) -> Stream:
    def read() -> Iterator[tuple[int, Row]]:
        for line, (tokens, lemmas, *others) in stream.read():
            pairs = zip(tokens.split(" "), lemmas.split(" "), strict=True)
            rules = [rule_of(*pair) for pair in pairs]
            for tags in others[columns:]:  # the second layer
                joined = zip(tags.split(" "), rules, strict=True)
                rules = [f"{tag}{BETWEEN}{rule}" for tag, rule in joined]
            yield line, (tokens, " ".join(rules), *others[:columns])

    return Stream(stream.origin, read, stream.unit)
