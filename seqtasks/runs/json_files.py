"""JSON files of a run: written at once, and such that every reader accepts them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqtasks.atomic_files import replacing
from seqtasks.errors import InputError


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file of a run.

    Raises:
        InputError: it cannot be read, or is no JSON object.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except ValueError as error:
        raise InputError(
            f"{path}: damaged ({error}). Copy the run again, or train it again."
        ) from error
    if not isinstance(content, dict):
        raise InputError(
            f"{path}: damaged: expected a JSON object, found {type(content).__name__}."
        )
    return content


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file at once; numbers that JSON cannot say (NaN, infinity) become null."""
    text = json.dumps(valid_json(content), indent=2, ensure_ascii=False, allow_nan=False)
    with replacing(path) as unfinished:
        unfinished.write_text(text + "\n", "utf-8")


def valid_json(content: Any) -> Any:
    """Content with None for numbers that are not finite."""
    if isinstance(content, Mapping):
        return {str(key): valid_json(value) for key, value in content.items()}
    if isinstance(content, Sequence) and not isinstance(content, str):
        return [valid_json(value) for value in content]
    if isinstance(content, Path):
        return str(content)
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content
