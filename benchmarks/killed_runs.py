"""Runs that are killed, and disks that fill: each goes on or is refused, and none answers wrongly.

`python benchmarks/killed_runs.py [--kills 50] [--disks 20]` trains one small run undisturbed, whose
answers are what is right. Then training, with its export and with `--resume`, is stopped with
SIGKILL at random moments, and runs on a disk of random size (a tmpfs, which needs root; without,
`--disks 0`). After each, whatever the folder holds either loads and answers as the undisturbed run
does, or is refused with an `InputError`; then `--resume` (or, where no epoch was finished, training
anew) ends with those answers. Exit status 1 where one of these fails.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TEXTS = ["a good film", "the soup was not at all bad", "phim rất hay", "", "x " * 600]
TRAINING = "train sentiment --members ngram --epochs 3 --seed 5".split()
ANSWERS = """
import json, sys
from seqtasks.errors import InputError
import seqtasks
try:
    run = seqtasks.load(sys.argv[1])
    print(json.dumps([r.to_dict() for r in run(json.loads(sys.argv[2]))]))
    run.scores, run.history, run.config, run.tokenizers
except InputError as error:
    print(f"refused: {error}")
"""


def answers_of(folder: Path) -> str:
    """Answers of a run, or the message of the error that refuses it."""
    command = [sys.executable, "-c", ANSWERS, str(folder), json.dumps(TEXTS)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"loading {folder} ended in a traceback:\n{done.stderr[-2000:]}")
    return done.stdout.strip()


def train(folder: Path, *more: str, seconds: float | None = None) -> tuple[int, str]:
    """Train, killed after some seconds; the exit status and what was written to stderr."""
    command = [sys.executable, "-m", "seqtasks", *TRAINING, "--out", str(folder), *more]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        _, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        _, errors = process.communicate()
    return process.returncode, errors


def go_on(folder: Path) -> tuple[int, str]:
    """Resume where there is something to resume, and train anew where there is not."""
    status, errors = train(folder, "--resume")
    return (status, errors) if status == 0 else train(folder, "--overwrite")


def killed(work: Path, right: str, times: int, whole: float, chance: random.Random) -> int:
    """Kill training at random moments; how often something was wrong."""
    wrong = 0
    for number in range(times):
        folder = work / f"killed-{number}"
        moments = []
        for more in ("--overwrite", "--resume"):
            moments.append(chance.uniform(0.2, 1.1) * whole)
            train(folder, more, seconds=moments[-1])
            found = answers_of(folder)
            state = "answers" if found == right else found[:60]
            if found != right and not found.startswith("refused: "):
                wrong, state = wrong + 1, f"WRONG: {found}"
            print(f"kill {number}: {more} for {moments[-1]:.1f} s: {state}", flush=True)
        status, errors = go_on(folder)
        if status or answers_of(folder) != right:
            wrong += 1
            print(f"kill {number}: WRONG in the end ({status}): {errors[-500:]}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
    return wrong


def filled(work: Path, right: str, times: int, size: int, chance: random.Random) -> int:
    """Train on disks of random sizes up to twice a run's; how often something was wrong."""
    wrong = 0
    for number in range(times):
        disk = work / f"disk-{number}"
        disk.mkdir()
        kilobytes = int(chance.uniform(0.02, 2.5) * size / 1024)
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(disk)], check=True
        )
        try:
            status, errors = train(disk / "run", "--overwrite")
            found = answers_of(disk / "run")
            told = (errors.strip().splitlines() or [""])[-1]
            if (status == 0 and found != right) or (status and not told.startswith("error: ")):
                wrong += 1
                print(f"disk {number}: WRONG ({status}): {found[:200]} {errors[-1500:]}")
            if found != right and not found.startswith("refused: "):
                wrong += 1
                print(f"disk {number}: WRONG: {found}")
            print(f"disk {number}: {kilobytes} kB: {status} {told[:150]}", flush=True)
            if status:
                subprocess.run(["mount", "-o", "remount,size=500m", str(disk)], check=True)
                status, errors = go_on(disk / "run")
                if status or answers_of(disk / "run") != right:
                    wrong += 1
                    print(f"disk {number}: WRONG in the end ({status}): {errors[-500:]}")
        finally:
            subprocess.run(["umount", str(disk)], check=True)
    return wrong


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--disks", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        began = time.monotonic()
        status, errors = train(work / "right")
        whole = time.monotonic() - began
        if status:
            raise SystemExit(errors)
        right = answers_of(work / "right")
        size = sum(file.stat().st_size for file in (work / "right").rglob("*") if file.is_file())
        print(f"undisturbed: {whole:.1f} s, {size / 1e6:.1f} MB", flush=True)
        wrong = killed(work, right, given.kills, whole, chance)
        wrong += filled(work, right, given.disks, size, chance)
    print(f"{given.kills} times two kills, {given.disks} disks: {wrong} wrong")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
