"""A server in a process of its own: streams, replaced runs, a signal to stop under load."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

import seqtasks

pytestmark = pytest.mark.slow
GENERATION = ["--epochs", "1", "--units", "16", "--bptt", "32"]


@pytest.fixture(scope="module")
def generation(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "generation"
    command = [sys.executable, "-m", "seqtasks", "train", "generation", "--out", str(folder)]
    subprocess.run([*command, *GENERATION], check=True, capture_output=True)
    return folder


class Server:
    """`seqtasks serve` on a free port."""

    def __init__(self, *arguments):
        command = [sys.executable, "-m", "seqtasks", "serve", *map(str, arguments), "--port", "0"]
        self.process = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
        self.said = ""
        for line in self.process.stderr:
            self.said += line
            found = re.search(r"http://[\w.]+:(\d+)", line)
            if found:
                self.port = int(found[1])
                return
        raise AssertionError(self.said)

    def post(self, address, body):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{address}", json.dumps(body).encode()
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read().decode()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.said += self.process.communicate(timeout=60)[1]
        return self.process.returncode


async def ask(port, body):
    """Status of one request over a connection of its own; None where it was not accepted."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return None
    writer.write(
        f"POST /api/m HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )
    await writer.drain()
    try:
        line = await reader.readline()
    except ConnectionResetError:  # it stood in the queue of the system when that was closed
        return None
    writer.close()
    return int(line.split()[1]) if line else "lost"


def test_streams_are_the_answer_in_pieces(generation):
    server = Server(f"m={generation}")
    body = {"text": "The king", "length": 40, "seed": 3, "temperature": 0.7}
    whole = json.loads(server.post("/api/m", body))
    events = [event.splitlines() for event in server.post("/api/m/stream", body).split("\n\n")]
    pieces = [json.loads(e[0][6:])["continuation"] for e in events if len(e) == 1]
    (done,) = [json.loads(e[1][6:]) for e in events if e and e[0] == "event: done"]
    assert len(pieces) > 1
    assert "".join(pieces) == whole["continuation"] == done["continuation"]
    run = seqtasks.load(generation)
    assert whole == run("The king", length=40, seed=3, temperature=0.7).to_dict()
    assert server.stop() == 0


def test_a_signal_under_load_loses_no_request(finished):
    server = Server(f"m={finished[0]}")
    body = json.dumps({"text": "a good film " * 20}).encode()

    async def load():
        tasks = []
        for n in range(300):
            tasks.append(asyncio.ensure_future(ask(server.port, body)))
            await asyncio.sleep(0.002)
            if n == 150:
                server.process.send_signal(signal.SIGTERM)
        return await asyncio.gather(*tasks)

    statuses = asyncio.run(load())
    assert set(statuses) <= {200, 503, None}
    assert statuses.count(200) >= 140
    server.process.communicate(timeout=60)
    assert server.process.returncode == 0


def test_a_replaced_run_is_picked_up_while_requests_run(finished, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished[0], run)
    server = Server(f"m={run}", "--poll-seconds", "0.2")
    shutil.copytree(finished[0], tmp_path / "newer")

    async def load():
        statuses, version = [], 1
        for n in range(4000):
            statuses.append(await ask(server.port, b'{"text": "a good film"}'))
            if n == 20:
                os.rename(run, tmp_path / "older")
                os.rename(tmp_path / "newer", run)
            if n % 20 == 0:
                with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/api/m") as answer:
                    version = json.load(answer)["version"]
                if version == 2:
                    break
        return statuses, version

    statuses, version = asyncio.run(load())
    assert set(statuses) == {200}
    assert version == 2
    assert server.stop() == 0


def test_what_cannot_be_served_is_said(tmp_path):
    for arguments, said in (
        ([str(tmp_path)], str(tmp_path)),
        (["x=nowhere"], "nowhere"),
        (["x=nowhere", "--port", "99999"], "--port: expected 0 to 65535"),
        ([], "expected a run to serve"),
        (["x=nowhere", "--max-batch", "0"], "expected at least 1, found 0"),
    ):
        command = [sys.executable, "-m", "seqtasks", "serve", *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode != 0
        assert said in done.stderr
        assert "Traceback" not in done.stderr
