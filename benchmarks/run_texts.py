"""Texts to send to a run, for benchmarks."""

from __future__ import annotations

import json
from pathlib import Path


def texts_of(path: Path, count: int = 500) -> list[str]:
    """Texts of the run's own test split."""
    with (path / "predictions.jsonl").open() as file:
        rows = [json.loads(line) for line, _ in zip(file, range(count), strict=False)]
    return [row["text"] if "text" in row else " ".join(row["tokens"]) for row in rows]
