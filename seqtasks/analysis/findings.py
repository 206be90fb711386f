"""Findings: what is wrong with a corpus, how often, and where first."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["error", "warning", "note"]

SHOWN = 3  # places of a finding


@dataclass(frozen=True)
class Finding:
    """One kind of fault in a corpus.

    Attributes:
        level: "error": training refuses it, or scores would be wrong; "warning": likely a mistake;
            "note": worth knowing.
        name: of the kind of fault.
        message: what is wrong and what to do.
        count: how many times.
        places: the first of them, each with file and line.
    """

    level: Level
    name: str
    message: str
    count: int
    places: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """What its JSON holds."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        lines = [f"{self.level}: {self.message}", *self.places]
        if self.count > len(self.places):
            lines.append(f"... {self.count - len(self.places):,} more")
        return "\n    ".join(lines)


class Findings:
    """Collects faults by kind, in the order in which kinds are first met."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[Any]] = {}

    def add(self, level: Level, name: str, message: str, place: str = "", times: int = 1) -> None:
        """Count a fault, and keep its place if it is among the first of its kind.

        Args:
            level: of the kind.
            name: of the kind.
            message: of the kind; faults of one name with different messages are counted apart.
            place: file and line, and what stands there.
            times: how often it occurs.
        """
        entry = self._found.setdefault((name, message), [level, 0, []])
        entry[1] += times
        if place and len(entry[2]) < SHOWN:
            entry[2].append(place)

    def sorted(self) -> tuple[Finding, ...]:
        """All findings, the gravest first."""
        levels = ("error", "warning", "note")
        found = [
            Finding(level, name, message, count, tuple(places))
            for (name, message), (level, count, places) in self._found.items()
        ]
        return tuple(sorted(found, key=lambda finding: levels.index(finding.level)))
