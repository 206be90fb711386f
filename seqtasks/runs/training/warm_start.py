"""The finished run that a new one begins from."""

from __future__ import annotations

from seqtasks import tasks
from seqtasks.errors import InputError
from seqtasks.pipelines.task import Task
from seqtasks.runs.run import Run
from seqtasks.training import EarlierRun


def earlier_run(path: str, task: Task) -> EarlierRun:
    """What training begins from.

    Args:
        path: the folder of a finished run.
        task: what is to be trained; another task's run will do if its pipeline is the same.

    Raises:
        InputError: no finished run there, or one of another kind of task.
    """
    run = Run(path)
    if tasks.find(run.task).pipeline is not task.pipeline:
        alike = [name for name in tasks.names() if _pipeline(name) is task.pipeline]
        raise InputError(
            f"warm_start: {path} is a run of {run.task}, which {task.name} cannot begin from. "
            f"Expected a run of {', '.join(alike) or task.name}."
        )
    return EarlierRun(path, run.tokenizers, run.manifest.labels, lambda: run.model)


def _pipeline(name: str) -> object:
    try:
        return tasks.find(name).pipeline
    except InputError:  # another package's that cannot be used
        return None
