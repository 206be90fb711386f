"""Checks of the rows on Addons' sequence to sequence: loops in NumPy, and two ways that agree."""

import numpy as np
from keras import ops

NAMES = {
    f"tfa.seq2seq.{name}"
    for name in (
        "AttentionMechanism",
        "AttentionWrapper",
        "AttentionWrapperState",
        "BahdanauAttention",
        "BahdanauMonotonicAttention",
        "BaseDecoder",
        "BasicDecoder",
        "BasicDecoderOutput",
        "BeamSearchDecoder",
        "BeamSearchDecoderOutput",
        "BeamSearchDecoderState",
        "CustomSampler",
        "Decoder",
        "FinalBeamSearchDecoderOutput",
        "GreedyEmbeddingSampler",
        "InferenceSampler",
        "LuongAttention",
        "LuongMonotonicAttention",
        "SampleEmbeddingSampler",
        "Sampler",
        "ScheduledEmbeddingTrainingSampler",
        "ScheduledOutputTrainingSampler",
        "SequenceLoss",
        "TrainingSampler",
        "dynamic_decode",
        "gather_tree",
        "gather_tree_from_array",
        "hardmax",
        "monotonic_attention",
        "safe_cumprod",
        "sequence_loss",
        "tile_batch",
    )
}
WITHOUT = {"tfa.seq2seq.BeamSearchDecoderState"}


def array(value):
    return ops.convert_to_numpy(value)


def close(found, wanted):
    np.testing.assert_allclose(array(found), wanted, atol=1e-5, rtol=1e-5)


def shaped(*shape):
    """A check: the last value is finite and of this shape."""

    def check(found, n):
        value = array(found[-1])
        assert value.shape == shape and np.isfinite(value).all() and value.std() > 0

    return check


def agree(wanted):
    """A check: all values are what `wanted` finds."""

    def check(found, n):
        for value in found:
            close(value, wanted(n))

    return check


def weights_of(context, n):
    """A context is a mean of real steps of the memory: its weights, found by least squares."""
    for row, count in ((0, 7), (1, 4)):
        source = n["memory"][row, :count].astype("float64").T  # [features, steps]
        for y in array(context)[row]:
            matrix = np.vstack([source, np.ones(count)])
            fit, *_ = np.linalg.lstsq(matrix, np.append(y, 1.0), rcond=None)
            np.testing.assert_allclose(matrix @ fit, np.append(y, 1.0), atol=1e-4)


def attention(found, n):
    for context in found:
        assert array(context).shape == (2, 5, 6)
        weights_of(context, n)


def mechanism(found, n):
    context, weights = found[-1]
    close(ops.matmul(weights, n["memory"]), array(context))
    close(ops.sum(weights, axis=-1), np.ones((2, 5)))
    assert not array(weights)[1, :, 4:].any()


def monotonic(found, n):
    """Weights that move to the right: their cumulative sums only fall from query to query."""
    y, weights = map(array, found[-1])
    assert y.shape == (2, 5, 8) and weights.shape == (2, 5, 7) and not weights[1, :, 4:].any()
    passed = weights.cumsum(-1)
    assert (passed[:, 1:] <= passed[:, :-1] + 1e-5).all() and weights.any()


def probabilities(found, n):
    weights = array(found[-1])
    assert weights.shape == (2, 7) and (weights >= 0).all() and (weights.sum(1) <= 1).all()


def stepped(n):
    """Outputs of the decoder, step by step, [batch, time, units]."""
    states, outputs = n["start"], []
    for t in range(5):
        y, states, _ = n["decoder"].step(n["targets"][:, t], states, n["ready"])
        outputs.append(array(y))
    return np.stack(outputs, 1)


def greedy_ids(n, length=6, banned=(0, 1, 2)):
    """Greedy decoding by a loop of its own."""
    ids, states, found, done = n["first"], n["start"], [], np.zeros(2, bool)
    for t in range(length):
        scores, states = n["step"](ids, states)
        scores = array(scores).copy()
        scores[:, list(banned)] = -np.inf
        if t == length - 1:
            scores[:, [k for k in range(12) if k != 3]] = -np.inf  # the end, at the latest
        ids = np.where(done, 0, scores.argmax(-1))
        done |= ids == 3
        found.append(ids)
    return np.stack(found, 1)


def log_probability(n, row, ids):
    """Log p of the ids of one row up to the end, by the decoder."""
    states, last, total = n["start"], n["first"], 0.0
    for one in ids:
        scores, states = n["step"](last, states)
        log_p = array(ops.log_softmax(scores, axis=-1))[row]
        total += log_p[one]
        if one == 3:
            break
        last = np.full(2, one)
    return total


def basic(found, n):
    close(found[0], array(n["output"](stepped(n))))
    np.testing.assert_array_equal(array(found[1]), greedy_ids(n))


def greedy(found, n):
    np.testing.assert_array_equal(array(found[-1]), greedy_ids(n))


def ruled(found, n):
    np.testing.assert_array_equal(array(found[-1]), greedy_ids(n, banned=(0, 1, 2, 7)))


def sampled(found, n):
    ids = array(found[-1])
    assert ids.shape == (2, 6) and (ids[ids > 0] >= 3).all() and (ids == 3).any(1).all()


def beams(found, n):
    (best,) = found
    ids, log_p = array(best.ids), array(best.log_probabilities)
    assert ids.shape == (2, 2, 6)
    for row in range(2):
        for rank in range(2):
            assert abs(log_probability(n, row, ids[row, rank]) - log_p[row, rank]) < 1e-4


def custom(found, n):
    assert array(n["chosen"]).shape == (2,)
    ids, states = n["first"], n["start"]
    for _ in range(4):
        scores, states = n["step"](ids, states)
        ids = array(scores).argmin(-1)
    np.testing.assert_array_equal(array(n["chosen"]), ids)


def wrapper_state(found, n):
    close(n["y"], stepped(n)[:, 0])
    close(ops.sum(n["attention_weights"], axis=-1), np.ones(2))
    assert len(n["states"]) == len(n["start"])


def looped(found, n):
    assert array(n["y"]).shape == (2, 8) and np.isfinite(array(n["y"])).all()


def masked(found, n):
    close(found[-1], stepped(n) * n["weights"][..., None])


def cross_entropy(n):
    log_p = array(ops.log_softmax(n["logits"], axis=-1)).astype("float64")
    picked = np.take_along_axis(log_p, n["ids"][..., None], axis=2)[..., 0]
    return -(picked * n["weights"]).sum() / n["weights"].sum()


CHECKS = {
    "tfa.seq2seq.BahdanauAttention": attention,
    "tfa.seq2seq.LuongAttention": attention,
    "tfa.seq2seq.BahdanauMonotonicAttention": monotonic,
    "tfa.seq2seq.LuongMonotonicAttention": monotonic,
    "tfa.seq2seq.AttentionMechanism": mechanism,
    "tfa.seq2seq.AttentionWrapper": shaped(2, 5, 8),
    "tfa.seq2seq.AttentionWrapperState": wrapper_state,
    "tfa.seq2seq.TrainingSampler": masked,
    "tfa.seq2seq.BasicDecoder": basic,
    "tfa.seq2seq.BasicDecoderOutput": agree(
        lambda n: array(n["output"](stepped(n))).argmax(-1),
    ),
    "tfa.seq2seq.dynamic_decode": greedy,
    "tfa.seq2seq.GreedyEmbeddingSampler": greedy,
    "tfa.seq2seq.SampleEmbeddingSampler": sampled,
    "tfa.seq2seq.Decoder": lambda found, n: greedy(found[:1], n),
    "tfa.seq2seq.BaseDecoder": lambda found, n: greedy(found[:1], n),
    "tfa.seq2seq.Sampler": ruled,
    "tfa.seq2seq.CustomSampler": custom,
    "tfa.seq2seq.InferenceSampler": looped,
    "tfa.seq2seq.ScheduledEmbeddingTrainingSampler": shaped(2, 5, 12),
    "tfa.seq2seq.ScheduledOutputTrainingSampler": looped,
    "tfa.seq2seq.BeamSearchDecoder": beams,
    "tfa.seq2seq.BeamSearchDecoderOutput": shaped(2, 4),
    "tfa.seq2seq.FinalBeamSearchDecoderOutput": shaped(2, 4, 6),
    "tfa.seq2seq.sequence_loss": agree(cross_entropy),
    "tfa.seq2seq.SequenceLoss": agree(cross_entropy),
    "tfa.seq2seq.tile_batch": agree(lambda n: n["memory"][[0, 0, 0, 1, 1, 1]]),
    "tfa.seq2seq.gather_tree": lambda found, n: close(
        found[0][1], n["ids"][1:]
    ),  # the last step is its own beam
    "tfa.seq2seq.gather_tree_from_array": lambda found, n: close(
        found[0][0, 0], n["query"][0, [0] * 5]
    ),  # all beams come from the first
    "tfa.seq2seq.hardmax": agree(
        lambda n: array(n["logits"]) == array(n["logits"]).max(-1, keepdims=True)
    ),
    "tfa.seq2seq.monotonic_attention": probabilities,
    "tfa.seq2seq.safe_cumprod": agree(lambda n: np.cumprod(n["weights"], axis=1)),
}
