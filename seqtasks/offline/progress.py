"""Throughput and time left, as shards are finished."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from seqtasks.offline.predict_shard import ShardReport
from seqtasks.offline.shards import Shard
from seqtasks.wording import duration

EVERY = 5.0  # seconds between two lines


class ShardProgress:
    """Says how many shards and rows are done, how fast, and how long it takes yet.

    The time left is that of the bytes left at the speed so far.

    Args:
        say: what prints a line.
        shards: all of the job.
    """

    def __init__(self, say: Callable[[str], None], shards: Sequence[Shard]) -> None:
        self._say, self._count = say, len(shards)
        self._left = sum(shard.size for shard in shards if not shard.done)
        self._skipped = sum(shard.done for shard in shards)
        self._began = self._said = time.monotonic()
        self._read = 0
        self.reports: list[ShardReport] = []
        if self._skipped:
            say(f"{self._skipped:,} of {self._count:,} shards are done already")

    @property
    def rows(self) -> int:
        """Rows predicted."""
        return sum(report.rows for report in self.reports)

    @property
    def bad(self) -> int:
        """Rows that could not be predicted."""
        return sum(report.bad for report in self.reports)

    @property
    def failed(self) -> list[ShardReport]:
        """Shards that could not be read."""
        return [report for report in self.reports if report.error]

    def add(self, report: ShardReport) -> None:
        """A shard is finished."""
        self.reports.append(report)
        self._read += report.size
        if report.error:
            self._say(f"warning: {report.error}")
        now = time.monotonic()
        if now - self._said >= EVERY:
            self._said = now
            left = (now - self._began) * max(0, self._left - self._read) / max(1, self._read)
            done = self._skipped + len(self.reports)
            self._say(
                f"{done:,} of {self._count:,} shards, {self.rows:,} rows, {self._speed(now)}, "
                f"about {duration(left)} left"
            )

    def end(self) -> None:
        """Say what was done in all."""
        now = time.monotonic()
        bad = f", {self.bad:,} bad ones" if self.bad else ""
        self._say(f"{self.rows:,} rows{bad} in {now - self._began:,.1f} s, {self._speed(now)}")

    def _speed(self, now: float) -> str:
        return f"{self.rows / max(now - self._began, 1e-9):,.0f} rows/s"
