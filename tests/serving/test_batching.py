"""Batches: what is joined, what a full queue says, what a failing request does to others."""

import asyncio
import threading

import pytest

from seqtasks.serving.batching import Batcher, Job
from seqtasks.serving.errors import RequestError
from seqtasks.serving.limits import Limits
from seqtasks.serving.metrics import Metrics


def run_with(batcher_of, work):
    """Runs `work(batcher, model)` beside a batcher whose model computes when it is released."""

    async def both():
        batcher = Batcher("m", batcher_of, Metrics().of("m"))
        batcher.start()
        model = Model()
        await asyncio.wait_for(work(batcher, model), 20)
        model.release.set()
        await batcher.stop()

    asyncio.run(both())


class Model:
    """Doubles numbers, and records which came together."""

    def __init__(self):
        self.release, self.batches = threading.Event(), []

    def __call__(self, numbers):
        self.release.wait(10)
        self.batches.append(list(numbers))
        if 13 in numbers:
            raise ValueError("thirteen")
        return [2 * number for number in numbers]

    def job(self, number, key="k", rows=1):
        return Job(number, rows, 1, key, self)


async def begin(batcher, model, jobs):
    """The first job is being computed, the others wait."""
    tasks = [asyncio.ensure_future(batcher.submit(jobs[0]))]
    await asyncio.sleep(0.05)
    tasks += [asyncio.ensure_future(batcher.submit(job)) for job in jobs[1:]]
    await asyncio.sleep(0.05)
    model.release.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_what_waits_is_joined_by_key_up_to_the_largest_batch():
    async def work(batcher, model):
        jobs = [model.job(0)] + [model.job(n, "a" if n % 2 else "b") for n in range(1, 9)]
        assert await begin(batcher, model, jobs) == [2 * n for n in range(9)]
        assert model.batches == [[0], [1, 3, 5], [2, 4, 6], [7], [8]]

    run_with(Limits(max_batch=3), work)


def test_jobs_without_a_key_are_joined_with_nothing():
    async def work(batcher, model):
        jobs = [model.job(n, None) for n in range(4)]
        assert await begin(batcher, model, jobs) == [0, 2, 4, 6]
        assert model.batches == [[0], [1], [2], [3]]

    run_with(Limits(), work)


def test_a_failing_request_fails_alone():
    async def work(batcher, model):
        found = await begin(batcher, model, [model.job(n) for n in (1, 12, 13, 14)])
        assert found[:2] + found[3:] == [2, 24, 28]
        assert isinstance(found[2], ValueError)

    run_with(Limits(), work)


def test_a_full_queue_turns_away_with_a_time_to_come_again():
    async def work(batcher, model):
        found = await begin(batcher, model, [model.job(n) for n in range(4)])
        assert found[:3] == [0, 2, 4]
        assert isinstance(found[3], RequestError)
        assert (found[3].status, found[3].retry_after) == (503, 1)

    run_with(Limits(max_queue=2), work)


def test_stopping_answers_what_waits():
    async def both():
        batcher, model = Batcher("m", Limits(max_batch=2), Metrics().of("m")), Model()
        batcher.start()
        model.release.set()
        tasks = [asyncio.ensure_future(batcher.submit(model.job(n))) for n in range(9)]
        await asyncio.sleep(0)
        await batcher.stop()
        assert await asyncio.gather(*tasks) == [2 * n for n in range(9)]

    asyncio.run(both())


@pytest.mark.parametrize("name", ["max_batch", "max_queue", "max_rows"])
def test_limits_have_bounds(name):
    with pytest.raises(Exception, match="expected at least 1, found 0"):
        Limits(**{name: 0})
