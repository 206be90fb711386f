"""Requests a second and their times under load, of `seqtasks serve` and of two simpler servers.

    pip install fastapi
    python benchmarks/load.py RUN [RUN ...] [--clients 64] [--seconds 60]

Clients with one connection each send one text of the task's sample at a time, the next when the
answer is there, to

- batching: `seqtasks serve`
- alone: `seqtasks serve --max-batch 1`, which joins no requests
- predict: a FastAPI route that calls `model.predict` for the text (of a tagger without decoding)

one after the other on the same cores as the clients. Answers other than 200 are errors; an answer
of `batching` is compared with the SavedModel's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from run_texts import texts_of
from server_process import served, started

SERVERS = ("batching", "alone", "predict")


async def client(port: int, path: str, bodies: Sequence[bytes], until: float, seed: int) -> list:
    """One client: (number of the body, status, content, seconds) of each request."""
    chance, found = random.Random(seed), []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < until:
        number = chance.randrange(len(bodies))
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(bodies[number])}\r\n\r\n"
        began = time.monotonic()
        writer.write(head.encode() + bodies[number])
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(lines.split("content-length:")[1].split("\r\n")[0])
        content = await reader.readexactly(length)
        found.append((number, int(lines.split()[1]), content, time.monotonic() - began))
    writer.close()
    return found


async def clients(
    port: int, path: str, bodies: Sequence[bytes], count: int, seconds: float
) -> list:
    """All clients at once; those of a first tenth of the time are left out."""
    warm = time.monotonic() + seconds / 10
    await asyncio.gather(*(client(port, path, bodies, warm, n) for n in range(count)))
    until = time.monotonic() + seconds
    found = await asyncio.gather(*(client(port, path, bodies, until, n) for n in range(count)))
    return [each for part in found for each in part]


def route(run_path: str) -> None:
    """A server as one writes it in ten minutes: FastAPI and `model.predict`."""
    import socket

    import fastapi
    import tensorflow as tf
    import uvicorn

    import seqtasks

    run = seqtasks.load(run_path)
    model, tokenizer = run.model, run.tokenizer
    app = fastapi.FastAPI()

    def ids(text: str) -> Any:
        if run.kind == "tagging":
            tokens = tf.strings.split([text], " ")
            return tokenizer(tokens).to_tensor()
        found = tokenizer(tf.constant([text]))
        return found.to_tensor() if isinstance(found, tf.RaggedTensor) else found

    @app.post("/predict")
    def predict(body: dict) -> dict:
        logits = model.predict(ids(body["text"]), verbose=0)["logits"]
        return {"found": logits.argmax(axis=-1)[0].tolist()}

    predict({"text": "once before"})
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", file=sys.stderr, flush=True)
    uvicorn.Server(uvicorn.Config(app, log_config=None)).run(sockets=[listening])


def check(path: Path, texts: Sequence[str], found: Sequence) -> int:
    """How many answers are not the SavedModel's."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path / "saved_model"))  # held: it holds the weights
    model = loaded.signatures["serving_default"]
    name = "label" if "label" in model.structured_outputs else "tags"
    rows = model(text=tf.constant(texts))[name].numpy().tolist()
    answers = [
        [v.decode() for v in row if v] if isinstance(row, list) else row.decode() for row in rows
    ]
    contents = {(number, content) for number, status, content, _ in found if status == 200}
    return sum(json.loads(c)["predictions"][0][name] != answers[n] for n, c in contents)


def measure(kind: str, path: Path, given: argparse.Namespace) -> None:
    """Load one server, and print what it did."""
    texts = texts_of(path)
    address, bodies = f"/v1/models/{path.name}:predict", [{"instances": [text]} for text in texts]
    if kind == "predict":
        command = [sys.executable, __file__, str(path), "--route"]
        address, bodies = "/predict", [{"text": text} for text in texts]
        server = started(command)
    else:
        server = served({path.name: path}, *([] if kind == "batching" else ["--max-batch", "1"]))
    encoded = [json.dumps(body).encode() for body in bodies]
    with server as port:
        found = asyncio.run(clients(port, address, encoded, given.clients, given.seconds))
    times = sorted(seconds for *_, seconds in found)
    errors = sum(status != 200 for _, status, *_ in found)
    wrong = check(path, texts, found) if kind == "batching" else 0
    print(
        f"{path.name:12} {kind:9} {len(found) / given.seconds:8.0f} requests/s  "
        f"median {statistics.median(times) * 1000:7.1f} ms  "
        f"p99 {times[int(0.99 * len(times))] * 1000:7.1f} ms  {errors} errors  {wrong} wrong",
        flush=True,
    )


def main() -> None:
    """Load each server with each run, and print a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=SERVERS)
    parser.add_argument("--route", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.route:
        route(str(given.runs[0]))
        return
    for path in given.runs:
        for kind in given.servers:
            measure(kind, path, given)


if __name__ == "__main__":
    main()
