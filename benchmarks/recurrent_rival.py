"""One rival of `benchmarks/recurrent.py`, in a process of its own: reads jobs, writes times.

Each line of standard input is a JSON list: ["prepare", kind, batch, time, inputs, units, masked,
part] or ["measure"] or ["memory"]; each answer is a line of JSON. The part is "train" (gradients
with `training=True`), "tape" (gradients without it) or "inference".
"""

import json
import os
import resource
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

THREADS = len(os.sched_getaffinity(0))  # one, where the benchmark is held to one core


def data(batch, steps, features, masked):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, steps, features)).astype("float32")
    lengths = rng.integers(1, steps + 1, size=batch)
    lengths[0] = steps
    return x, np.arange(steps)[None] < lengths[:, None] if masked else None


def keras_layer(ours, kind, units):
    if ours:
        from seqtasks import layers
    else:
        from keras import layers
    return getattr(layers, kind)(units, return_sequences=True)


def tensorflow_calls(ours, kind, x, mask, units, part):
    import tensorflow as tf

    layer = keras_layer(ours, kind, units)
    layer.build(x.shape)
    x = tf.constant(x)
    mask = None if mask is None else tf.constant(mask)
    weights = [w.value for w in layer.trainable_weights]

    def forward(x):
        return layer(x, mask=mask, training=False)

    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, mask=mask, training=part == "train")
            loss = tf.reduce_sum(y * y)
        return tape.gradient(loss, [x, *weights])

    call = forward if part == "inference" else step
    calls = [tf.function(call, jit_compile=jit) for jit in (False, True)]
    return [lambda call=call: tf.nest.flatten(call(x))[-1].numpy() for call in calls]


def jax_calls(ours, kind, x, mask, units, part):
    import jax

    layer = keras_layer(ours, kind, units)
    layer.build(x.shape)
    weights = [w.value for w in layer.trainable_variables]
    others = [w.value for w in layer.non_trainable_variables]

    def forward(weights, x):
        return layer.stateless_call(weights, others, x, mask=mask, training=part == "train")[0]

    def loss(weights, x):
        return (forward(weights, x) ** 2).sum()

    call = jax.jit(jax.grad(loss, argnums=(0, 1)) if part != "inference" else forward)
    x = jax.numpy.asarray(x)
    return [lambda: jax.block_until_ready(call(weights, x))]


def torch_layer_calls(ours, kind, x, mask, units, part):
    import torch

    torch.set_num_threads(THREADS)
    layer = keras_layer(ours, kind, units)
    layer.build(x.shape)
    x = torch.tensor(x, requires_grad=part != "inference")
    mask = None if mask is None else torch.tensor(mask)

    def forward():
        with torch.no_grad():
            return layer(x, mask=mask, training=False)

    def step():
        (layer(x, mask=mask, training=True) ** 2).sum().backward()

    return [forward if part == "inference" else step]


def torch_calls(_, kind, x, mask, units, part):
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    torch.set_num_threads(THREADS)
    layer = getattr(torch.nn, {"SimpleRNN": "RNN"}.get(kind, kind))(
        x.shape[2], units, batch_first=True
    )
    x = torch.tensor(x, requires_grad=part != "inference")
    lengths = None if mask is None else torch.tensor(mask.sum(1))

    def forward():
        if lengths is None:
            return layer(x)[0]
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(layer(packed)[0], batch_first=True)[0]

    def infer():
        with torch.no_grad():
            return forward()

    def step():
        (forward() ** 2).sum().backward()

    return [infer if part == "inference" else step]


RIVALS = {
    "ours": (tensorflow_calls, True),
    "keras": (tensorflow_calls, False),
    "ours-jax": (jax_calls, True),
    "keras-jax": (jax_calls, False),
    "ours-torch": (torch_layer_calls, True),
    "torch": (torch_calls, False),
}


def peak(rival):
    """GFLOP/s of the best product this library makes of 2048 x 1024 x 1024."""
    a, b = np.ones((2048, 1024), "float32"), np.ones((1024, 1024), "float32")
    if rival.endswith("jax"):
        import jax

        a, b = jax.numpy.asarray(a), jax.numpy.asarray(b)
        product = jax.jit(lambda a, b: a @ b)
        call = lambda: jax.block_until_ready(product(a, b))  # noqa: E731
    elif rival.endswith("torch"):
        import torch

        torch.set_num_threads(THREADS)
        a, b = torch.tensor(a), torch.tensor(b)
        call = lambda: a @ b  # noqa: E731
    else:
        import tensorflow as tf

        a, b = tf.constant(a), tf.constant(b)
        call = lambda: tf.matmul(a, b).numpy()  # noqa: E731
    return 2 * 2048 * 1024 * 1024 / min(seconds(call) for _ in range(20)) / 1e9


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main(rival):
    make, ours = RIVALS[rival]
    calls = []
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is not an answer
    for line in sys.stdin:
        order, *job = json.loads(line)
        if order == "prepare":
            kind, batch, steps, features, units, masked, part = job
            x, mask = data(batch, steps, features, masked)
            calls = make(ours, kind, x, mask, units, part)
            answer = [seconds(call) for call in calls for _ in range(3)]
        elif order == "measure":
            answer = [seconds(call) for call in calls]
        elif order == "peak":
            answer = peak(rival)
        else:
            answer = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
