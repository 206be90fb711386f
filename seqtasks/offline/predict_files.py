"""`predict_files`: all shards of a job, by the engine of choice."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal

from seqtasks.errors import InputError
from seqtasks.offline.job import Job
from seqtasks.offline.local_engine import predict_locally
from seqtasks.offline.progress import ShardProgress
from seqtasks.offline.ray_engine import check_ray, predict_on_ray

Engine = Literal["local", "ray"]


def predict_files(
    job: Job,
    *,
    engine: Engine = "local",
    workers: int | None = None,
    address: str | None = None,
    say: Callable[[str], None] = print,
) -> ShardProgress:
    """Predict all shards that are not done yet.

    Args:
        job: what is predicted.
        engine: "local" (processes of this machine) or "ray".
        workers: processes, or actors; None is one for each core that this process may use.
        address: of a Ray cluster.
        say: what prints lines: progress, and what could not be read.

    Returns:
        The reports of the shards.

    Raises:
        InputError: nothing can be predicted: no run, options that do not apply, no Ray; or, when
            all others are done, some files could not be read.
    """
    if engine == "ray":
        check_ray()
    usable = getattr(os, "sched_getaffinity", None)  # Linux
    count = workers or (len(usable(0)) if usable else os.cpu_count() or 1)
    left = [shard for shard in job.shards if not shard.done]
    progress = ShardProgress(say, job.shards)
    reports = (
        predict_on_ray(job, left, count, address)
        if engine == "ray"
        else predict_locally(job, left, count)
    )
    for report in reports if left else ():
        progress.add(report)
    progress.end()
    if progress.failed:
        names = ", ".join(report.name for report in progress.failed[:5])
        raise InputError(
            f"{len(progress.failed)} of {len(job.shards)} files could not be read: {names}. The "
            "others are done; mend these and give the same command again."
        )
    return progress
