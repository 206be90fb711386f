"""Run by `test_decoding_backends.py` in its own process: what the decoders of one backend find."""

import sys

import keras
import numpy as np

from seqtasks.decoding import Rules, beam_search, coverage_penalty, greedy, sample

TABLE = np.random.default_rng(0).normal(size=(6, 6)).astype("float32") * 2


def step(ids, state):
    """A first-order chain whose state remembers, so that a wrong state would show."""
    memory = state["memory"] * 0.5 + keras.ops.take(TABLE, ids, axis=0)
    return memory, {"memory": memory}


def decoders():
    state = {"memory": np.zeros((5, 6), "float32")}
    start = np.arange(5, dtype="int32")
    rules = Rules(banned=(0,), minimum_length=2, no_repeat_ngram=2)
    common = {"length": 7, "rules": rules}
    return {
        "greedy": lambda: greedy(step, state, start, **common),
        "beams": lambda: beam_search(
            step,
            state,
            start,
            beams=4,
            n_best=3,
            length_penalty=0.6,
            penalty=lambda state: 0.1 * coverage_penalty(abs(state["memory"])),
            limits=np.array([7, 3, 5, 1, 6]),
            **common,
        ),
        "sample": lambda: sample(
            step, state, start, temperature=1.3, top_k=4, top_p=0.95, seed=11, **common
        ),
    }


def main(path):
    found = {}
    for name, decode in decoders().items():
        if keras.backend.backend() == "jax":
            import jax

            decode = jax.jit(decode)
        results = keras.tree.flatten(decode())
        found |= {f"{name} {n}": keras.ops.convert_to_numpy(x) for n, x in enumerate(results)}
    np.savez(path, **found)


if __name__ == "__main__":
    main(sys.argv[1])
