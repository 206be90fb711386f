"""`predict_shard`: one file predicted, whole or not at all; what every engine runs."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from seqtasks.errors import InputError
from seqtasks.offline.job import Job
from seqtasks.offline.rows import SHOWN, BadRow, Numbered, read_rows
from seqtasks.offline.shards import Shard

if TYPE_CHECKING:
    from seqtasks.runs import Run


@dataclass(frozen=True)
class ShardReport:
    """What became of a shard.

    Attributes:
        name: of the shard.
        size: of its source in bytes.
        rows: that were predicted.
        bad: rows that were not.
        seconds: that it took.
        error: why the file could not be read to its end, and is not predicted; "" if it is.
    """

    name: str
    size: int
    rows: int
    bad: int
    seconds: float
    error: str = ""


def predict_shard(run: Run, job: Job, shard: Shard) -> ShardReport:
    """Predict the rows of a file, in constant memory.

    Rows keep their fields and their order, and get another field with the prediction, as `seqtasks
    predict --json` has it, without the text. Rows that cannot be predicted go to `shard.bad`, with
    their number and the reason. Both files are written under temporary names and renamed, the
    output last: a shard whose output is there is complete.

    Raises:
        InputError: options that do not apply to the run.
    """
    began = time.monotonic()
    for path in (shard.output, shard.bad):
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(f".{path.name}.*.unfinished"):
            left.unlink(missing_ok=True)  # of a worker that was killed
    rows = bad = 0
    try:
        with ExitStack() as stack:
            write = stack.enter_context(_renamed(shard.output))
            refuse = stack.enter_context(_renamed(shard.bad, keep=lambda: bad > 0))
            for number, row in _predicted(run, job, read_rows(shard.source)):
                line = None if isinstance(row, BadRow) else _line(row)
                if isinstance(line, str):
                    write.write(line)
                    rows += 1
                    continue
                found = row if isinstance(row, BadRow) else line
                reason = {"file": shard.name, "row": number, **vars(found)}
                refuse.write(json.dumps(reason, ensure_ascii=True) + "\n")
                bad += 1
    except InputError as error:
        if not isinstance(error, UnreadableShard):
            raise
        return ShardReport(shard.name, shard.size, 0, 0, time.monotonic() - began, str(error))
    return ShardReport(shard.name, shard.size, rows, bad, time.monotonic() - began)


def report_of(shard: Shard) -> ShardReport:
    """The report of a shard that is done, counted from its files; its seconds are not known."""
    with (gzip.open if shard.output.name.endswith(".gz") else open)(shard.output, "rb") as file:
        rows = sum(1 for _ in file)
    bad = 0
    if shard.bad.is_file():
        with shard.bad.open("rb") as file:
            bad = sum(1 for _ in file)
    return ShardReport(shard.name, shard.size, rows, bad, 0.0)


class UnreadableShard(InputError):
    """A file that cannot be read to its end; others can be predicted."""


def _predicted(run: Run, job: Job, rows: Iterator[Numbered]) -> Iterator[Numbered]:
    """Rows with their predictions, in order, `job.chunk` at a time."""
    readable = _readable(rows)
    while chunk := list(itertools.islice(readable, job.chunk)):
        texts = [_text(row, job) if isinstance(row, dict) else row for _, row in chunk]
        good = [text for text in texts if isinstance(text, str)]
        results = run.stream(good, chunk_size=max(1, len(good)), **job.options)
        for (number, row), text in zip(chunk, texts, strict=True):
            if isinstance(text, str) and isinstance(row, dict):
                prediction = next(results).to_dict()
                prediction.pop("text", None)
                yield number, {**row, job.output_field: prediction}
            elif isinstance(text, BadRow):
                yield number, text


def _readable(rows: Iterator[Numbered]) -> Iterator[Numbered]:
    try:
        yield from rows
    except InputError as error:
        raise UnreadableShard(str(error)) from error


def _text(row: Mapping[str, Any], job: Job) -> str | BadRow:
    """The text of a row; of a tagger with `tokens=True` its tokens, joined by single spaces."""
    value, name = row.get(job.text_field), job.text_field
    if job.options.get("tokens") and isinstance(value, list):
        if all(isinstance(token, str) and token for token in value):
            return " ".join("_".join(token.split()) or "_" for token in value)
    elif isinstance(value, str):
        return value
    found = type(value).__name__ if name in row else f"only {', '.join(map(str, row))[:200]}"
    return BadRow(f"expected a text in '{name}', found {found}", str(dict(row))[:SHOWN])


def _line(row: Mapping[str, Any]) -> str | BadRow:
    """A row as a line of JSON; values that JSON lacks (dates of Parquet) as their text."""
    try:
        try:
            line = json.dumps(row, ensure_ascii=False, allow_nan=False, default=str)
        except ValueError:  # NaN of Parquet
            from seqtasks.runs.json_files import valid_json

            line = json.dumps(valid_json(row), ensure_ascii=False, allow_nan=False, default=str)
        line.encode()
    except (UnicodeEncodeError, TypeError, ValueError) as error:
        return BadRow(f"expected values that JSON and UTF-8 can hold: {error}", ascii(row)[:SHOWN])
    return line + "\n"


@contextmanager
def _renamed(path: Path, keep: Callable[[], bool] = lambda: True) -> Iterator[TextIO]:
    """A file to write that takes the place of `path` at the end, unless writing fails.

    Its name is its own: a worker that was thought dead cannot rename what another one writes.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.unfinished")
    try:
        with unfinished.open("wb") as raw:
            with (
                gzip.open(raw, "wt", 6, "utf-8")
                if path.name.endswith(".gz")
                else os.fdopen(os.dup(raw.fileno()), "w", encoding="utf-8")
            ) as file:
                yield file  # pyright: ignore[reportReturnType]
            raw.flush()
            os.fsync(raw.fileno())
        if keep():
            unfinished.replace(path)
        else:
            path.unlink(missing_ok=True)
    finally:
        unfinished.unlink(missing_ok=True)
