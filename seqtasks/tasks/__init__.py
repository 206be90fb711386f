"""The door to the named tasks: those of this project and those of other packages.

The files are those of the checkout's `tasks/` folder, which the wheel holds as `seqtasks/tasks`;
both are imported as `seqtasks.tasks.NAME`. Another package adds a task by an entry point:

    [project.entry-points."seqtasks.tasks"]
    haiku = "haiku_maker.task:TASK"
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from importlib import metadata
from pathlib import Path

from seqtasks.errors import InputError
from seqtasks.pipelines.task import Task
from seqtasks.startup import start_quietly
from seqtasks.wording import did_you_mean

__all__ = ["Task", "find", "names"]

GROUP = "seqtasks.tasks"
_root = Path(__file__).parents[2]
if (_root / "pyproject.toml").is_file() and (_root / "train.py").is_file():  # a checkout
    __path__.append(str(_root / "tasks"))


def names() -> list[str]:
    """The names of all tasks: the project's own, then those of other packages."""
    own = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return own + sorted({entry.name for entry in metadata.entry_points(group=GROUP)} - {*own})


def find(name: str) -> Task:
    """The task of this name.

    Raises:
        InputError: no task has this name (the message has the nearest ones), or the package that
            offers it cannot be imported.
    """
    known = names()
    if name not in known:
        meant = did_you_mean(name, known)
        raise InputError(f"no task '{name}'. {meant}There are: {', '.join(known)}.")
    if any(module.name == name for module in pkgutil.iter_modules(__path__)):
        task = importlib.import_module(f"{__name__}.{name}").TASK
    else:
        (entry, *_) = metadata.entry_points(group=GROUP, name=name)
        start_quietly()  # the package may import TensorFlow, which would write to the terminal
        try:
            task = entry.load()
        except Exception as error:
            raise InputError(
                f"the task '{name}' comes from {entry.value}, which cannot be imported "
                f"({type(error).__name__}: {error}). Repair or uninstall that package."
            ) from error
        if not isinstance(task, Task):
            raise InputError(
                f"the task '{name}' comes from {entry.value}, which is a {type(task).__name__}. "
                "Expected a seqtasks.tasks.Task."
            )
    return dataclasses.replace(task, name=name)
