"""Job: what is predicted for which files, by which run; kept beside the predictions.

Importing `seqtasks.offline` imports no TensorFlow: workers load it when they load their run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqtasks.errors import InputError
from seqtasks.offline.shards import Shard, find_shards

JOB = "job.json"  # in the folder of the predictions


@dataclass(frozen=True)
class Job:
    """What is to be predicted.

    Attributes:
        run: folder of the run.
        shards: the files.
        text_field: of the rows that holds the text.
        output_field: of the rows that gets the prediction.
        options: of prediction, by name.
        chunk: rows predicted together.
    """

    run: Path
    shards: tuple[Shard, ...]
    text_field: str
    output_field: str
    options: Mapping[str, Any]
    chunk: int = 1024


def make_job(
    run: Path,
    inputs: Sequence[str],
    output: Path,
    *,
    text_field: str = "text",
    output_field: str = "prediction",
    options: Mapping[str, Any] | None = None,
) -> Job:
    """Find the files, and make the folder of the predictions.

    Args:
        run: folder of a finished run.
        inputs: files, folders or glob patterns.
        output: folder of the predictions. One that holds some already is continued, if it is of the
            same run, files and options.
        text_field: of the rows that holds the text.
        output_field: of the rows that gets the prediction.
        options: of prediction, by name.

    Raises:
        InputError: no run, no files, or a folder with predictions of another job.
    """
    from seqtasks.runs.json_files import read_json, valid_json, write_json

    root, shards = find_shards(inputs, output)
    if any(shard.source == shard.output for shard in shards):
        raise InputError(f"--output {output}: expected another folder than that of --input.")
    job = Job(run.absolute(), tuple(shards), text_field, output_field, dict(options or {}))
    facts = valid_json(
        {
            "run": str(run.absolute()),
            "model": _fingerprint(run),
            "folder": str(root),
            "text_field": text_field,
            "output_field": output_field,
            "options": job.options,
        }
    )
    path = output / JOB
    if path.exists():
        earlier = read_json(path)
        changed = [name for name in facts if facts[name] != earlier.get(name)]
        if changed:
            was = "; ".join(f"{name} was {earlier.get(name)!r}" for name in changed)
            raise InputError(
                f"--output {output}: holds predictions of another job: {was}. Choose another "
                "folder, or remove this one."
            )
    else:
        output.mkdir(parents=True, exist_ok=True)
        write_json(path, facts)
    return job


def _fingerprint(run: Path) -> str:
    """What tells a run from one that took its place: its manifest, with checksums of its files."""
    from seqtasks.runs.folder import MANIFEST, locate

    path = locate(run) / MANIFEST
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}).") from error
