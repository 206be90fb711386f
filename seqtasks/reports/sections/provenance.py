"""How to make the run again: settings that differ from the defaults, command, times, versions."""

from __future__ import annotations

import shlex
from typing import Any

from seqtasks.reports.page import Markup, element, number, table
from seqtasks.reports.page.elements import joined
from seqtasks.reports.record import RunRecord

UNSAVED = "rows in memory"


def provenance(record: RunRecord) -> Markup:
    """Settings, command, times and versions."""
    scores, changed = record.scores, record.changed
    rows = [[name, _said(value), _said(record.defaults[name])] for name, value in changed.items()]
    facts = [
        ["training", f"{number(scores.get('training_seconds'))} s"],
        ["epochs", f"{len(record.history)}, of which {record.best_epoch} is kept"],
        ["parameters", scores.get("parameters")],
        ["seed", str(scores.get("seed", "–"))],
        *([name, version] for name, version in (scores.get("versions") or {}).items()),
    ]
    return joined(
        table(["option", "this run", "default"], rows, "Settings that differ from the defaults")
        if rows
        else element("p", "All settings are the defaults."),
        element("h3", "Command"),
        _command(record),
        table(["", ""], facts, "Times and versions"),
    )


def _command(record: RunRecord) -> Markup:
    partition = record.scores.get("partition") or {}
    notes = []
    if record.config.get("data") == UNSAVED:
        notes.append("The rows were in memory: save them to a file and name it with --data.")
    if partition.get("folds"):
        notes.append(
            f"This run is fold {partition.get('fold')} of {partition['folds']}: the command trains "
            "all of them."
        )
    note = element("p", " ".join(notes), class_="note") if notes else None
    return joined(element("pre", element("code", command_line(record))), note)


def command_line(record: RunRecord) -> str:
    """The command that makes the run again, with every option that differs from the default."""
    words = ["seqtasks", "train", record.task]
    for name, value in record.changed.items():
        if name == "data" and value == UNSAVED:
            value = "FILE"
        words += _option(name.replace("_", "-"), value)
    partition = record.scores.get("partition") or {}
    if partition.get("folds"):
        words += ["--folds", str(partition["folds"])]
    elif partition and not partition.get("test", True):
        words += ["--no-test"]
    return shlex.join([*words, "--out", "RUN"])


def _option(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    if isinstance(value, (list, tuple)):
        return [f"--{name}", *map(str, value)]
    return [f"--{name}", str(value)]


def _said(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)
