"""Whole jobs on processes and on Ray: workers die, jobs are stopped, every row comes once."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seqtasks.cli import main
from seqtasks.errors import InputError
from seqtasks.offline import ray_engine

pytestmark = pytest.mark.slow


def start(run, folder, *more):
    command = [sys.executable, "-m", "seqtasks", "predict", str(run)]
    command += ["--input", str(folder / "in" / "*"), "--output", str(folder / "out"), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def outputs(folder):
    return sorted((folder / "out").glob("part-*.jsonl*"))  # and not what is being written


def wait_for(condition, process, seconds=300):
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < until
        time.sleep(0.02)
    return found


def workers_of(parent):
    """Processes that predict: children of the parent that were spawned with its run."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            status, line = (path / "stat").read_text(), (path / "cmdline").read_bytes()
        except OSError:
            continue
        if int(status.rpartition(")")[2].split()[1]) == parent and b"spawn_main" in line:
            found.append(int(path.name))
    return found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for workers in /proc")
def test_a_stopped_job_and_a_killed_worker_lose_and_repeat_nothing(
    small_run, tmp_path, write_shards, read_output
):
    good, bad = write_shards(tmp_path / "in", 24, 2000)
    job = start(small_run, tmp_path, "--workers", "2")
    wait_for(lambda: outputs(tmp_path), job)
    job.kill()
    job.wait()
    job.stdout.close()
    time.sleep(2)  # its workers see that it is gone
    done = {path: path.stat().st_mtime_ns for path in outputs(tmp_path)}
    assert 1 <= len(done) < 24
    again = start(small_run, tmp_path, "--workers", "2")
    wait_for(lambda: len(outputs(tmp_path)) > len(done), again)
    os.kill(workers_of(again.pid)[0], signal.SIGKILL)
    printed, _ = again.communicate()
    assert again.returncode == 0, printed
    assert f"{len(done)} of 24 shards are done already" in printed
    assert "rows/s" in printed
    assert {path: path.stat().st_mtime_ns for path in done} == done
    ids, found = read_output(tmp_path / "out")
    assert ids == sorted(good) and found == sorted(bad)
    assert not [*tmp_path.rglob("*.unfinished")]


def test_what_cannot_work_is_one_sentence(small_run, tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text('{"text": "a"}\n')
    files = ["--input", str(tmp_path / "in"), "--output", str(tmp_path / "out")]
    for given, message in (
        (files[:2], "--input and --output: expected both"),
        ([*files, "--json"], "--input and --json: expected one of them"),
        ([*files, "--workers", "0"], "--workers: expected at least 1"),
        ([*files, "--length", "3"], "'length' does not apply"),  # said by a worker
    ):
        with pytest.raises(SystemExit, match=message):
            main(["predict", str(small_run), *given])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r'pip install "seqtasks\[ray\]"'):
        ray_engine.check_ray()


def test_ray_gives_what_local_does(small_run, tmp_path, write_shards, read_output):
    pytest.importorskip("ray", reason="the extra ray is not installed")
    good, bad = write_shards(tmp_path / "in", 6, 300)
    job = start(small_run, tmp_path, "--engine", "ray", "--workers", "2")
    printed, _ = job.communicate(timeout=500)
    assert job.returncode == 0, printed
    ids, found = read_output(tmp_path / "out")
    assert ids == sorted(good) and found == sorted(bad)
    assert f"{len(good):,} rows, {len(bad)} bad ones" in printed
