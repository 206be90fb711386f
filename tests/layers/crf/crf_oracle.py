"""A CRF by enumeration in float64, and the cases all backends are held against.

Run as a script (by `test_crf.py`, in a process of its own) it writes what our layer computes.
"""

import itertools
import sys

import numpy as np

BATCH, TIME, TAGS, K = 4, 6, 5, 7
NOTHING = -np.inf


def case(constrained, scale=1.0):
    """Emissions, weights, mask with holes (row 1 empty), gold tags, permitted tags, constraints."""
    rng = np.random.default_rng(7 + constrained)
    emissions = (rng.normal(size=(BATCH, TIME, TAGS)) * scale).astype("float32")
    weights = [rng.normal(size=s).astype("float32") for s in ((TAGS,), (TAGS, TAGS), (TAGS,))]
    mask = rng.random((BATCH, TIME)) > 0.3
    mask[1] = False
    constraints = None
    if constrained:  # BIO of two types: O B-x I-x B-y I-y
        between = np.ones((TAGS, TAGS), bool)
        between[[0, 3, 4], 2] = between[[0, 1, 2], 4] = False
        constraints = [[True, True, False, True, False], between.tolist(), [True] * 4 + [False]]
    gold = np.zeros((BATCH, TIME), int)
    for row in range(BATCH):  # a permitted path, drawn at random
        steps = np.flatnonzero(mask[row])
        while len(steps):
            gold[row] = rng.integers(0, TAGS, TIME)
            if (
                score(
                    emissions[row],
                    permitted_weights(weights, constraints),
                    steps,
                    gold[row, steps][None],
                )
                > -1e8
            ):
                break
    partial = rng.random((BATCH, TIME, TAGS)) > 0.5
    np.put_along_axis(partial, gold[..., None], True, axis=2)
    return emissions, weights, mask, gold, partial, constraints


def permitted_weights(weights, constraints):
    if constraints is None:
        return [w.astype("float64") for w in weights]
    return [
        np.where(c, w.astype("float64"), NOTHING) for c, w in zip(constraints, weights, strict=True)
    ]


def score(emissions, weights, steps, paths):
    """s(y) of paths [paths, steps]."""
    start, between, end = weights
    return (
        start[paths[:, 0]]
        + emissions.astype("float64")[steps[None], paths].sum(1)
        + between[paths[:, :-1], paths[:, 1:]].sum(1)
        + end[paths[:, -1]]
    )


def log_sum(values):
    return np.logaddexp.reduce(values, initial=NOTHING)


def log_likelihood(emissions, weights, mask, partial):
    """log Σ exp s over the permitted paths - over all, [batch]."""
    found = np.zeros(len(emissions))
    for row in range(len(emissions)):
        steps = np.flatnonzero(mask[row])
        if len(steps):
            paths = np.array(list(itertools.product(range(TAGS), repeat=len(steps))))
            scores = score(emissions[row], weights, steps, paths)
            kept = partial[row][steps[None], paths].all(1)
            found[row] = log_sum(scores[kept]) - log_sum(scores)
    return found


def expected(emissions, weights, mask, gold, partial, constraints):
    """What our layer must find."""
    weights = permitted_weights(weights, constraints)
    marginals = np.zeros((BATCH, TIME, TAGS))
    best, best_scores = np.zeros((BATCH, K, TIME), int), np.full((BATCH, K), NOTHING)
    best_scores[:, 0] = 0
    conditional_sum = np.zeros(BATCH)
    for row in range(BATCH):
        steps = np.flatnonzero(mask[row])
        if not len(steps):
            continue
        paths = np.array(list(itertools.product(range(TAGS), repeat=len(steps))))
        scores = score(emissions[row], weights, steps, paths)
        p = np.exp(scores - log_sum(scores))
        for place, step in enumerate(steps):
            marginals[row, step] = np.bincount(paths[:, place], p, TAGS)
        order = np.argsort(-scores)[:K]
        order = order[scores[order] > NOTHING]
        best[row, : len(order), steps] = paths[order].T
        best_scores[row] = NOTHING
        best_scores[row, : len(order)] = scores[order]
    exact = np.eye(TAGS, dtype=bool)[gold]
    conditional_sum = log_likelihood(emissions, weights, mask, exact)
    return {
        "gold": conditional_sum,
        "partial": log_likelihood(emissions, weights, mask, partial),
        "marginals": marginals,
        "tags": best[:, 0],
        "score": best_scores[:, 0],
        "k tags": best,
        "k scores": best_scores,
        "call": conditional_sum,
        "decoder": best[:, 0],
    }


FACTORS = np.array([1.0, 0.5, -0.7, 0.3])


def expected_gradients(emissions, weights, mask, gold, partial, constraints):
    """Of gold and partial likelihood, with respect to emissions, start, between, end.

    d log Σ_y exp s(y) is the mean over paths of what each path has of a score: counted path by
    path here, over the permitted paths and over all.
    """
    weights = permitted_weights(weights, constraints)
    exact = np.eye(TAGS, dtype=bool)[gold]
    found = {}
    for name, labels in (("gold", exact), ("partial", partial)):
        d = [np.zeros(x.shape) for x in (emissions, *weights)]
        for row in range(BATCH):
            steps = np.flatnonzero(mask[row])
            if not len(steps):
                continue
            paths = np.array(list(itertools.product(range(TAGS), repeat=len(steps))))
            scores = score(emissions[row], weights, steps, paths)
            kept = np.where(labels[row][steps[None], paths].all(1), scores, NOTHING)
            p = np.exp(kept - log_sum(kept)) - np.exp(scores - log_sum(scores))
            p = p * FACTORS[row]
            for place, step in enumerate(steps):
                np.add.at(d[0][row, step], paths[:, place], p)
                if place:
                    np.add.at(d[2], (paths[:, place - 1], paths[:, place]), p)
            np.add.at(d[1], paths[:, 0], p)
            np.add.at(d[3], paths[:, -1], p)
        found |= {f"gradient {name} {n}": value for n, value in enumerate(d)}
    return found


def ours(emissions, weights, mask, gold, partial, constraints):
    """The same from our layer, on the backend at hand."""
    import keras

    from seqtasks.layers import CRF, CRFDecoder, CRFLoss

    layer = CRF(TAGS, constraints)
    layer.build(emissions.shape)
    layer.set_weights(weights)
    emissions_, mask_ = (keras.ops.convert_to_tensor(x) for x in (emissions, mask))
    tags, scores = layer.viterbi(emissions_, mask_)
    k_tags, k_scores = layer.k_best(emissions_, K, mask_)
    chain = layer(emissions_, mask=mask_)
    found = {
        "gold": layer.log_likelihood(emissions_, gold, mask_),
        "partial": layer.log_likelihood(emissions_, partial, mask_),
        "marginals": layer.marginals(emissions_, mask_),
        "tags": tags,
        "score": scores,
        "k tags": k_tags,
        "k scores": k_scores,
        "call": -CRFLoss(reduction="none")(gold, chain),
        "decoder": CRFDecoder()(chain),
    }

    def from_chain(e):
        return -CRFLoss(reduction="none")(gold, layer(e, mask=mask_))

    calls = {
        "gold": lambda e: layer.log_likelihood(e, gold, mask_),
        "partial": lambda e: layer.log_likelihood(e, partial, mask_),
        "call": from_chain,
    }
    for name, call in calls.items():
        for n, d in enumerate(gradients_of(call, emissions, layer)):
            found[f"gradient {name} {n}"] = d
    return {
        name: value if isinstance(value, np.ndarray) else keras.ops.convert_to_numpy(value)
        for name, value in found.items()
    }


def gradients_of(call, emissions, layer):
    """Gradients of Σ factors * call(emissions), with respect to emissions and weights."""
    import keras

    factors = FACTORS.astype("float32")
    if keras.backend.backend() == "jax":
        import jax

        def loss(e, values):
            with keras.StatelessScope(zip(layer.weights, values, strict=True)):
                return (call(e) * factors).sum()

        de, dw = jax.jit(jax.grad(loss, argnums=(0, 1)))(
            emissions, [w.value for w in layer.weights]
        )
        return [de, *dw]
    if keras.backend.backend() == "torch":
        import torch

        values = [w.value for w in layer.weights]
        for value in values:
            value.grad = None
        e = torch.tensor(emissions, requires_grad=True)
        (call(e) * torch.tensor(factors)).sum().backward()
        return [e.grad, *[value.grad for value in values]]
    import tensorflow as tf

    e = tf.constant(emissions)
    with tf.GradientTape() as tape:
        tape.watch(e)
        loss = tf.reduce_sum(call(e) * factors)
    return [
        tf.convert_to_tensor(d) for d in tape.gradient(loss, [e, *[w.value for w in layer.weights]])
    ]


if __name__ == "__main__":
    results = {
        f"{constrained}|{name}": value
        for constrained in (False, True)
        for name, value in ours(*case(constrained)).items()
    }
    np.savez(sys.argv[1], **results)
