"""Times a whole `fit` on few rows, compilation included, beside Keras's own layers.

    python benchmarks/short_training.py [--rows 400] [--epochs 3] [--rounds 5]

Classification of rows of at most 12 words by LSTM(64), in one direction and in both, as a user of
Keras writes it; one fresh process each, in turn, medians. A ratio above 1 is in our favour.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

LAYERS = ("keras", "ours", "ours, compiled")


def train(which, both, rows, epochs):
    """Seconds of the first epoch and of all."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import contextlib

    import keras
    import numpy as np

    from seqtasks import layers

    library = keras.layers if which == "keras" else layers
    rng = np.random.default_rng(0)
    x = rng.integers(1, 1000, size=(rows, 12))
    x[np.arange(12) >= rng.integers(3, 13, size=(rows, 1))] = 0
    y = rng.integers(0, 2, size=rows)
    recurrent = library.LSTM(64)
    model = keras.Sequential(
        [
            keras.layers.Embedding(1000, 64, mask_zero=True),
            library.Bidirectional(recurrent) if both else recurrent,
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    ends = []
    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: ends.append(time.perf_counter() - start)
    )
    chosen = layers.compiled_loops() if which == "ours, compiled" else contextlib.nullcontext()
    start = time.perf_counter()
    with chosen:
        model.fit(x, y, epochs=epochs, verbose=0, callbacks=[watch])
    return ends[0], ends[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        which, both = options.one
        print(json.dumps(train(which, both == "both", options.rows, options.epochs)))
        return
    print(f"{options.rows} rows, {options.epochs} epochs, medians of {options.rounds} in turn\n")
    print("| layer | " + " | ".join(f"{n}: first epoch, all s" for n in LAYERS), end="")
    print(" | Keras / ours: first epoch, all |\n|" + "---|" * (len(LAYERS) + 2))
    for both in ("one", "both"):
        times = {name: [] for name in LAYERS}
        for _ in range(options.rounds):
            for name in LAYERS:
                command = [sys.executable, *sys.argv, "--one", name, both]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                times[name].append(json.loads(done.stdout.splitlines()[-1]))
        medians = {n: [statistics.median(t) for t in zip(*times[n], strict=True)] for n in LAYERS}
        cells = [f"{first:.2f}, {whole:.2f}" for first, whole in medians.values()]
        ratios = [a / b for a, b in zip(medians["keras"], medians["ours"], strict=True)]
        name = "LSTM(64)" if both == "one" else "Bidirectional(LSTM(64))"
        print(f"| {name} | {' | '.join(cells)} | {ratios[0]:.2f}, {ratios[1]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
