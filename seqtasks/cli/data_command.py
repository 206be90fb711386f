"""`seqtasks data SPEC --task TASK`: describes and checks a corpus before training."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import tyro

from seqtasks.errors import InputError
from seqtasks.startup import start_quietly
from seqtasks.tasks import Task, find, names

USAGE = """usage: seqtasks data SPEC --task TASK [--strict] [--json] [options of the task]

Describe and check a corpus before anything is trained on it: rows, lengths, labels, copies,
contradictions, leaks between splits, encodings, tags that break their scheme, words that training
does not know. Exit status 1 if it has errors (with --strict, warnings too).

`seqtasks data SPEC --task TASK --help` describes the options with which the task reads it.
"""


@dataclass(frozen=True)
class CheckOptions:
    """How to tell what was found."""

    task: Annotated[str, tyro.conf.arg(metavar="TASK")]
    """Task that the corpus is for; `seqtasks tasks` lists them."""
    strict: bool = False
    """Exit with status 1 on warnings too, not on errors alone."""
    json: bool = False
    """Print everything as one JSON object."""


def data(arguments: list[str]) -> None:
    """Describe and check a corpus; exit status 1 where it has errors.

    Raises:
        InputError: no such task, or a corpus that cannot be opened.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--task")
    name = parser.parse_known_args(arguments)[0].task
    if name is None:
        if not arguments or {"--help", "-h"} & set(arguments):
            print(USAGE, end="")
            sys.exit(0 if arguments else 2)
        raise InputError(f"expected --task TASK, with one of {', '.join(names())}.")
    task = find(name)
    command = _parsed(task, arguments)
    groups = {section: getattr(command, section) for section in _sections(task)}
    config = dataclasses.replace(task.config, **groups)
    start_quietly()
    from seqtasks.analysis import check_task_corpus

    report = check_task_corpus(task, config)
    as_json = command.check.json
    print(json.dumps(report.to_dict(), ensure_ascii=False) if as_json else str(report))
    if report.count("error") or (command.check.strict and report.count("warning")):
        sys.stdout.flush()
        sys.exit(1)


def _parsed(task: Task, arguments: Sequence[str]) -> Any:
    """The options given; the first argument that is no option is the corpus."""
    spec = [] if not arguments or arguments[0].startswith("-") else ["--data", arguments[0]]
    defaults = [(name, getattr(task.config, name)) for name in _sections(task)]
    groups = [(name, type(group), group) for name, group in defaults]
    command = dataclasses.make_dataclass("Check", [("check", CheckOptions), *groups], frozen=True)
    return tyro.cli(
        command,
        prog=f"seqtasks data SPEC --task {task.name}",
        description=f"Describe and check a corpus for {task.name}: {task.title}.",
        args=[*spec, *arguments[bool(spec) :]],
        config=(tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes),
    )


def _sections(task: Task) -> list[str]:
    """The groups of options that say how a corpus is read."""
    return [name for name in ("data", "tokenization") if hasattr(task.config, name)]
