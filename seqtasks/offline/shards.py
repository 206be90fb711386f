"""Shards: the files that are predicted, and where what is predicted for each goes."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seqtasks.errors import InputError

JSON_LINES, TSV, PARQUET = (".jsonl", ".ndjson"), (".tsv",), (".parquet",)
SUFFIXES = (*JSON_LINES, *TSV, *PARQUET)  # each but .parquet may be followed by .gz
BAD = "bad"  # folder of rows that could not be predicted


@dataclass(frozen=True)
class Shard:
    """A file to predict.

    Attributes:
        source: the file.
        name: it, relative to the folder that all files have in common.
        output: where its rows go with their predictions; complete if it is there.
        bad: where the rows go that cannot be predicted, with the reasons.
        size: of the source in bytes.
    """

    source: Path
    name: str
    output: Path
    bad: Path
    size: int

    @property
    def done(self) -> bool:
        """Whether it is predicted."""
        return self.output.is_file()


def find_shards(patterns: Sequence[str], output: Path) -> tuple[Path, list[Shard]]:
    """The files that patterns match, and the folder that they have in common.

    Args:
        patterns: files, folders or glob patterns; `**` matches folders of any depth.
        output: the folder of the predictions.

    Raises:
        InputError: a pattern without a file, a file of another form, or two files for one output.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        searched = os.path.join(pattern, "*") if os.path.isdir(pattern) else pattern
        paths = [Path(path) for path in sorted(glob.glob(searched, recursive=True))]
        if os.path.isdir(pattern):
            paths = [path for path in paths if suffix_of(path)]
        files = [path for path in paths if path.is_file()]
        if not files:
            raise InputError(
                f"--input {pattern}: no such file. Expected files ending in "
                f"{', '.join(SUFFIXES)} (or these and .gz); quote patterns: 'in/*.jsonl'."
            )
        found.update(dict.fromkeys(path.absolute() for path in files))
    root = Path(os.path.commonpath([path.parent for path in found]))
    shards = [_shard(path, root, output.absolute()) for path in found]
    outputs: dict[Path, Path] = {}
    for shard in shards:
        other = outputs.setdefault(shard.output, shard.source)
        if other != shard.source:
            raise InputError(
                f"--input: expected one file for each output, found {other} and {shard.source} for "
                f"{shard.output}. Rename one of them."
            )
    return root, shards


def suffix_of(path: Path) -> str:
    """The form of a file: one of `SUFFIXES`; "" for others."""
    name = path.name.lower().removesuffix(".gz")
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")


def _shard(path: Path, root: Path, output: Path) -> Shard:
    suffix = suffix_of(path)
    if not suffix:
        raise InputError(
            f"{path}: expected a file ending in one of {', '.join(SUFFIXES)} (or these and .gz). "
            "Rename it to what it is, or convert it."
        )
    name = path.relative_to(root)
    zipped = path.name.lower().endswith(".gz")
    stem = path.name[: -len(suffix) - 3 * zipped]
    target = name.with_name(f"{stem}.jsonl{'.gz' if zipped else ''}")
    bad = Path(BAD, name.with_name(f"{stem}.jsonl"))
    return Shard(path, str(name), output / target, output / bad, path.stat().st_size)
