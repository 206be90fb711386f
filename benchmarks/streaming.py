"""Peak memory of a training run on 10 MB and on 1 GB of generated text.

    python benchmarks/streaming.py [sentiment | generation] [MEGABYTES ...]

Each run is `train.py` in a process of its own with a small network over random words that are
written to a temporary folder; the peak is what the operating system says. `sentiment` reads all of
a TSV in its one epoch; `generation` fits its vocabulary on all of a text, writes it as ids to disk,
trains on a million characters out of it, and validates on another megabyte.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
OPTIONS = {
    "sentiment": "--epochs 1 --members recurrent --units 8 --embedding-size 16 --max-length 32 "
    "--batch-size 256",
    "generation": "--epochs 1 --epoch-tokens 1000000 --units 32 --batch-size 256",
}


def write_corpus(path: Path, megabytes: int) -> int:
    """Texts of about 2,000 characters out of 100,000 words; returns the number of rows."""
    labelled = path.suffix == ".tsv"
    rng = random.Random(0)
    words = [
        "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9)))
        for _ in range(100_000)
    ]
    size = rows = 0
    with path.open("w") as file:
        size += file.write("text\tlabel\n") if labelled else 0
        while size < megabytes * 1_000_000:
            row = " ".join(rng.choices(words, k=300))
            label = f"\t{'positive' if rows % 2 else 'negative'}" if labelled else ""
            size += file.write(f"{row}{label}\n")
            rows += 1
    return rows


def main() -> None:
    arguments = sys.argv[1:]
    task = arguments.pop(0) if arguments and arguments[0] in OPTIONS else "sentiment"
    peaks = {}
    for megabytes in [int(x) for x in arguments] or [10, 1000]:
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / ("train.tsv" if task == "sentiment" else "train.txt")
            rows = write_corpus(data, megabytes)
            if task == "generation":
                write_corpus(Path(folder) / "valid.txt", 1)
                data = Path(folder)
            command = [sys.executable, "train.py", task, "--data", str(data)]
            command += ["--out", f"{folder}/run", *OPTIONS[task].split()]
            started = time.perf_counter()
            process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
        if status:
            sys.exit(f"the run on {megabytes} MB failed")
        peaks[megabytes] = usage.ru_maxrss / 1024
        print(
            f"{megabytes:6,} MB, {rows:9,} rows: peak {peaks[megabytes]:,.0f} MiB, "
            f"{seconds:,.0f} s",
            flush=True,
        )
    first, *_, last = peaks.values()
    print(f"difference: {last - first:+,.0f} MiB")


if __name__ == "__main__":
    main()
