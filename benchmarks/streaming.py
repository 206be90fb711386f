"""Peak memory of a training run on 10 MB and on 1 GB of generated text.

    python benchmarks/streaming.py [MEGABYTES ...]

Each run is `train.py sentiment` in a process of its own, one epoch of a small network over a TSV of
random words that is written to a temporary folder; the peak is what the operating system says.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
OPTIONS = (
    "--epochs 1 --members recurrent --units 8 --embedding-size 16 --max-length 32 --batch-size 256"
)


def write_corpus(path: Path, megabytes: int) -> int:
    """Texts of about 2,000 characters out of 100,000 words; returns the number of rows."""
    rng = random.Random(0)
    words = [
        "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9)))
        for _ in range(100_000)
    ]
    size = rows = 0
    with path.open("w") as file:
        size += file.write("text\tlabel\n")
        while size < megabytes * 1_000_000:
            row = " ".join(rng.choices(words, k=300))
            size += file.write(f"{row}\t{'positive' if rows % 2 else 'negative'}\n")
            rows += 1
    return rows


def main() -> None:
    peaks = {}
    for megabytes in [int(x) for x in sys.argv[1:]] or [10, 1000]:
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "corpus.tsv"
            rows = write_corpus(data, megabytes)
            command = [sys.executable, "train.py", "sentiment", "--data", str(data)]
            command += ["--out", f"{folder}/run", *OPTIONS.split()]
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
