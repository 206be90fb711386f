"""Checks of labels and tags: unknown, rare, alike, contradicting, breaking their scheme."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping

import seqtasks.text.bio as bio
from seqtasks.analysis.corpus_statistics import SplitStatistics, same_but_for_case
from seqtasks.analysis.findings import Findings
from seqtasks.data import CorpusForm, Stream, split_labels
from seqtasks.errors import InputError

FEW = 5  # training rows of a label with which little can be learned
MAX_LABELS = 1000

Row = tuple[str, ...]


class LabelChecks:
    """Looks at the labels of rows, split by split.

    Args:
        form: of the corpus.
        findings: where faults are added.
    """

    def __init__(self, form: CorpusForm, findings: Findings) -> None:
        self.form, self.findings = form, findings
        self.given: dict[int, tuple[int, int, Stream]] = {}  # text -> label, line and stream
        self.train: Counter[str] | None = None
        self.scheme = self._scheme() if form.label_kind == "spans" else None

    def begin(self, name: str, stream: Stream) -> None:
        """Begin with a split; "train" comes first where there is one."""
        self.name, self.stream = name, stream
        self.unknown: set[str] = set()

    def _scheme(self) -> str | None:
        """The tagging scheme of the first split, as far as it can be read."""
        stream = self.form.streams.get("train") or next(iter(self.form.streams.values()))
        try:
            return bio.detect_scheme(row[1].split(" ") for row in stream)
        except InputError:  # told when the rows are read
            return None

    def labels_of(self, row: Row) -> list[str]:
        """The labels or tags of a row."""
        value = row[self.form.label]
        if self.form.label_kind == "labels":
            return split_labels(value, self.form.separator)
        return [value] if self.form.label_kind == "label" else value.split(" ")

    def row(self, line: int, row: Row, statistics: SplitStatistics) -> None:
        """Look at the labels of a row."""
        if self.form.label_kind == "none":
            return
        labels = self.labels_of(row)
        if self.form.label_kind != "lemmas":
            statistics.labels.update(labels)
        if self.form.label_kind == "spans":
            self._spans(line, row, labels)
        if self.train is not None and self.form.label_kind != "lemmas":
            self._known(line, labels)
        if self.name == "train":
            self.train = statistics.labels

    def _known(self, line: int, labels: list[str]) -> None:
        assigned = self.form.label_kind in ("label", "labels")
        for label in labels:
            if self.name != "train" and label not in (self.train or ()):
                advice = "training refuses it" if assigned else "it cannot be predicted"
                self.findings.add(
                    "error" if assigned else "warning",
                    "unknown label",
                    f"{self.name}: labels that train lacks: {advice}. Correct them, or add rows.",
                    f"{self.stream.where(line)}: {label!r}",
                )

    def _spans(self, line: int, row: Row, tags: list[str]) -> None:
        """Tags of no scheme, and tags that break it."""
        for number, (token, tag) in enumerate(zip(row[0].split(" "), tags, strict=True), start=1):
            try:
                bio.spans_of([tag], "bioes")
            except ValueError:
                self.findings.add(
                    "error",
                    "no tag of spans",
                    "tags that mark no spans: expected O, or B-, I-, E-, S- and a type. Correct "
                    "them, choose another column with --layer, or train `pos` on plain labels.",
                    f"{self.stream.where(line)}, token {number} ({token[:30]!r}): {tag!r}",
                )
                return
        if self.scheme is None:
            return
        repaired, changed = bio.repair(tags, self.scheme)
        if changed:
            wrong = next(n for n, tag in enumerate(tags) if tag != repaired[n])
            self.findings.add(
                "warning",
                "broken scheme",
                f"sentences whose tags break the scheme {self.scheme.upper()}; they are read as "
                "conlleval reads them. Correct the tags.",
                f"{self.stream.where(line)}, token {wrong + 1} "
                f"({row[0].split(' ')[wrong][:30]!r}): {tags[wrong]} after "
                f"{tags[wrong - 1] if wrong else 'the beginning'}",
            )

    def same_text(self, key: int, line: int, row: Row) -> None:
        """Compare the label of a text with what it had before."""
        if self.form.label_kind == "none":
            return
        value = row[self.form.label]
        label = int.from_bytes(hashlib.blake2b(value.encode(), digest_size=8).digest(), "little")
        before, first, stream = self.given.setdefault(key, (label, line, self.stream))
        if before != label:
            self.findings.add(
                "warning",
                "contradiction",
                "the same text with other labels. Decide for one, or --multilabel."
                if self.form.label_kind == "label"
                else "the same text with other labels. Decide for one.",
                f"{self.stream.where(line)} and {stream.where(first)}: {row[0][:50]!r}",
            )

    def finish(self, splits: Mapping[str, SplitStatistics]) -> None:
        """Look at the labels of all rows together."""
        if self.form.label_kind in ("none", "lemmas") or self.train is None:
            return
        origin, labels = splits["train"].origin, self.train
        if not 2 <= len(labels) <= MAX_LABELS:
            message = f"expected 2 to {MAX_LABELS:,} different labels, found {len(labels):,}."
            shown = ", ".join(map(repr, list(labels)[:3]))
            self.findings.add("error", "number of labels", message, f"{origin}: {shown}")
            return
        for group in same_but_for_case(labels):
            counts = ", ".join(f"{label!r} {labels[label]:,}" for label in group)
            message = "labels that differ by case or blanks alone. Write them alike."
            self.findings.add("warning", "labels alike", message, f"{origin}: {counts}")
        for label, count in labels.items():
            if count < FEW:
                message = f"labels with fewer than {FEW} in train: little can be learned of them."
                self.findings.add("warning", "rare label", message, f"{origin}: {label!r} {count}")
