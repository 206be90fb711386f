"""Describes and checks a corpus before anything is trained on it."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from seqtasks.analysis.corpus_statistics import SplitStatistics
from seqtasks.analysis.findings import Finding, Findings
from seqtasks.analysis.label_checks import LabelChecks
from seqtasks.analysis.text_faults import faults_of
from seqtasks.data import CorpusForm, Stream
from seqtasks.errors import InputError
from seqtasks.pipelines.options import Options, with_options
from seqtasks.tasks import Task, find

CHUNK = 1024  # rows cut into tokens together
LEAK = 0.05  # share of a split that is in train too, from which its scores mislead
REPEATED = 0.05  # share of rows that are copies from which they are more than a note


@dataclass(frozen=True)
class CorpusReport:
    """What a corpus holds and what is wrong with it.

    Attributes:
        notes: on how it is read.
        splits: statistics of each split.
        findings: the gravest first.
    """

    notes: tuple[str, ...]
    splits: dict[str, SplitStatistics]
    findings: tuple[Finding, ...]

    def count(self, level: str) -> int:
        """How many kinds of fault of this level there are."""
        return sum(finding.level == level for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """What its JSON holds."""
        return {
            "notes": [*self.notes],
            "splits": {name: split.to_dict() for name, split in self.splits.items()},
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def __str__(self) -> str:
        lines = [line for name, split in self.splits.items() for line in split.lines(name)]
        lines += [f"note: {note}" for note in self.notes]
        lines += map(str, self.findings)
        counts = {level: self.count(level) for level in ("error", "warning")}
        found = [f"{count} {level}{'s' * (count != 1)}" for level, count in counts.items()]
        return "\n".join([*lines, f"\n{', '.join(found)}"])


def check_corpus(task: str, data: Any = None, **options: Any) -> CorpusReport:
    """Read all splits of a corpus once, and report what they hold and what is wrong.

    Memory holds a checksum of each text, not the texts.

    Args:
        task: the name of the task that it is for.
        data: what `seqtasks.train` takes.
        **options: of the task, by name, that say how it reads its data.

    Raises:
        InputError: no such task or option, a corpus that cannot be opened, or a task of another
            package whose corpora cannot be checked.

    Example:
        >>> print(check_corpus("sentiment", [("good", "yes"), ("good", "no")]))  # doctest: +SKIP
    """
    found = find(task)
    if isinstance(data, (str, os.PathLike)):
        options["data"], data = os.fspath(data), None
    return check_task_corpus(found, with_options(found.config, options, task), data)


def check_task_corpus(task: Task, config: Options, data: Any = None) -> CorpusReport:
    """What `check_corpus` does once its arguments are read."""
    opener = getattr(task.pipeline, "open_corpus", None)
    if opener is None:
        raise InputError(
            f"{task.name}: its pipeline has no open_corpus, so no corpus can be checked."
        )
    form = opener(config, task.corpus(config, data))
    check = _Check(form)
    for name in sorted(form.streams, key=lambda name: name != "train"):
        check.read(name, form.streams[name])
    check.labels.finish(check.splits)
    return CorpusReport(form.notes, check.splits, check.findings.sorted())


class _Check:
    """The state of a check: what was seen in the splits so far."""

    def __init__(self, form: CorpusForm) -> None:
        self.form = form
        self.findings = Findings()
        self.splits: dict[str, SplitStatistics] = {}
        self.labels = LabelChecks(form, self.findings)
        self.seen: dict[int, tuple[int, int]] = {}  # checksum of a text -> split and line
        self.streams: list[Stream] = []

    def read(self, name: str, stream: Stream) -> None:
        """Read one split through."""
        statistics = self.splits[name] = SplitStatistics(stream.origin)
        self.streams.append(stream)
        self.labels.begin(name, stream)
        known = self.splits["train"].types if name != "train" and "train" in self.splits else None
        repeated, leaked = Findings(), Findings()
        rows = _readable(stream, self.findings)
        while chunk := list(itertools.islice(rows, CHUNK)):
            cuts = [self.form.cut([row[place] for _, row in chunk]) for place in self.form.texts]
            for n, (line, row) in enumerate(chunk):
                statistics.rows += 1
                tokens = [token for cut in cuts for token in cut[n]]
                longest = max(len(cut[n]) for cut in cuts)
                for cut in cuts:
                    statistics.add(cut[n], known)
                self._text(stream, line, row, longest)
                self.labels.row(line, row, statistics)
                if len(tokens) >= self.form.least:
                    self._copy(name, line, row, repeated, leaked)
        if known is not None:
            statistics.known_types = len(statistics.types & set(known))
        self._say_copies(name, statistics.rows, repeated, leaked)
        if not statistics.rows:
            self.findings.add("error", "no rows", f"{name}: no rows. Expected some.", stream.origin)

    def _text(self, stream: Stream, line: int, row: tuple[str, ...], length: int) -> None:
        for place in self.form.texts:
            text = row[place]
            if not text.strip():
                message = "texts without any word. Fill them, or leave these rows out."
                self.findings.add("warning", "empty", message, stream.where(line))
            for level, fault, message, found in faults_of(text):
                self.findings.add(level, fault, message, f"{stream.where(line)}: {found}")
        if self.form.max_length and length > self.form.max_length:
            self.findings.add(
                "note",
                "long",
                f"texts of more than {self.form.max_length:,} tokens: what is beyond is not read "
                "(--max-length).",
                f"{stream.where(line)}: {length:,} tokens",
            )

    def _copy(
        self, name: str, line: int, row: tuple[str, ...], repeated: Findings, leaked: Findings
    ) -> None:
        """Note a text that was seen before, in this split or in another."""
        texts = [row[place] for place in self.form.texts]
        key = checksum(*texts)
        number = len(self.streams) - 1
        split, first = self.seen.setdefault(key, (number, line))
        self.labels.same_text(key, line, row)
        if (split, first) == (number, line):
            return
        here, there = self.streams[number].where(line), self.streams[split].where(first)
        if split == number:
            there = there.removeprefix(f"{self.streams[split].origin}, ")
        place = f"{here} as {there}: {' / '.join(texts)[:50]!r}"
        if split == number:
            repeated.add("note", "copies", "", place)
        elif self.streams[split] is self.form.streams.get("train"):
            leaked.add("warning", "leak", "", place)
        else:
            leaked.add("warning", "shared", "", place)

    def _say_copies(self, name: str, rows: int, repeated: Findings, leaked: Findings) -> None:
        for finding in repeated.sorted():
            share = finding.count / rows
            level = "warning" if share >= REPEATED else "note"
            message = f"{name}: {finding.count:,} rows ({share:.1%}) repeat a text of this split."
            self._add(level, finding, message)
        for finding in leaked.sorted():
            share = finding.count / rows
            if finding.name == "leak":
                # Documents share lines as a matter of course.
                grave = share >= LEAK and not self.form.lines
                level = "error" if grave else "warning"
                message = (
                    f"{name}: {finding.count:,} texts ({share:.1%}) are in train too: scores on "
                    "them tell what was remembered. Take them out of one."
                )
            else:
                level = "warning"
                message = f"{name}: {finding.count:,} texts ({share:.1%}) are in another split too."
            self._add(level, finding, message)

    def _add(self, level: Any, finding: Finding, message: str) -> None:
        for place in finding.places:
            self.findings.add(level, finding.name, message, place)
        rest = finding.count - len(finding.places)
        if rest:
            self.findings.add(level, finding.name, message, times=rest)


def checksum(*texts: str) -> int:
    """Eight bytes that stand for some texts."""
    digest = hashlib.blake2b(digest_size=8)
    for text in texts:
        content = text.encode("utf-8", "surrogatepass")
        digest.update(len(content).to_bytes(8, "little") + content)
    return int.from_bytes(digest.digest(), "little")


def _readable(stream: Stream, findings: Findings) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows of a stream up to the first that cannot be read."""
    try:
        yield from stream.read()
    except InputError as error:
        message = "a row that cannot be read; what comes after it was not looked at."
        findings.add("error", "unreadable", message, str(error))
