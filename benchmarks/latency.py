"""How long one text takes, and how soon a run answers.

    python benchmarks/latency.py RUN [RUN ...] [--repeats 5]

For each run, in new processes with TensorFlow imported: seconds to load the SavedModel, seconds to
its first answer after that, and the median of 1,000 answers to texts of the test split one by one,
from the SavedModel's signature and from `seqtasks.load(RUN)`. Also nodes and size of the graph.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import tensorflow as tf
from run_texts import texts_of


def measure(path: Path) -> dict[str, float]:
    """Seconds to load and to the first answer, and milliseconds of a text."""
    texts = texts_of(path)
    began = time.perf_counter()
    loaded = tf.saved_model.load(str(path / "saved_model"))
    load = time.perf_counter()
    model = loaded.signatures["serving_default"]
    model(text=tf.constant(texts[:1]))
    found = {"load": load - began, "first": time.perf_counter() - load}
    found["signature"] = median_ms(lambda text: model(text=tf.constant([text])), texts)
    import seqtasks

    run = seqtasks.load(path)
    found["run"] = median_ms(run, texts)
    return found


def median_ms(call, texts) -> float:
    """The median milliseconds of 1,000 calls, after 50."""
    taken = []
    for number in range(1050):
        began = time.perf_counter()
        call(texts[number % len(texts)])
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[50:]) * 1000


def graph(path: Path) -> str:
    """Nodes of all functions, and megabytes of the file."""
    from tensorflow.core.protobuf import saved_model_pb2

    file, content = path / "saved_model" / "saved_model.pb", saved_model_pb2.SavedModel()
    content.ParseFromString(file.read_bytes())
    definition = content.meta_graphs[0].graph_def
    nodes = sum(len(f.node_def) for f in definition.library.function) + len(definition.node)
    return f"{nodes:,} nodes, {file.stat().st_size / 1e6:.1f} MB"


def main() -> None:
    """Measure each run in processes of its own, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        print(json.dumps(measure(given.runs[0])))
        return
    for path in given.runs:
        command = [sys.executable, __file__, str(path), "--here"]
        rows = [
            json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
            for _ in range(given.repeats)
        ]
        found = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
        print(
            f"{path.name:12} load {found['load']:.2f} s + first answer {found['first']:.2f} s = "
            f"{found['load'] + found['first']:.2f} s; one text {found['signature']:.2f} ms, "
            f"with results {found['run']:.2f} ms; {graph(path)}",
            flush=True,
        )


if __name__ == "__main__":
    main()
