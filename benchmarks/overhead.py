"""Overhead of gradient and token metrics and of the report: the same runs with and without.

    python benchmarks/overhead.py [TASK ...] [--epochs 3] [--repeats 3]

Each run is a process of its own that trains on the task's sample: `plain` measures no gradients and
counts no tokens, `watched` is `--no-report`, `whole` is the default. Prints the median
CPU seconds of the training, of all cores together, and what the other two add to them.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time

MODES = ("plain", "watched", "whole")


def train(task: str, mode: str, epochs: int) -> None:
    """Train one run, and print the CPU seconds."""
    import seqtasks
    from seqtasks.training.watching import TrainingWatch

    if mode == "plain":
        TrainingWatch._measure = lambda self, grads: None
        TrainingWatch.counted = lambda self, batches: batches
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        options = {"epochs": epochs, "verbose": 0, "report": mode == "whole"}
        seqtasks.train(task, out=f"{folder}/run", **options)
        print(time.process_time() - began)


def main() -> None:
    """Compare, a line for each task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks", nargs="*", default=["sentiment", "ner"], metavar="TASK")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--here", choices=MODES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        train(given.tasks[0], given.here, given.epochs)
        return
    for task in given.tasks:
        found: dict[str, list[float]] = {mode: [] for mode in MODES}
        for _ in range(given.repeats):
            for mode in MODES:
                command = [sys.executable, __file__, task, "--here", mode]
                command += ["--epochs", str(given.epochs)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                found[mode].append(float(done.stdout.split()[-1]))
        plain, watched, whole = (statistics.median(found[mode]) for mode in MODES)
        print(
            f"{task}: {plain:.1f} s CPU; watching {watched - plain:+.1f} s "
            f"({watched / plain - 1:+.1%}), report {whole - watched:+.1f} s "
            f"({whole / watched - 1:+.1%})",
            flush=True,
        )


if __name__ == "__main__":
    main()
