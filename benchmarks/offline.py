"""Offline prediction of sharded JSON lines: speed, memory, and that no row is lost or repeated.

    python benchmarks/offline.py RUN [--rows 200000] [--shards 64] [--modes one local ray killed]

Texts of the embedded sample of `sentiment`, 1 % of the rows broken. Modes, one after the other:

- one: one process, whose TensorFlow has one thread
- local: a process for each core
- ray: Ray Data, two actors
- killed: local, and ray if it is installed; a worker is killed after a third of the shards, the
  whole job after two thirds, and begun again

The speed leaves the start out: rows a second between the end of the first shard of each worker and
the end of the last shard. Memory is the resident memory of all processes of the job, after a
quarter of the shards and at most after that. Every mode's rows are counted.
"""

import argparse
import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def make_shards(folder, rows, shards):
    """Write the rows; the ids of the good ones."""
    from seqtasks.data.samples import sentiment

    texts = [text for text, _ in sentiment.streams()["train"]]
    rng, good, number = random.Random(0), 0, 0
    folder.mkdir()
    for shard in range(shards):
        with (folder / f"part-{shard:05d}.jsonl").open("w") as file:
            for _ in range(rows // shards):
                number += 1
                if number % 100 == 50:
                    file.write("{broken\n")
                    continue
                good += 1
                text = " ".join(rng.choices(texts, k=3))
                file.write(json.dumps({"id": number, "text": text}, ensure_ascii=False) + "\n")
    return good


def descendants(root):
    """The processes that a process began, and those that they began: id -> command line."""
    parents, lines = {}, {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            status = (path / "stat").read_text().rpartition(")")[2].split()
            parents[int(path.name)] = int(status[1])
            lines[int(path.name)] = (path / "cmdline").read_bytes()
        except OSError:
            continue
    found, new = {root}, {root}
    while new := {child for child, parent in parents.items() if parent in new} - found:
        found |= new
    return {number: lines.get(number, b"") for number in found}


def memory(process):
    """Resident MB of all processes of a job."""
    total = 0
    for number in descendants(process.pid):
        try:
            pages = int(Path(f"/proc/{number}/statm").read_text().split()[1])
        except OSError:
            continue
        total += pages * os.sysconf("SC_PAGE_SIZE")
    return total / 1e6


def workers(process, name):
    """The processes of a job that predict: of a pool, or actors of Ray."""
    return [number for number, line in descendants(process.pid).items() if name in line]


def start(run, folder, out, more):
    command = [sys.executable, "-m", "seqtasks", "predict", str(run), *more]
    command += ["--input", str(folder / "*.jsonl"), "--output", str(out)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def follow(process, out, until=None):
    """Wait for the end, or for so many shards; memory by the number of shards done."""
    seen = []
    while process.poll() is None:
        done = len([*out.glob("*.jsonl")])
        seen.append((done, memory(process)))
        if until is not None and done >= until:
            break
        time.sleep(0.5)
    return seen


def count(out):
    """Rows predicted, different ones, and bad ones."""
    ids, bad = [], 0
    for path in out.glob("*.jsonl"):
        with path.open() as file:
            ids += [json.loads(line)["id"] for line in file]
    for path in out.glob("bad/*.jsonl"):
        with path.open() as file:
            bad += sum(1 for _ in file)
    return len(ids), len(set(ids)), bad


def speed(out, count):
    """Rows a second after the first shard of each worker."""
    ends = sorted((path.stat().st_mtime, path) for path in out.glob("*.jsonl"))
    rows = sum(sum(1 for _ in path.open("rb")) for _, path in ends[count:])
    return rows / (ends[-1][0] - ends[count - 1][0])


def measured(run, folder, out, shards, good, more, processes):
    began = time.monotonic()
    process = start(run, folder, out, more)
    seen = follow(process, out)
    seconds = time.monotonic() - began
    rate = speed(out, processes)
    quarter = [mb for done, mb in seen if done >= shards / 4] or [0]
    print(
        f"{out.name:8} {rate:9,.0f} rows/s, {seconds:6.1f} s in all, memory {quarter[0]:,.0f} MB "
        f"after a quarter, {max(quarter):,.0f} MB at most; {verdict(out, good)}",
        flush=True,
    )
    return rate


def verdict(out, good):
    rows, different, bad = count(out)
    right = rows == different == good
    return f"{rows:,} rows, {'all once' if right else f'WRONG: {good:,} expected'}, {bad:,} bad"


def killed(run, folder, out, shards, good, more, name):
    process = start(run, folder, out, more)
    follow(process, out, shards // 3)
    victims = workers(process, name)
    os.kill(victims[0], signal.SIGKILL)
    follow(process, out, 2 * shards // 3)
    process.kill()
    process.wait()
    time.sleep(5)  # workers that see their parent gone
    before = len([*out.glob("*.jsonl")])
    code = start(run, folder, out, more).wait()
    print(
        f"{out.name:8} a worker of {len(victims)} killed, stopped at {before} of {shards} shards, "
        f"begun again (exit {code}): {verdict(out, good)}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--shards", type=int, default=64)
    parser.add_argument("--modes", nargs="+", default=["one", "local", "ray", "killed"])
    given = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    has_ray = importlib.util.find_spec("ray") is not None
    options = {
        "one": (["--workers", "1"], 1),
        "local": (["--workers", str(cores)], cores),
        "ray": (["--engine", "ray", "--workers", "2"], 2),
    }
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "in")
        good = make_shards(folder, given.rows, given.shards)
        rates = {}
        for mode in given.modes:
            if mode in options and (mode != "ray" or has_ray):
                more, processes = options[mode]
                out = Path(temporary, mode)
                out.mkdir()
                rates[mode] = measured(given.run, folder, out, given.shards, good, more, processes)
        if {"one", "local"} <= rates.keys():
            print(f"local / one: {rates['local'] / rates['one']:.2f}")
        if "killed" in given.modes:
            for mode, name in (("local", b"spawn_main"), ("ray", b"ShardActor")):
                if mode == "local" or has_ray:
                    out = Path(temporary, f"killed-{mode}")
                    out.mkdir()
                    more, _ = options[mode]
                    killed(given.run, folder, out, given.shards, good, more, name)


if __name__ == "__main__":
    main()
