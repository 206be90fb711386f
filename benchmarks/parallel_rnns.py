"""Times recurrences linear in their state beside the LSTM, against the length of sequences.

    python benchmarks/parallel_rnns.py [--threads 1] [--lengths 256 ... 65536] [--csv FILE]
    python benchmarks/parallel_rnns.py --quality TEXT [--seconds 120] [--window 256]

A training step (forward and backward, batch 4, 128 units) of MinGRU, MinLSTM and LRU, our LSTM and
Keras's: all in one process, one call each in turn, medians after warm-up. A ratio is the time of
our LSTM over that of the layer: above 1 is faster than it. Keras's LSTM is left out above
`--keras-until` steps, where one call takes most of a minute.

With `--quality` character models of TEXT (tiny-shakespeare) that differ in the cell are trained,
each for the same wall time, compilation left out; printed is the loss of the text's last tenth, in
nats a character.
"""

import argparse
import csv
import os
import statistics
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
LAYERS = ["MinGRU", "MinLSTM", "LRU", "LSTM", "Keras LSTM"]
CELLS = ["mingru", "minlstm", "lru", "gru", "lstm"]


def training_step(name, x, units, jit):
    """A call that computes all gradients of one layer."""
    import keras
    import tensorflow as tf

    from seqtasks import layers

    of = keras.layers if name.startswith("Keras") else layers
    layer = getattr(of, name.split()[-1])(units, return_sequences=True)
    layer.build(x.shape)
    weights = [w.value for w in layer.trainable_weights]

    @tf.function(jit_compile=jit)
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
            loss = tf.reduce_sum(y * y)
        return tape.gradient(loss, [x, *weights])

    return lambda: [tf.convert_to_tensor(gradient).numpy() for gradient in step(x)[1:]]


def seconds(call):
    """How long a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def compare(length, names, options):
    """The median time of each layer's step at one length."""
    import numpy as np
    import tensorflow as tf

    shape = options.batch, length, options.units
    x = tf.constant(np.random.default_rng(0).normal(size=shape).astype("float32"))
    calls = {name: training_step(name, x, options.units, options.jit) for name in names}
    for call in calls.values():
        call()
    times = {name: [] for name in names}
    for _ in range(options.rounds):
        for name, call in calls.items():
            times[name].append(seconds(call))
    return {name: statistics.median(of_name) for name, of_name in times.items()}


def curve(options):
    """Prints a line for each length, and returns all that was measured."""
    print(f"\nbatch {options.batch}, {options.units} units, {options.threads} threads, ms a step\n")
    ratios = [name for name in options.layers if name != "LSTM"]
    head = ["length", *(f"{n} ms" for n in options.layers), *(f"LSTM / {n}" for n in ratios)]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    rows = []
    for length in options.lengths:
        names = [n for n in options.layers if "Keras" not in n or length <= options.keras_until]
        times = compare(length, names, options)
        cells = [f"{times[n] * 1e3:.1f}" if n in times else "-" for n in options.layers]
        both = [n if n in times and "LSTM" in times else None for n in ratios]
        cells += [f"{times['LSTM'] / times[n]:.2f}" if n else "-" for n in both]
        print(f"| {length} | " + " | ".join(cells) + " |", flush=True)
        rows += [(options.threads, length, name, t) for name, t in times.items()]
    return rows


def draw(rows, path):
    """The curves of time against length, both in powers."""
    from matplotlib.figure import Figure

    axes = (figure := Figure(figsize=(6, 4))).add_subplot()
    for name in dict.fromkeys(row[2] for row in rows):
        points = [(length, t * 1e3) for _, length, n, t in rows if n == name]
        axes.loglog(*zip(*points, strict=True), marker="o", base=2, label=name)
    axes.set(xlabel="steps", ylabel="ms, forward and backward")
    axes.legend()
    figure.savefig(path)


def language_model(cell, characters, options):
    """A character model, compiled."""
    import keras

    from seqtasks.layers import RecurrentStack

    ids = keras.Input((options.window,), dtype="int32")
    x = keras.layers.Embedding(characters, options.units)(ids)
    x = RecurrentStack(options.units, cell, layers=2, residual=True)(x)
    model = keras.Model(ids, keras.layers.Dense(characters)(x))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(options.rate, clipnorm=1.0), loss, jit_compile=False)
    return model


def train(cell, text, options):
    """Steps made and validation loss after `--seconds`."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    characters = sorted(set(text))
    ids = np.array([characters.index(c) for c in text], "int32")
    cut, width = len(ids) * 9 // 10, options.window + 1
    model, rng = language_model(cell, len(characters), options), np.random.default_rng(0)
    steps, ends = 0, None
    while ends is None or time.perf_counter() < ends:
        starts = rng.integers(0, cut - width, size=(32, 1))
        windows = ids[starts + np.arange(width)]
        model.train_on_batch(windows[:, :-1], windows[:, 1:])
        ends = ends or time.perf_counter() + options.seconds  # the first step compiles
        steps += 1
    held_out = ids[cut : cut + (len(ids) - cut) // width * width].reshape(-1, width)
    return steps, model.evaluate(held_out[:, :-1], held_out[:, 1:], verbose=0)


def quality(options):
    """Prints a line for each cell."""
    text = Path(options.quality).read_text("utf-8")
    print(f"\n2 layers of {options.units} units, windows of {options.window}, Adam {options.rate}")
    print("\n| cell | seconds | steps | characters a second | loss |\n|---|---|---|---|---|")
    for cell in options.cells:
        steps, loss = train(cell, text, options)
        speed = steps * 32 * options.window / options.seconds
        print(f"| {cell} | {options.seconds} | {steps} | {speed:,.0f} | {loss:.3f} |", flush=True)


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=2, choices=(1, 2))
    lengths = [4**n for n in range(4, 9)]  # 256 to 65,536
    parser.add_argument("--lengths", nargs="*", type=int, default=lengths)
    parser.add_argument("--layers", nargs="*", default=LAYERS, choices=LAYERS)
    parser.add_argument("--keras-until", type=int, default=1024)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--units", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--jit", action="store_true", help="compile the whole step by XLA")
    parser.add_argument("--csv", help="append what was measured")
    parser.add_argument("--figure", help="draw the curves")
    parser.add_argument("--quality", metavar="TEXT", help="train character models on this instead")
    parser.add_argument("--cells", nargs="*", default=CELLS, help="of the character models")
    parser.add_argument("--seconds", type=float, default=120, help="of training a cell")
    parser.add_argument("--window", type=int, default=256)
    parser.add_argument("--rate", type=float, default=3e-3, help="learning rate")
    return parser.parse_args()


def main():
    options = arguments()
    cores = sorted(os.sched_getaffinity(0))[: options.threads]
    os.sched_setaffinity(0, cores)  # before the libraries start their threads
    if options.quality:
        quality(options)
        return
    rows = curve(options)
    if options.csv:
        with open(options.csv, "a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    if options.figure:
        draw(rows, options.figure)


if __name__ == "__main__":
    main()
