"""Requests that are joined get what they get alone; queues are bounded, waits too."""

import asyncio
import threading
import time

import numpy as np
import pytest

from seqtasks.serving import Limits
from seqtasks.serving.errors import RequestError
from seqtasks.serving.metrics import Metrics
from seqtasks.serving.models import Batcher, Job
from seqtasks.serving.models.versions import without_padding

MODELS = ("sentiment", "ner", "half_plus_three")
TEXTS = [
    "good",
    "",
    "Anna Lee sings in Huế . " * 9,
    "Đà_Nẵng and New York",
    "not good at all",
    "a b c",
]


class Slow:
    """A computation that notes its batches, and that a gate holds up."""

    def __init__(self):
        self.batches, self.gate = [], threading.Event()
        self.gate.set()

    def __call__(self, payloads):
        assert self.gate.wait(10)
        self.batches.append([*payloads])
        if "bad" in payloads:
            raise RequestError(400, "bad")
        return [payload * 2 for payload in payloads]

    def job(self, payload, key="k", rows=1, size=1):
        return Job(payload, rows, size, key, self)


def batched(limits, scenario):
    """Run `scenario(batcher, slow)` with a batcher of its own."""
    slow, metrics = Slow(), Metrics()

    async def run():
        batcher = Batcher("m", limits, metrics.of("m"))
        batcher.start()
        try:
            return await asyncio.wait_for(scenario(batcher, slow), 10)
        finally:
            slow.gate.set()
            await batcher.stop()

    return asyncio.run(run()), slow


async def hold(batcher, slow):
    """Let a first request occupy the model."""
    slow.gate.clear()
    first = asyncio.ensure_future(batcher.submit(slow.job("first", key=None)))
    await asyncio.sleep(0.05)
    return first


def test_what_waits_is_joined_by_key_in_order_up_to_the_largest_batch():
    async def scenario(batcher, slow):
        first = await hold(batcher, slow)
        names = ["a1", "b1", "a2", "n1", "a3", "b2", "n2", "a4", "A"]
        keys = [None if name[0] == "n" else name[0].lower() for name in names]
        rows = [3 if name == "A" else 1 for name in names]
        asked = [
            asyncio.ensure_future(batcher.submit(slow.job(*each)))
            for each in zip(names, keys, rows, strict=True)
        ]
        await asyncio.sleep(0.01)
        slow.gate.set()
        assert await first == "firstfirst"
        assert await asyncio.gather(*asked) == [name * 2 for name in names]

    _, slow = batched(Limits(max_batch=3), scenario)
    expected = [["first"], ["a1", "a2", "a3"], ["b1", "b2"], ["n1"], ["n2"], ["a4"], ["A"]]
    assert slow.batches == expected


def test_a_largest_batch_of_one_joins_nothing_and_bytes_are_bounded():
    async def scenario(batcher, slow):
        first = await hold(batcher, slow)
        asked = [batcher.submit(slow.job(name, size=200_000)) for name in "abc"]
        asked = [asyncio.ensure_future(one) for one in asked]
        await asyncio.sleep(0.01)
        slow.gate.set()
        await asyncio.gather(first, *asked)

    for limits in (Limits(max_batch=1), Limits()):
        assert batched(limits, scenario)[1].batches == [["first"], ["a"], ["b"], ["c"]]


def test_what_is_wrong_with_one_request_is_its_own():
    async def scenario(batcher, slow):
        first = await hold(batcher, slow)
        asked = [asyncio.ensure_future(batcher.submit(slow.job(x))) for x in ("a", "bad", "b")]
        await asyncio.sleep(0.01)
        slow.gate.set()
        await first
        return await asyncio.gather(*asked, return_exceptions=True)

    found, _ = batched(Limits(), scenario)
    assert found[0] == "aa" and found[2] == "bb" and isinstance(found[1], RequestError)


def test_a_full_queue_turns_away_but_not_what_was_accepted():
    async def scenario(batcher, slow):
        first = await hold(batcher, slow)
        asked = [asyncio.ensure_future(batcher.submit(slow.job("a"))) for _ in range(2)]
        await asyncio.sleep(0.01)
        with pytest.raises(RequestError) as refused:
            await batcher.submit(slow.job("b"))
        assert (refused.value.status, refused.value.retry_after) == (503, 1)
        more = asyncio.ensure_future(batcher.submit(slow.job("c"), accepted=True))
        await asyncio.sleep(0.01)
        slow.gate.set()
        assert await asyncio.gather(first, *asked, more) == ["firstfirst", "aa", "aa", "cc"]
        assert await batcher.submit(slow.job("b")) == "bb"

    batched(Limits(max_queue=2), scenario)


def test_waiting_for_others_ends():
    """After a joined batch a request waits for others: until they come, or the time is over."""

    async def scenario(batcher, slow):
        await asyncio.gather(*(batcher.submit(slow.job(x)) for x in "ab"))
        begun = time.monotonic()
        first = asyncio.ensure_future(batcher.submit(slow.job("c")))
        await asyncio.sleep(0.02)
        assert not first.done()
        await asyncio.gather(first, batcher.submit(slow.job("d")))
        waited = time.monotonic() - begun
        begun = time.monotonic()
        await batcher.submit(slow.job("lone"))  # the batch before was of two
        alone = time.monotonic() - begun
        begun = time.monotonic()
        await batcher.submit(slow.job("lone"))  # and now of one: nobody is waited for
        return waited, alone, time.monotonic() - begun

    (waited, alone, after), slow = batched(Limits(max_wait_ms=300), scenario)
    assert slow.batches == [["a", "b"], ["c", "d"], ["lone"], ["lone"]]
    assert 0.3 <= waited < 2 and 0.3 <= alone < 2 and after < 0.3


def test_stopping_answers_what_waits():
    slow, metrics = Slow(), Metrics()

    async def run():
        batcher = Batcher("m", Limits(), metrics.of("m"))
        batcher.start()
        asked = [asyncio.ensure_future(batcher.submit(slow.job(str(n), key=None))) for n in "123"]
        await asyncio.sleep(0)
        await batcher.stop()
        return await asyncio.gather(*asked)

    assert asyncio.run(run()) == ["11", "22", "33"]


def test_padding_of_others_is_taken_away():
    strings = np.array([[b"a", b"", b""], [b"b", b"c", b""]], object)
    assert without_padding(strings).tolist() == [[b"a", b""], [b"b", b"c"]]
    assert without_padding(np.array([[0, -1, -1]], np.int32)).tolist() == [[0]]
    assert without_padding(np.array([[0.5, -1.0]], np.float32)).tolist() == [[0.5]]
    assert without_padding(np.array([[b""]], object)).shape == (1, 0)


def rounded(content):
    """Numbers to five places: a batch may differ in the last bits of its sums."""
    if isinstance(content, dict):
        return {key: rounded(value) for key, value in content.items()}
    if isinstance(content, list):
        return [rounded(value) for value in content]
    return pytest.approx(content, abs=1e-5) if isinstance(content, float) else content


@pytest.mark.parametrize("model", ["sentiment", "ner"])
def test_requests_at_once_get_what_they_get_alone(client, model):
    """Padding of longer neighbours does not show, in either API."""
    requests = []
    for n in range(60):
        texts = [TEXTS[n % 6], TEXTS[(n // 6) % 6]][: 1 + n % 2]
        requests += [
            (f"/api/{model}", {"text": texts}),
            (f"/v1/models/{model}:predict", {"instances": texts}),
            (f"/v1/models/{model}:predict", {"inputs": {"text": texts}}),
        ]
    batches = _metric(client, f'seqtasks_batch_rows_count{{model="{model}"}}')
    together = client.post_all(requests)
    assert _metric(client, f'seqtasks_batch_rows_count{{model="{model}"}}') - batches < 60
    alone = {}
    for (address, body), response in zip(requests, together, strict=True):
        key = (address, str(body))
        if key not in alone:
            alone[key] = client.post(address, json=body).json()
        assert response.status_code == 200 and response.json() == rounded(alone[key]), key


def _metric(client, name):
    for line in client.get("/metrics").text.splitlines():
        if line.startswith(name + " "):
            return float(line.split()[-1])
    return 0.0


def test_rows_of_different_shapes_and_sums_over_rows_are_not_joined(client):
    address = "/v1/models/half_plus_three:predict"
    bodies = [{"signature_name": "total", "inputs": [float(n)] * 3} for n in range(30)]
    found = client.post_all([(address, body) for body in bodies])
    assert [response.json()["outputs"] for response in found] == [n * 3.0 for n in range(30)]
    bad = {"signature_name": "checked", "inputs": [1e38, 1e38 * 10]}
    good = {"signature_name": "checked", "inputs": [1.0, 2.0]}
    found = client.post_all([(address, good), (address, bad), (address, good)] * 5)
    assert [response.status_code for response in found] == [200, 400, 200] * 5


def test_a_full_queue_is_answered_503_with_retry_after(served, runs):
    limits = Limits(max_queue=4, max_batch=1)
    with served({"sentiment": runs["sentiment"]}, limits) as client:
        found = client.post_all([("/api/sentiment", {"text": "good"})] * 100)
        statuses = [response.status_code for response in found]
        assert set(statuses) == {200, 503} and statuses.count(200) >= 4
        for response in found:
            if response.status_code == 503:
                assert response.headers["retry-after"] == "1"
                assert "requests wait for this model" in response.json()["error"]
        assert client.post("/api/sentiment", json={"text": "good"}).status_code == 200
