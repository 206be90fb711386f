"""Memory and time of every signature for texts of a megabyte, each in a process of its own.

`python benchmarks/bounds.py RUN [RUN ...] [--bytes 1000000]` loads the SavedModel of each run
without seqtasks, answers a short text, then one long one of each kind, and prints the peak resident
memory before and after, the seconds, and the shapes of what came.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

KINDS = ("random bytes", "one word", "words", "combining marks", "spaces")


def text_of(kind: str, size: int) -> bytes:
    """A text of some bytes."""
    chance = random.Random(1)
    if kind == "random bytes":
        return chance.randbytes(size)
    if kind == "one word":
        return b"x" * size
    if kind == "words":
        words = ["a", "word", "Huế", "in", "2026", "Paris", "is", "không", "it", "."]
        return " ".join(chance.choices(words, k=size // 4)).encode()[:size]
    if kind == "combining marks":
        return ("e" + "\u0301\u0323" * (size // 4)).encode()
    return b" " * size


def answer(run: Path, signature: str, kind: str, size: int) -> None:
    """Answer one text, and print what it took."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(run / "saved_model"))
    function = loaded.signatures[signature]
    specs = function.structured_input_signature[1]
    settings = {"length": 10, "temperature": 1.0, "top_k": 0, "top_p": 1.0, "seed": 1, "n_best": 1}
    first = {"first": True}

    def call(text: bytes) -> dict:
        given = {}
        for name, spec in specs.items():
            value = text if spec.dtype == tf.string else {**settings, **first}.get(name)
            if value is None:
                raise SystemExit(f"{signature}: takes '{name}', which is no text")
            given[name] = tf.cast([value] if spec.shape.rank else value, spec.dtype)
        return function(**given)

    call(b"a short text")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    found = call(text_of(kind, size))
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    shapes = " ".join(f"{name}{tuple(value.shape)}" for name, value in found.items())
    print(f"{before / 1e6:.2f} -> {peak / 1e6:.2f} GB, {seconds:6.1f} s  {shapes[:110]}")


def main() -> None:
    """Measure every signature of every run, or one in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--bytes", type=int, default=1_000_000)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--signatures", nargs="+", default=["serving_default"])
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    for run in given.runs:
        for signature in given.signatures:
            for kind in given.kinds:
                if given.here:
                    answer(run, signature, kind, given.bytes)
                    continue
                command = [sys.executable, __file__, str(run), "--here", "--kinds", kind]
                command += ["--signatures", signature, "--bytes", str(given.bytes)]
                done = subprocess.run(command, capture_output=True, text=True)
                told = done.stdout.strip() or f"exit status {done.returncode}"
                print(f"{run.name:12} {signature:16} {kind:16} {told}", flush=True)


if __name__ == "__main__":
    main()
