"""Times one training step of each recurrent layer beside its rivals.

    python benchmarks/recurrent.py [--rounds 20] [--backends PYTHON] [--only LSTM ...]

One process a rival, one call each in turn, medians after warm-up, on five shapes, with and without
right-padded masks of random lengths. `--parts tape` times gradients without `training=True`;
`--jit on` or `off` takes that way alone. `--backends` names a Python that has torch and jax, where
this one has not. A ratio above 1 is in our favour; "share" is the part of the largest matrix
product rate measured in any of the processes that our call reached.
"""

import argparse
import statistics
import sys
from pathlib import Path

from rival import Rival

SHAPES = [
    (32, 40, 128, 128),
    (64, 64, 256, 256),
    (50, 100, 512, 512),
    (16, 64, 64, 384),
    (8, 400, 128, 256),
]
WAYS = {"best": slice(None), "off": slice(1), "on": slice(-1, None)}  # whole call by XLA or not
GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}
HERE = Path(__file__).parent


def start_one(name, python):
    """A process that builds a layer and times calls of it."""
    backend = name.split("-")[-1] if "-" in name or name == "torch" else "tensorflow"
    command = [python, str(HERE / "recurrent_rival.py"), name]
    return Rival(name, command, KERAS_BACKEND=backend)


def alternate(rivals, job, rounds, jit):
    """The median of each rival's calls, of its fastest way (XLA on or off), or of one way."""
    for rival in rivals:
        rival.ask("prepare", *job)
    times = {rival.name: [] for rival in rivals}
    for _ in range(rounds):
        for rival in rivals:
            times[rival.name].append(rival.ask("measure"))
    return {
        name: min(statistics.median(way) for way in list(zip(*calls, strict=True))[WAYS[jit]])
        for name, calls in times.items()
    }


def work(kind, batch, steps, features, units, part):
    """Floating-point operations of the matrix products of one call."""
    products = 2 * batch * steps * (features + units) * GATES[kind] * units
    return products * (1 if part == "inference" else 3)


def table(title, rivals, jobs, options, peak, ratios):
    """Prints a line a job and the geometric mean of each ratio."""
    names = [rival.name for rival in rivals]
    print(f"\n{title}\n\n| layer | shape | mask | " + " | ".join(f"{n} ms" for n in names), end="")
    print(" | " + " | ".join(f"{b}/{a}" for a, b in ratios) + " | share |")
    print("|" + "---|" * (4 + len(names) + len(ratios)))
    collected = {ratio: [] for ratio in ratios}
    for job in jobs:
        kind, *shape, masked, part = job
        times = alternate(rivals, job, options.rounds, options.jit)
        cells = [f"{times[n] * 1e3:.1f}" for n in names]
        for a, b in ratios:
            collected[a, b].append(times[b] / times[a])
            cells.append(f"{times[b] / times[a]:.2f}")
        share = work(kind, *shape, part) / times[ratios[0][0]] / 1e9 / peak
        shape = "/".join(map(str, shape))
        row = [kind, shape, "yes" if masked else "no", *cells, f"{share:.0%}"]
        print("| " + " | ".join(row) + " |", flush=True)
    for (a, b), values in collected.items():
        mean = statistics.geometric_mean(values)
        print(f"\n{b}/{a}: geometric mean {mean:.2f}, lowest {min(values):.2f}", flush=True)


def memory(python):
    """Peak memory in MiB of a process that trained one step of the largest shape."""
    print("\nPeak memory of a process that made training steps at 50/100/512/512\n")
    for name in ("ours", "keras"):
        rival = start_one(name, python)
        rival.ask("peak")
        before = rival.ask("memory")
        rival.ask("prepare", "LSTM", *SHAPES[2], False, "train")
        after = rival.ask("memory")
        print(f"{name}: {after:.0f} MiB, {after - before:.0f} MiB of them for the step", flush=True)
        rival.end()


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--backends", default=sys.executable, help="a Python with torch and jax")
    parser.add_argument("--only", nargs="*", default=["LSTM", "GRU"], choices=list(GATES))
    parser.add_argument("--rivals", nargs="*", default=["ours", "keras", "torch"])
    parser.add_argument("--shapes", nargs="*", type=int, default=range(len(SHAPES)))
    parser.add_argument("--parts", nargs="*", default=["train", "inference", "jax", "memory"])
    parser.add_argument("--jit", choices=list(WAYS), default="best")
    return parser.parse_args()


def start(names, options):
    """A process for each name, with the Python that has its library."""
    elsewhere = ("torch", "jax")
    return [
        start_one(n, options.backends if n.endswith(elsewhere) else sys.executable) for n in names
    ]


def compare(kinds, names, parts, options):
    """All tables of one set of rivals."""
    rivals = start(names, options)
    shapes = [SHAPES[n] for n in options.shapes]
    peak = max(rival.ask("peak") for rival in rivals)
    print(f"\nlargest product rate measured: {peak:.0f} GFLOP/s", flush=True)
    ratios = [(names[0], other) for other in names[1:]]
    for part in parts:
        for kind in kinds:
            for masked in (False, True):
                jobs = [(kind, *shape, masked, part) for shape in shapes]
                if part == "inference":
                    jobs = [(kind, b, *s[1:], masked, part) for b in (1, 64) for s in shapes]
                title = f"{kind}, {part}, {'right-padded masks' if masked else 'no mask'}"
                table(title, rivals, jobs, options, peak, ratios)
    for rival in rivals:
        rival.end()


def main():
    options = arguments()
    parts = [part for part in ("train", "tape", "inference") if part in options.parts]
    if parts:
        compare(options.only, options.rivals, parts, options)
    if "jax" in options.parts:
        compare(["LSTM"], ["ours-jax", "keras-jax"], ["train"], options)
    if "torch" in options.parts:
        compare(["LSTM"], ["ours-torch", "torch"], ["train"], options)
    if "memory" in options.parts:
        memory(sys.executable)


if __name__ == "__main__":
    main()
