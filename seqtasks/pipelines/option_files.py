"""Options from files: TOML written by hand, or the config.json of a run."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

from seqtasks.errors import InputError


def read_options(path: str | os.PathLike[str], task: str) -> dict[str, Any]:
    """The options that a file holds, by name.

    Args:
        path: a `.toml` file (names and values, in tables or not), a `.json` file such as a run's
            `config.json`, or the folder of a run.
        task: the name of the task they are for; a file that names another one is refused.

    Raises:
        InputError: the file cannot be read, is of another kind or of another task.
    """
    file = Path(path)
    file = file / "config.json" if file.is_dir() else file
    try:
        text = file.read_text("utf-8")
        content = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror or error}).") from error
    except (tomllib.TOMLDecodeError, ValueError) as error:
        kind = "TOML" if file.suffix == ".toml" else "JSON"
        raise InputError(
            f"{file}: no well-formed {kind} ({error}). Expected options by name in a .toml file, "
            "or the config.json of a run."
        ) from error
    if not isinstance(content, dict):
        raise InputError(f"{file}: expected options by name, found a {type(content).__name__}.")
    options: dict[str, Any] = {}
    for name, value in content.items():
        options |= value if isinstance(value, dict) else {name: value}
    owner = options.pop("task", task)
    if owner != task:
        raise InputError(f"{file}: is of the task '{owner}', not of '{task}'. Choose another file.")
    return {name.replace("-", "_"): value for name, value in options.items()}
