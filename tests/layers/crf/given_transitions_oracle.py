"""Enumeration of all paths for the functions over a given transition matrix, in float64.

Run as a script (by `test_given_transitions.py`, in a process of its own) it writes what ours
compute on the backend at hand.
"""

import itertools
import sys

import numpy as np
from crf_oracle import log_sum

BATCH, TIME, TAGS = 5, 5, 4
FACTORS = np.array([1.0, 0.5, -0.7, 0.3, 0.9])


def case(forbidden):
    """Emissions, transitions, mask with holes (row 1 empty), tags, permitted tags."""
    rng = np.random.default_rng(3 + forbidden)
    emissions = rng.normal(size=(BATCH, TIME, TAGS)).astype("float32") * 2
    transitions = rng.normal(size=(TAGS, TAGS)).astype("float32")
    mask = rng.random((BATCH, TIME)) > 0.3
    mask[1] = False
    tags = rng.integers(0, TAGS, (BATCH, TIME))
    if forbidden:  # of all tags but those taken
        transitions[3, 0] = transitions[3, 3] = -np.inf
        emissions[0, 1, 3] = emissions[3, :, 2] = -np.inf
        tags = np.minimum(tags, 2)
        tags[3] = np.minimum(tags[3], 1)
    permitted = rng.random((BATCH, TIME, TAGS)) > 0.5
    np.put_along_axis(permitted, tags[..., None], True, axis=2)
    return emissions, transitions, mask, tags, permitted


def paths_of(row, emissions, transitions, mask):
    """The real steps of a row, all paths over them, and the paths' scores."""
    steps = np.flatnonzero(mask[row])
    paths = np.array(list(itertools.product(range(TAGS), repeat=len(steps))), int)
    e = emissions[row].astype("float64")
    scores = [
        sum(e[step, tag] for step, tag in zip(steps, path, strict=True))
        + sum(transitions[a, b].astype("float64") for a, b in itertools.pairwise(path))
        for path in paths
    ]
    return steps, paths, np.array(scores, "float64")


def expected(emissions, transitions, mask, tags, permitted):
    """What the functions must find; gradients of Σ factors * result."""
    found = {
        name: np.zeros(BATCH)
        for name in ("sequence score", "norm", "multitag score", "score", "constrained score")
    }
    found |= {name: np.zeros((BATCH, TIME), int) for name in ("tags", "constrained tags")}
    gradients = {
        name: [np.zeros(emissions.shape), np.zeros(transitions.shape)]
        for name in ("sequence score", "norm", "multitag score", "score")
    }
    for row in range(BATCH):
        steps, paths, scores = paths_of(row, emissions, transitions, mask)
        same = (paths == tags[row, steps]).all(1)
        kept = permitted[row][steps[None], paths].all(1)
        constrained = np.where(kept, scores, -np.inf)
        found["sequence score"][row] = scores[same][0]
        found["norm"][row] = log_sum(scores)
        found["multitag score"][row] = log_sum(constrained)
        found["score"][row], found["constrained score"][row] = scores.max(), constrained.max()
        found["tags"][row, steps] = paths[scores.argmax()]
        found["constrained tags"][row, steps] = paths[constrained.argmax()]
        shares = {
            "sequence score": same * 1.0,
            "norm": np.exp(scores - log_sum(scores)),
            "multitag score": np.exp(constrained - log_sum(constrained)),
            "score": np.eye(len(paths))[scores.argmax()],
        }
        for name, share in shares.items():
            for path, p in zip(paths, share * FACTORS[row], strict=True):
                gradients[name][0][row, steps, path] += p
                for a, b in itertools.pairwise(path):
                    gradients[name][1][a, b] += p
    found["likelihood"] = found["sequence score"] - found["norm"]
    found["multitag likelihood"] = found["multitag score"] - found["norm"]
    for name, score in (
        ("likelihood", "sequence score"),
        ("multitag likelihood", "multitag score"),
    ):
        gradients[name] = [a - b for a, b in zip(gradients[score], gradients["norm"], strict=True)]
    allowed = [np.isfinite(emissions), np.isfinite(transitions)]
    for name, pair in gradients.items():
        for n, value in enumerate(pair):
            found[f"gradient {name} {n}"] = np.where(allowed[n], value, 0.0)
    return found


def ours(emissions, transitions, mask, tags, permitted, **given):
    """The same from our functions, on the backend at hand; `given` are mask or lengths."""
    import keras

    from seqtasks import layers

    given = given or {"mask": keras.ops.convert_to_tensor(mask)}
    calls = {
        "sequence score": lambda e, t: layers.crf_sequence_score(e, tags, t, **given),
        "norm": lambda e, t: layers.crf_log_norm(e, t, **given),
        "multitag score": lambda e, t: layers.crf_multitag_sequence_score(e, permitted, t, **given),
        "likelihood": lambda e, t: layers.crf_log_likelihood(e, tags, t, **given),
        "multitag likelihood": lambda e, t: layers.crf_multitag_log_likelihood(
            e, permitted, t, **given
        ),
        "score": lambda e, t: layers.crf_decode(e, t, **given)[1],
    }
    e, t = keras.ops.convert_to_tensor(emissions), keras.ops.convert_to_tensor(transitions)
    found = {name: call(e, t) for name, call in calls.items()}
    found["tags"] = layers.crf_decode(e, t, **given)[0]
    best = layers.crf_constrained_decode(e, permitted, t, **given)
    found["constrained tags"], found["constrained score"] = best
    for name, call in calls.items():
        for n, gradient in enumerate(gradients_of(call, emissions, transitions)):
            found[f"gradient {name} {n}"] = gradient
    return {name: keras.ops.convert_to_numpy(value) for name, value in found.items()}


def gradients_of(call, emissions, transitions):
    """Gradients of Σ factors * call(emissions, transitions)."""
    import keras

    factors = FACTORS.astype("float32")
    if keras.backend.backend() == "jax":
        import jax

        loss = jax.jit(jax.grad(lambda e, t: (call(e, t) * factors).sum(), argnums=(0, 1)))
        return loss(emissions, transitions)
    if keras.backend.backend() == "torch":
        import torch

        given = [torch.tensor(x, requires_grad=True) for x in (emissions, transitions)]
        (call(*given) * torch.tensor(factors)).sum().backward()
        return [x.grad for x in given]
    import tensorflow as tf

    given = [tf.constant(emissions), tf.constant(transitions)]
    with tf.GradientTape() as tape:
        tape.watch(given)
        loss = tf.reduce_sum(call(*given) * factors)
    return [tf.convert_to_tensor(x) for x in tape.gradient(loss, given)]


if __name__ == "__main__":
    results = {
        f"{forbidden}|{name}": value
        for forbidden in (False, True)
        for name, value in ours(*case(forbidden)).items()
    }
    np.savez(sys.argv[1], **results)
