"""Times the CRF beside TensorFlow Addons' algorithm and pytorch-crf's.

    python benchmarks/crf.py [--rounds 30] [--backends PYTHON] [--shapes 32/50/20 ...]

Training: log-likelihood and its gradients with respect to emissions and transitions. Decoding:
Viterbi, up to the tags as an array. Right-padded masks of random lengths. One process a rival, one
call each in turn, medians after warm-up; on TensorFlow with XLA and without. `--backends` names a
Python that has torch and jax, where this one has not. A ratio above 1 is in our favour.

The rivals are written here as their libraries do it: TensorFlow Addons 0.23, `text/crf.py` (a
`tf.scan` of log-sum-exp, differentiated by TensorFlow; it does not run with Keras 3), and
pytorch-crf 0.7 (a Python loop of log-sum-exp, differentiated by PyTorch; back-pointers followed
sentence by sentence).
"""

import argparse
import json
import os
import statistics
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
from rival import Rival

THREADS = len(os.sched_getaffinity(0))
WARM_UP = 5


def data(batch, steps, tags):
    """Emissions, gold tags, lengths, transitions."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, steps + 1, size=batch)
    lengths[0] = steps
    emissions = rng.normal(size=(batch, steps, tags)).astype("float32")
    gold = rng.integers(0, tags, size=(batch, steps)).astype("int32")
    return emissions, gold, lengths.astype("int32"), rng.normal(size=(tags, tags)).astype("float32")


def our_layer(tags, transitions):
    from seqtasks.layers import CRF

    layer = CRF(tags)
    layer.build((None, None, tags))
    layer.between.assign(transitions)
    return layer


def ours(emissions, gold, lengths, transitions):
    import tensorflow as tf

    layer = our_layer(emissions.shape[-1], transitions)
    emissions, gold = tf.constant(emissions), tf.constant(gold)
    mask = tf.sequence_mask(lengths, emissions.shape[1])
    weights = [w.value for w in layer.weights]

    def train(emissions):
        with tf.GradientTape() as tape:
            tape.watch(emissions)
            loss = -tf.reduce_mean(layer.log_likelihood(emissions, gold, mask))
        return loss, *tape.gradient(loss, [emissions, *weights])

    return tensorflow_ways(train, lambda e: layer.viterbi(e, mask), emissions)


def tensorflow_ways(train, decode, emissions):
    """Both jobs as graphs, without and with XLA; each returns the loss or the tags."""
    import tensorflow as tf

    ways = {}
    for job, function in (("train", train), ("decode", decode)):
        for jit in (False, True):
            call = tf.function(function, jit_compile=jit)
            name = f"{job}, {'XLA' if jit else 'no XLA'}"
            ways[name] = lambda call=call: call(emissions)[0].numpy()
    return ways


def addons(emissions, gold, lengths, transitions):
    import tensorflow as tf

    emissions, gold = tf.constant(emissions), tf.constant(gold)
    lengths, transitions = tf.constant(lengths), tf.Variable(transitions)
    batch, steps, tags = emissions.shape
    rows = tf.range(batch)

    def score(emissions):
        mask = tf.sequence_mask(lengths, steps, dtype=tf.float32)
        flat = tf.range(steps)[None] * tags + rows[:, None] * steps * tags + gold
        unary = tf.reduce_sum(tf.gather(tf.reshape(emissions, [-1]), flat) * mask, 1)
        pairs = gold[:, :-1] * tags + gold[:, 1:]
        moves = tf.gather(tf.reshape(transitions, [-1]), pairs)
        return unary + tf.reduce_sum(moves * mask[:, 1:], 1)

    def log_norm(emissions):
        def step(state, inputs):
            moves = state[:, :, None] + transitions[None]
            return inputs + tf.reduce_logsumexp(moves, [1])

        first = emissions[:, 0]
        alphas = tf.scan(step, tf.transpose(emissions[:, 1:], [1, 0, 2]), first)
        alphas = tf.concat([first[:, None], tf.transpose(alphas, [1, 0, 2])], 1)
        last = tf.gather_nd(alphas, tf.stack([rows, lengths - 1], axis=1))
        return tf.reduce_logsumexp(last, [1])

    def train(emissions):
        with tf.GradientTape() as tape:
            tape.watch(emissions)
            loss = -tf.reduce_mean(score(emissions) - log_norm(emissions))
        return loss, *tape.gradient(loss, [emissions, transitions])

    def decode(emissions):
        def forward(state, inputs):
            moves = state[0][:, :, None] + transitions[None]
            pointers = tf.cast(tf.argmax(moves, 1), tf.int32)
            scores = inputs[0] + tf.reduce_max(moves, [1])
            real = (inputs[1] < lengths)[:, None]
            return tf.where(real, scores, state[0]), tf.where(real, pointers, state[1])

        def backward(tag, pointers):
            return tf.gather_nd(pointers, tf.stack([rows, tag], axis=1))

        inputs = tf.transpose(emissions[:, 1:], [1, 0, 2])
        first = (emissions[:, 0], tf.zeros([batch, tags], tf.int32))
        scores, pointers = tf.scan(forward, (inputs, tf.range(1, steps)), first)
        pointers = tf.reverse_sequence(pointers, lengths - 1, seq_axis=0, batch_axis=1)
        best = tf.cast(tf.argmax(scores[-1], 1), tf.int32)
        path = tf.concat([best[None], tf.scan(backward, pointers, best)], 0)
        path = tf.reverse_sequence(path, lengths, seq_axis=0, batch_axis=1)
        return tf.transpose(path), tf.reduce_max(scores[-1], 1)

    return tensorflow_ways(train, decode, emissions)


def pytorch_crf(emissions, gold, lengths, transitions):
    import torch

    torch.set_num_threads(THREADS)
    steps, tags = emissions.shape[1:]
    start, end = (torch.zeros(tags, requires_grad=True) for _ in range(2))
    transitions = torch.tensor(transitions, requires_grad=True)
    emissions = torch.tensor(emissions.swapaxes(0, 1).copy(), requires_grad=True)
    gold = torch.tensor(gold.T.copy()).long()
    mask = torch.arange(steps)[:, None] < torch.tensor(lengths)[None]
    rows = torch.arange(gold.shape[1])

    def score():
        found = start[gold[0]] + emissions[0, rows, gold[0]]
        for i in range(1, steps):
            found = found + transitions[gold[i - 1], gold[i]] * mask[i]
            found = found + emissions[i, rows, gold[i]] * mask[i]
        return found + end[gold[mask.long().sum(0) - 1, rows]]

    def normalizer():
        found = start + emissions[0]
        for i in range(1, steps):
            moves = found.unsqueeze(2) + transitions + emissions[i].unsqueeze(1)
            found = torch.where(mask[i].unsqueeze(1), torch.logsumexp(moves, dim=1), found)
        return torch.logsumexp(found + end, dim=1)

    def train():
        weights = (emissions, start, transitions, end)
        for weight in weights:
            weight.grad = None
        loss = -(score() - normalizer()).mean()
        loss.backward()
        return loss.detach().numpy()

    @torch.no_grad()
    def decode():
        found, history = start + emissions[0], []
        for i in range(1, steps):
            moves = found.unsqueeze(2) + transitions + emissions[i].unsqueeze(1)
            best, pointers = moves.max(dim=1)
            found = torch.where(mask[i].unsqueeze(1), best, found)
            history.append(pointers)
        found, ends, paths = found + end, mask.long().sum(0) - 1, []
        for row in range(len(rows)):
            path = [found[row].max(dim=0)[1].item()]
            for pointers in reversed(history[: ends[row]]):
                path.append(pointers[row][path[-1]].item())
            path.reverse()
            paths.append(path)
        table = np.zeros((len(rows), steps), "int32")
        for row, path in enumerate(paths):
            table[row, : len(path)] = path
        return table

    return {"train": train, "decode": decode}


def ours_torch(emissions, gold, lengths, transitions):
    import torch

    torch.set_num_threads(THREADS)
    layer = our_layer(emissions.shape[-1], transitions)
    mask = torch.arange(emissions.shape[1])[None] < torch.tensor(lengths)[:, None]
    emissions, gold = torch.tensor(emissions, requires_grad=True), torch.tensor(gold)

    def train():
        for weight in (emissions, *[w.value for w in layer.weights]):
            weight.grad = None
        loss = -layer.log_likelihood(emissions, gold, mask).mean()
        loss.backward()
        return loss.detach().numpy()

    @torch.no_grad()
    def decode():
        return layer.viterbi(emissions, mask)[0].numpy()

    return {"train": train, "decode": decode}


def ours_jax(emissions, gold, lengths, transitions):
    import jax

    layer = our_layer(emissions.shape[-1], transitions)
    mask = np.arange(emissions.shape[1])[None] < lengths[:, None]
    weights = [w.value for w in layer.weights]

    def loss(emissions, weights):
        import keras

        with keras.StatelessScope(zip(layer.weights, weights, strict=True)):
            return -layer.log_likelihood(emissions, gold, mask).mean()

    step = jax.jit(jax.value_and_grad(loss, argnums=(0, 1)))
    viterbi = jax.jit(lambda emissions: layer.viterbi(emissions, mask))
    return {
        "train": lambda: np.asarray(jax.block_until_ready(step(emissions, weights))[0]),
        "decode": lambda: np.asarray(viterbi(emissions)[0]),
    }


RIVALS = {
    "ours": ours,
    "addons": addons,
    "pytorch-crf": pytorch_crf,
    "ours-torch": ours_torch,
    "ours-jax": ours_jax,
}


def serve(name):
    """A rival's process: reads jobs (lines of JSON), writes times or results."""
    ways = {}
    for line in sys.stdin:
        order, *given = json.loads(line)
        if order == "prepare":
            given = data(*given)
            ways = RIVALS[name](*given)
            found = {}
            for way, call in ways.items():
                for _ in range(WARM_UP):
                    result = call()
                if "decode" in way:  # what lies behind the end may differ
                    real = np.arange(result.shape[1])[None] < given[2][:, None]
                    result = np.where(real, result, 0)
                found[way] = result.tolist()
            answer = found
        else:
            answer = {}
            for way, call in ways.items():
                begin = time.perf_counter()
                call()
                answer[way] = time.perf_counter() - begin
        print(json.dumps(answer), flush=True)


def start(name, python):
    """A process that times calls."""
    backend = {"pytorch-crf": "torch"}.get(name, name.rpartition("-")[2])
    backend = backend if backend in ("torch", "jax") else "tensorflow"
    python = sys.executable if backend == "tensorflow" else python
    return Rival(name, [python, __file__, "--serve", name], KERAS_BACKEND=backend)


def check(found):
    """All rivals compute the same (start and end scores are zero)."""
    first = found["ours"]
    for name, ways in found.items():
        for way, result in ways.items():
            ours = first[f"{way.split(',')[0]}, no XLA"]
            if not np.allclose(result, ours, rtol=1e-4):
                raise RuntimeError(f"{name} and ours differ in {way}: {result} and {ours}")


def main():
    """Prints a table for each shape."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--backends", default=sys.executable, help="a Python with torch and jax")
    parser.add_argument("--rivals", nargs="*", default=list(RIVALS), choices=list(RIVALS))
    parser.add_argument("--shapes", nargs="*", default=["32/50/20"], help="batch/time/tags")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(options.serve)
    rivals = [start(name, options.backends) for name in options.rivals]
    for shape in options.shapes:
        shape_of = [int(n) for n in shape.split("/")]
        check({rival.name: rival.ask("prepare", *shape_of) for rival in rivals})
        times = {}
        for _ in range(options.rounds):
            for rival in rivals:
                for way, seconds in rival.ask("measure").items():
                    times.setdefault((rival.name, way), []).append(seconds)
        medians = {key: statistics.median(values) * 1e3 for key, values in times.items()}
        print(f"\n{shape} (batch/time/tags), {THREADS} threads, medians of {options.rounds}\n")
        for job in ("train", "decode"):
            best = min(t for (n, way), t in medians.items() if n == "ours" and job in way)
            print("| " + job + " | ms | ratio to our best |\n|---|---|---|")
            for (name, way), median in medians.items():
                if way.startswith(job):
                    print(f"| {name} ({way}) | {median:.2f} | {median / best:.2f} |", flush=True)
    for rival in rivals:
        rival.end()
    return None


if __name__ == "__main__":
    main()
