"""`seqtasks serve` in a process of its own, for benchmarks."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def served(runs: Mapping[str, Path], *options: str) -> Iterator[int]:
    """Serve runs by name with options of `seqtasks serve`; gives the port."""
    command = [sys.executable, "-m", "seqtasks", "serve", "--port", "0", *options]
    with started([*command, *(f"{name}={path}" for name, path in runs.items())]) as port:
        yield port


@contextlib.contextmanager
def started(command: Sequence[str]) -> Iterator[int]:
    """Run a server that logs its address to stderr; gives the port, and ends it afterwards."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    lines: Any = process.stderr
    try:
        for line in lines:
            if found := re.search(r"http://[^ ]*:(\d+)", line):
                break
        else:
            raise SystemExit(f"the server did not start: {process.wait()}")
        reading = threading.Thread(target=lambda: [*lines])  # or its log would block it
        reading.start()
        yield int(found[1])
        process.terminate()
        reading.join()
    finally:
        process.terminate()
        process.wait()
        lines.close()
