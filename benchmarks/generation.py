"""The character language model beside nanoGPT, a plain Keras model, and generation by `predict`.

    python benchmarks/generation.py TEXT [--nanogpt FOLDER --nanogpt-python PYTHON]
                                         [--parts quality throughput speed] [--rounds N]

TEXT is tiny-shakespeare's input.txt. FOLDER is a checkout of github.com/karpathy/nanoGPT in which
`data/shakespeare_char/prepare.py` has run on the same text, PYTHON one that has PyTorch; without
them nanoGPT is left out.

- quality: wall time of whole commands, start to end, and the loss each reports, alternating.
- throughput: characters a second while training, start and compilation left out: nanoGPT's own
  iteration times, our model and a plain Keras model of the same size on the same batches through
  `fit`, each with XLA and without, alternating.
- speed: characters a second of the SavedModel, one text of 1,000 characters, beside a Python loop
  that calls `model.predict` for each.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
NANOGPT = (
    "config/train_shakespeare_char.py --device=cpu --compile=False --eval_iters=20 --log_interval=1"
    " --block_size=64 --batch_size=12 --n_layer=4 --n_head=4 --n_embd=128 --max_iters={iterations}"
    " --lr_decay_iters=2000 --dropout=0.0"
)
UNITS, STEPS = 420, 32  # 850,000 parameters; nanoGPT's CPU recipe has 800,000


def nanogpt(options: argparse.Namespace, iterations: int, *more: str) -> tuple[float, str]:
    """Seconds and output of nanoGPT's CPU recipe."""
    command = [options.nanogpt_python, "train.py", *NANOGPT.format(iterations=iterations).split()]
    started = time.perf_counter()
    done = subprocess.run(
        [*command, *more], cwd=options.nanogpt, capture_output=True, text=True, check=True
    )
    return time.perf_counter() - started, done.stdout


def quality(options: argparse.Namespace) -> None:
    """Wall time of both commands, and the validation loss each ends with."""
    ours, theirs = [], []
    for number in range(options.rounds):
        if options.nanogpt:
            seconds, output = nanogpt(options, 2000)
            loss = re.findall(r"val loss ([\d.]+)", output)[-1]
            theirs.append(seconds)
            print(f"nanoGPT: {seconds:6.1f} s, validation loss {loss} (its estimate)", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            run = Path(folder) / "run"
            command = [sys.executable, "train.py", "generation", "--data", str(options.text)]
            command += ["--out", str(run), "--seed", str(number)]
            started = time.perf_counter()
            subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
            ours.append(time.perf_counter() - started)
            scores = json.loads((run / "scores.json").read_text())
        print(
            f"seqtasks: {ours[-1]:5.1f} s, validation loss {scores['nats_per_token']:.4f} "
            f"(stream), of which epochs {scores['training_seconds']} s",
            flush=True,
        )
    if theirs:
        a, b = statistics.median(ours), statistics.median(theirs)
        print(f"median wall time: seqtasks {a:.1f} s, nanoGPT {b:.1f} s, ratio {a / b:.2f}")


def throughput(options: argparse.Namespace) -> None:
    """Characters a second while training, for each number of rows in a batch."""
    for rows in options.rows:
        print(f"-- batches of {rows} x {STEPS} characters", flush=True)
        training(options, rows)


def training(options: argparse.Namespace, rows: int) -> None:
    """Characters a second while training with batches of so many rows."""
    import keras
    import numpy as np

    from seqtasks.data import TokenFile, contiguous_batches, open_texts
    from seqtasks.models import LanguageModel

    splits = open_texts(str(options.text), sample={})
    known = {c: i for i, c in enumerate(sorted({c for text, _ in splits.train for c in text}), 4)}
    size = len(known) + 4
    tokens = TokenFile(
        ((text, mark == "begins") for text, mark in splits.train),
        lambda texts: [np.array([known[c] for c in text]) for text in texts],
        size,
    )
    windows = max(12, 3840 // rows)

    def batches(*, with_begins: bool) -> object:
        return contiguous_batches(
            tokens, rows=rows, steps=STEPS, windows=windows, seed=0, with_begins=with_begins
        )

    def ours() -> keras.Model:
        model = LanguageModel(size, embedding_size=64, units=UNITS, rows=rows)
        model.build()
        return model

    def plain() -> keras.Model:
        return keras.Sequential(
            [
                keras.layers.Input(batch_shape=(rows, STEPS), dtype="int32"),
                keras.layers.Embedding(size, 64),
                keras.layers.LSTM(UNITS, return_sequences=True, stateful=True),
                keras.layers.Dense(size),
            ]
        )

    models = {}
    for name, make in (("seqtasks", ours), ("Keras", plain)):
        for jit in (True, False):
            model = make()
            model.compile(
                keras.optimizers.Adam(6e-3, global_clipnorm=1.0),
                keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                jit_compile=jit,
            )
            data = batches(with_begins=name == "seqtasks")
            model.fit(data, verbose=0, shuffle=False)
            models[name, jit] = model, data
    count = sum(int(np.prod(w.shape)) for w in models["seqtasks", True][0].trainable_weights)
    print(f"parameters: {count:,}")
    rates = {key: [] for key in models}
    gpt = []
    for _ in range(options.rounds):
        for key, (model, data) in models.items():
            started = time.perf_counter()
            model.fit(data, verbose=0, shuffle=False)
            rates[key].append(windows * rows * STEPS / (time.perf_counter() - started))
        if options.nanogpt:
            _, output = nanogpt(
                options, 150, "--eval_interval=1000", "--always_save_checkpoint=False"
            )
            times = [float(x) for x in re.findall(r"time ([\d.]+)ms", output)[20:]]
            gpt.append(12 * 64 / statistics.median(times) * 1000)
    for (name, jit), values in rates.items():
        print(
            f"{name:10s} XLA {'on ' if jit else 'off'}: {statistics.median(values):8,.0f} "
            f"characters/s ({min(values):,.0f} to {max(values):,.0f})"
        )
    best = {
        name: max(statistics.median(rates[name, jit]) for jit in (True, False))
        for name in ("seqtasks", "Keras")
    }
    print(f"ratio to Keras: {best['seqtasks'] / best['Keras']:.2f}")
    if gpt:
        rate = statistics.median(gpt)
        print(f"nanoGPT: {rate:,.0f} characters/s ({min(gpt):,.0f} to {max(gpt):,.0f})")
        print(f"ratio to nanoGPT: {best['seqtasks'] / rate:.2f}")


def speed(options: argparse.Namespace) -> None:
    """Characters a second of generation."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "train.py", "generation", "--data", str(options.text)]
        command += ["--out", f"{folder}/run", "--epochs", "1", "--epoch-tokens", "50000"]
        subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
        import keras
        import numpy as np
        import tensorflow as tf

        import seqtasks

        run = seqtasks.load(f"{folder}/run")
        generate, model = run.predictor.signatures["generate"], run.model
        size, units = model.get_config()["vocabulary_size"], model.get_config()["units"]
        state = [keras.Input((units,)) for _ in range(2)]
        ids = keras.Input((), dtype="int32")
        logits, after = model.step(ids, state)
        stepper = keras.Model([ids, *state], [logits, *after])

    def ours(length: int) -> float:
        started = time.perf_counter()
        generate(
            text=tf.constant(["ROMEO:"]),
            length=tf.constant([length]),
            temperature=tf.constant([0.8]),
            top_k=tf.constant([0]),
            top_p=tf.constant([1.0]),
            seed=tf.constant([1]),
        )["text"].numpy()
        return length / (time.perf_counter() - started)

    def loop(length: int) -> float:
        states, last = [np.zeros((1, units), "float32")] * 2, np.array([4])
        rng = np.random.default_rng(1)
        started = time.perf_counter()
        for _ in range(length):
            logits, *states = stepper.predict([last, *states], verbose=0)
            weights = np.exp(logits[0] / 0.8 - np.max(logits[0] / 0.8))
            last = rng.choice(size, size=1, p=weights / weights.sum())
        return length / (time.perf_counter() - started)

    ours(10), loop(3)
    pairs = [(ours(1000), loop(100)) for _ in range(options.rounds)]
    a, b = (statistics.median(x) for x in zip(*pairs, strict=True))
    print(f"SavedModel: {a:,.0f} characters/s; loop of predict: {b:,.1f}; ratio {a / b:,.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", type=Path)
    parser.add_argument("--nanogpt", type=Path)
    parser.add_argument("--nanogpt-python", default=sys.executable)
    parser.add_argument("--parts", nargs="+", default=["quality", "throughput", "speed"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, nargs="+", default=[32, 128], help="of a batch of ours")
    options = parser.parse_args()
    options.text = options.text.resolve()
    sys.path.insert(0, str(ROOT))
    from seqtasks.startup import start_quietly

    start_quietly()
    for part in options.parts:
        print(f"== {part}", flush=True)
        {"quality": quality, "throughput": throughput, "speed": speed}[part](options)


if __name__ == "__main__":
    main()
