"""Resident memory of a process that predicts many texts, which should not grow.

    python benchmarks/steady_memory.py RUN [RUN ...] [--texts 1000000] [--batch 64]

Texts of 1 to 40 words that are never the same, in batches of random sizes, through the Python front
door (`seqtasks.load(RUN)`). Prints the resident memory at each tenth; after the first tenth, its
growth should stay below 50 MB.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from pathlib import Path


def resident() -> float:
    """Resident memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def predict(path: str, count: int, batch: int) -> None:
    """Predict so many texts, and print the memory at each tenth."""
    import seqtasks

    run, chance, done, shown = seqtasks.load(path), random.Random(1), 0, []
    options = {"length": 5} if run.kind == "generation" else {}
    words = ["good", "không", "Anna", "in", "2026", ".", "film", "phở", "🙂", "not"]
    began = time.monotonic()
    while done < count:
        texts = [
            f"{done + n} " + " ".join(chance.choices(words, k=chance.randrange(40)))
            for n in range(chance.randint(1, 2 * batch))
        ]
        run(texts, **options)
        done += len(texts)
        if done >= count * (len(shown) + 1) / 10:
            shown.append(resident())
    grown = max(shown[1:]) - shown[0]
    print(
        f"{Path(path).name}: {done:,} texts in {time.monotonic() - began:.0f} s; MB at each tenth: "
        f"{' '.join(f'{value:.0f}' for value in shown)}; {grown:+.0f} MB after the first"
    )


def main() -> None:
    """Measure each run in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", metavar="RUN")
    parser.add_argument("--texts", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=64, help="texts in a batch on average")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    for path in given.runs:
        if given.here:
            predict(path, given.texts, given.batch)
            continue
        command = [sys.executable, __file__, path, "--here", "--texts", str(given.texts)]
        subprocess.run([*command, "--batch", str(given.batch)], check=True)


if __name__ == "__main__":
    main()
