"""Batcher: joins the requests of a model into batches, and runs them one after the other."""

from __future__ import annotations

import asyncio
import collections
import logging
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from seqtasks.serving.errors import RequestError
from seqtasks.serving.limits import Limits
from seqtasks.serving.metrics import ModelMetrics

log = logging.getLogger("seqtasks.serving")

# Requests are joined up to so many bytes of text: short ones do not wait for many long ones, and
# the memory of a batch is bounded. A single request may have more.
BATCH_BYTES = 256 * 1024

Compute = Callable[[Sequence[Any]], Sequence[Any]]


@dataclass(eq=False)
class Job:
    """A request on its way to the model.

    Args:
        payload: what `compute` is given.
        rows: texts in it.
        size: bytes in it.
        key: requests of equal keys are joined; None is joined with nothing.
        compute: payloads of joined requests -> a result for each, in order. It runs in the
            model's thread.
    """

    payload: Any
    rows: int
    size: int
    key: Hashable | None
    compute: Compute
    future: asyncio.Future[Any] = field(default_factory=lambda: asyncio.Future())
    arrival: float = field(default_factory=time.monotonic)


class Batcher:
    """A bounded queue of requests, and the one thread in which a model runs.

    While a batch is computed, requests gather for the next. An idle model waits for at most
    `max_wait_ms` from the first request's arrival, and only where the batch before was of several
    requests: a lone client is not kept waiting for others.

    Args:
        name: of the model; its thread is named so.
        limits: of batch, wait and queue.
        metrics: of the model.
    """

    def __init__(self, name: str, limits: Limits, metrics: ModelMetrics) -> None:
        self._limits, self._metrics = limits, metrics
        self._waiting: collections.deque[Job] = collections.deque()
        self._arrival = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"model {name}")
        self._task: asyncio.Task[None] | None = None
        self._busy = False

    def start(self) -> None:
        """Begin to answer; in the event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def submit(self, job: Job, *, accepted: bool = False) -> Any:
        """The result of a request.

        Args:
            job: the request.
            accepted: whether it is a further part of a request that was accepted before, which
                a full queue does not turn away.

        Raises:
            RequestError: 503, the queue is full.
            Exception: what `compute` raised for this request.
        """
        if len(self._waiting) >= self._limits.max_queue and not accepted:
            raise RequestError(
                503,
                f"{len(self._waiting)} requests wait for this model, the most that may. Try again "
                "in a second.",
                retry_after=1,
            )
        self._waiting.append(job)
        self._metrics.queue.set(len(self._waiting))
        self._arrival.set()
        return await job.future

    async def stop(self) -> None:
        """Answer what waits, then end."""
        while self._waiting or self._busy:
            await asyncio.sleep(0.005)
        if self._task:
            self._task.cancel()
        self._thread.shutdown()

    async def _run(self) -> None:
        loop, several = asyncio.get_running_loop(), False
        while True:
            while not self._waiting:
                self._arrival.clear()
                await self._arrival.wait()
            if several and not self._is_full():
                await self._wait_for_others()
            jobs = self._next_batch()
            several, self._busy = len(jobs) > 1, True
            self._metrics.batch.observe(sum(job.rows for job in jobs))
            try:
                found = await loop.run_in_executor(self._thread, compute_each, jobs)
                for job, (result, error) in zip(jobs, found, strict=True):
                    if job.future.cancelled():
                        continue
                    if error is None:
                        job.future.set_result(result)
                    else:
                        job.future.set_exception(error)
            finally:
                self._busy = False

    async def _wait_for_others(self) -> None:
        deadline = self._waiting[0].arrival + self._limits.max_wait_ms / 1000
        while not self._is_full():
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self._arrival.clear()
            try:
                await asyncio.wait_for(self._arrival.wait(), left)
            except TimeoutError:
                return

    def _is_full(self) -> bool:
        return len(self._waiting) >= self._limits.max_batch

    def _next_batch(self) -> list[Job]:
        """The oldest request and all others that it can be joined with, in their order."""
        first = self._waiting.popleft()
        batch, rows, size = [first], first.rows, first.size
        rest: list[Job] = []
        while first.key is not None and self._waiting and rows < self._limits.max_batch:
            job = self._waiting.popleft()
            fits = rows + job.rows <= self._limits.max_batch and size + job.size <= BATCH_BYTES
            if job.key == first.key and fits:
                batch.append(job)
                rows, size = rows + job.rows, size + job.size
            else:
                rest.append(job)
        self._waiting.extendleft(reversed(rest))
        self._metrics.queue.set(len(self._waiting))
        return [job for job in batch if not job.future.cancelled()]


def compute_each(jobs: Sequence[Job]) -> list[tuple[Any, Exception | None]]:
    """A result or an error for each request; where the batch fails, each is tried alone."""
    if not jobs:
        return []
    try:
        found = jobs[0].compute([job.payload for job in jobs])
        return [(result, None) for result in found]
    except Exception as error:
        if len(jobs) == 1:
            return [(None, error)]
        log.info("a batch of %d requests failed (%s); each is tried alone", len(jobs), error)
    return [pair for job in jobs for pair in compute_each([job])]
