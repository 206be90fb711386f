"""Shards on the cores of this machine: a process for each, TensorFlow with one thread in each."""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING

from seqtasks.errors import InputError
from seqtasks.offline.job import Job
from seqtasks.offline.predict_shard import ShardReport, predict_shard, report_of
from seqtasks.offline.shards import Shard

if TYPE_CHECKING:
    from seqtasks.runs import Run

DEATHS = 3  # of workers in a row, without a shard finished between, that end the job
ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}


def predict_locally(job: Job, shards: list[Shard], workers: int) -> Iterator[ShardReport]:
    """Predict shards in processes, and report each as it is finished.

    A worker that dies (out of memory, killed) takes its shard's temporary file with it; the shards
    that are not done are given to new ones.

    Args:
        job: what is predicted.
        shards: those that are not done.
        workers: number of processes.

    Raises:
        InputError: the run cannot be loaded, options do not apply to it, or workers die again and
            again.
    """
    left, deaths = {shard.name: shard for shard in shards}, 0
    while left:
        try:
            for report in _in_a_pool(job, [*left.values()], min(workers, len(left))):
                del left[report.name]
                deaths = 0
                yield report
        except BrokenProcessPool as error:
            deaths += 1
            for shard in [shard for shard in left.values() if shard.done]:
                del left[shard.name]  # done, but its report was lost with the worker
                yield report_of(shard)
            if deaths == DEATHS:
                raise InputError(
                    f"worker processes died {DEATHS} times in a row ({error}). Is there enough "
                    "memory? Try fewer --workers; finished shards are kept, and the same command "
                    "goes on with the others."
                ) from error


def _in_a_pool(job: Job, shards: list[Shard], workers: int) -> Iterator[ShardReport]:
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)  # read by the workers when they load TensorFlow
    pool = ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), _end_with, (os.getpid(),)
    )
    try:
        waiting: set[Future] = {pool.submit(_work, job, shard) for shard in shards}
        while waiting:
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _end_with(parent: int) -> None:
    """Begin a worker, which ends when it is interrupted or when its parent process is gone."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _work(job: Job, shard: Shard) -> ShardReport:
    return predict_shard(loaded(job.run), job, shard)


@functools.cache
def loaded(path: Path) -> Run:
    """The run, loaded once a process."""
    from seqtasks.startup import start_quietly

    start_quietly()
    from seqtasks.runs import Run

    return Run(path)
