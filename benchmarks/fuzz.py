"""Strings of every kind, in random batches, to exported models: directly, alone, and through HTTP.

    python benchmarks/fuzz.py RUN [RUN ...] [--strings 100000] [--alone 0.1] [--http 0.2]

Random bytes, broken UTF-8, control characters, emoji, right-to-left scripts, zero-width characters,
NUL, combining marks, words, nothing; a few of 10,000 and of a million characters. For each run
counts rows with a number that is not finite, and rows that differ alone and in their batch, or
through `seqtasks serve` and directly: in a string, but where all numbers agree within 1e-5 (a tie),
or in a number by more than that. Exit status 1 where there is one. What fails is printed.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.client
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from server_process import served

TOLERANCE = 1e-5
WORDS = "a good film, not bad . Anna Lee 2026 Huế phở không x's e.g. DON'T http://a.b @c_d".split()
PIECES = (
    "😀👩‍👩‍👧‍👦🏳️‍🌈🇻🇳👍🏽☕️",
    "אבגד العربية ‏\u202eabc\u202c٣٤",
    "\u200b\u200c\u200d\u2060\ufeff",
    "e\u0301\u0323ơ\u0309ư\u0303a\u0302\u0301",
    "\x00\x01\x07\x08\x1b[0m\x7f\x85\u2028\u2029",
    " \t\n\r\u00a0\u3000",
    "漢字かな한국어ไทย𝔘𝕏",
    "ﬁ½Å①\ud7ff\ufffd\uffff\U0010ffff",
)
LONG = ((50_000, 1_000_000), (1_000, 10_000))  # one in so many strings has so many characters


def strings(chance: random.Random, count: int) -> Iterator[bytes]:
    """Strings of every kind; the same for equal seeds."""
    for number in range(1, count + 1):
        size = next((size for every, size in LONG if number % every == every // 2), None)
        text = _short(chance)
        if size is not None:
            text = (text * (size // max(len(text.decode(errors="replace")), 1) + 1))[: 4 * size]
            text = text.decode(errors="replace")[:size].encode() or b" " * size
        yield text


def _short(chance: random.Random) -> bytes:
    text = b" ".join(_piece(chance) for _ in range(chance.choice((0, 1, 1, 2, 3, 5, 9))))
    if text and chance.random() < 0.15:  # a byte changed, or the text cut in a character
        at = chance.randrange(len(text))
        return text[:at] + chance.choice((b"", chance.randbytes(1) + text[at + 1 :]))
    return text


def _piece(chance: random.Random) -> bytes:
    kind = chance.random()
    if kind < 0.5:
        return chance.choice(WORDS).encode()
    if kind < 0.6:
        return chance.randbytes(chance.randrange(12))
    if kind < 0.7:
        points = (chance.choice((128, 0x3000, 0x110000)) for _ in range(chance.randrange(6)))
        return "".join(chr(chance.randrange(p)) for p in points).encode(errors="replace")
    piece = chance.choice(PIECES)
    return "".join(chance.choices(piece, k=chance.randrange(1, 9))).encode(errors="replace")


def rows_of(outputs: dict[str, Any], count: int) -> list[dict[str, list]]:
    """Rows of outputs, without padding; strings as text.

    Args:
        outputs: arrays or lists by name, `[rows]` or `[rows, ...]`.
        count: how many rows there should be.
    """
    columns = {
        name: getattr(value, "tolist", lambda v=value: v)() for name, value in outputs.items()
    }
    wrong = [name for name, values in columns.items() if len(values) != count]
    if wrong:
        raise SystemExit(f"{', '.join(wrong)}: expected {count} rows")
    return [{name: _plain(values[i]) for name, values in columns.items()} for i in range(count)]


def _plain(value: Any) -> list:
    values = value if isinstance(value, list) else [value]
    values = [v.decode() if isinstance(v, bytes) else v for v in values]
    while values and values[-1] in ("", -1):
        values.pop()
    return values


def difference(first: dict[str, list], second: dict[str, list]) -> str | None:
    """The name of an output in which two answers to one text differ; None for none, or a tie."""
    texts, numbers = [], []
    for name in first:
        one, other = first[name], second.get(name, [])
        if any(isinstance(v, float) for v in (*one, *other)):
            close = len(one) == len(other) and all(
                x == y or abs(x - y) <= TOLERANCE * max(1, abs(x))
                for x, y in zip(one, other, strict=True)
            )
            numbers += [] if close else [name]
        elif one != other:
            texts.append(name)
    if numbers:
        return numbers[0]
    tied = any(isinstance(v, float) for values in first.values() for v in values)
    return texts[0] if texts and not tied else None


def infinite(row: dict[str, list]) -> bool:
    """Whether a number of an answer is NaN or +inf; a translation that is not there has -inf."""
    numbers = (v for values in row.values() for v in values if isinstance(v, float))
    return any(not v < float("inf") for v in numbers)


def batches(texts: Sequence[bytes], chance: random.Random, most: int = 64) -> Iterator[slice]:
    """Slices of random sizes."""
    start = 0
    while start < len(texts):
        end = start + chance.randint(1, most)
        yield slice(start, end)
        start = end


def asked(model: Any, texts: Sequence[bytes]) -> list[dict[str, list]]:
    """The rows that a signature answers to texts."""
    import tensorflow as tf

    found = model(text=tf.constant(list(texts), tf.string))
    return rows_of({name: value.numpy() for name, value in found.items()}, len(texts))


def directly(model: Any, texts: Sequence[bytes], alone: float, chance: random.Random) -> list[str]:
    """Give texts in random batches to a signature, some alone too; what went wrong."""
    wrong = []
    for part in batches(texts, chance):
        for text, row in zip(texts[part], asked(model, texts[part]), strict=True):
            if infinite(row):
                wrong.append(f"not finite: {text[:80]!r}")
            if chance.random() < alone and (name := difference(row, asked(model, [text])[0])):
                wrong.append(f"alone another {name}: {text[:80]!r}")
    return wrong


def through_http(
    model: Any, port: int, name: str, texts: Sequence[bytes], chance: random.Random
) -> list[str]:
    """Send texts to a server of the same model; what went wrong."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        return _sent(connection, model, name, texts, chance)


def _sent(
    connection: http.client.HTTPConnection,
    model: Any,
    name: str,
    texts: Sequence[bytes],
    chance: random.Random,
) -> list[str]:
    wrong = []
    for part in batches(texts, chance, 32):
        some = texts[part]
        encoded = [{"b64": base64.b64encode(text).decode()} for text in some]
        body = json.dumps({"inputs": {"text": encoded}})
        connection.request("POST", f"/v1/models/{name}:predict", body)
        response = connection.getresponse()
        content = json.loads(response.read())
        if response.status == 413 and max(map(len, some)) > 100_000:
            continue
        if response.status != 200:
            wrong.append(f"{response.status} {content}: {some[0][:80]!r}")
            continue
        outputs = content["outputs"]
        found = rows_of(outputs if isinstance(outputs, dict) else {"text": outputs}, len(some))
        for text, one, other in zip(some, asked(model, some), found, strict=True):
            if key := difference(one, other):
                wrong.append(f"through HTTP another {key}: {text[:80]!r}")
        body = json.dumps({"text": [text.decode(errors="replace") for text in some]})
        connection.request("POST", f"/api/{name}", body)
        response = connection.getresponse()
        content = response.read()
        if response.status != 200 or len(json.loads(content)) != len(some):
            wrong.append(f"/api: {response.status} {content[:200]!r}: {some[0][:80]!r}")
    return wrong


def main() -> None:
    """Try every run, and print what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--strings", type=int, default=100_000)
    parser.add_argument("--alone", type=float, default=0.1, help="share that is asked alone too")
    parser.add_argument("--http", type=float, default=0.2, help="share that is sent by HTTP too")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    import tensorflow as tf

    failed = 0
    with served({path.name: path for path in given.runs}) as port:
        for path in given.runs:
            chance = random.Random(given.seed)
            texts = [*strings(chance, given.strings)]
            loaded = tf.saved_model.load(str(path / "saved_model"))
            model, began = loaded.signatures["serving_default"], time.monotonic()
            wrong = directly(model, texts, given.alone, chance)
            seconds, sent = time.monotonic() - began, texts[: int(given.http * len(texts))]
            wrong += through_http(model, port, path.name, sent, chance)
            print(
                f"{path.name}: {len(texts):,} strings ({seconds:.0f} s, {given.alone:.0%} alone "
                f"too), {len(sent):,} through HTTP: {len(wrong)} wrong",
                *wrong[:10],
                sep="\n  ",
                flush=True,
            )
            failed += len(wrong)
    raise SystemExit(bool(failed))


if __name__ == "__main__":
    main()
