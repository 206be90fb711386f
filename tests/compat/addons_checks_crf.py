"""Checks of the rows on Addons' CRF: enumeration of paths, and the two ways agree."""

import itertools

import numpy as np

NAMES = {
    "tfa.layers.CRF",
    *(
        f"tfa.text.{name}"
        for name in (
            "CRFModelWrapper",
            "CrfDecodeForwardRnnCell",
            "crf_binary_score",
            "crf_constrained_decode",
            "crf_decode",
            "crf_decode_backward",
            "crf_decode_forward",
            "crf_filtered_inputs",
            "crf_forward",
            "crf_log_likelihood",
            "crf_log_norm",
            "crf_multitag_sequence_score",
            "crf_sequence_score",
            "crf_unary_score",
            "viterbi_decode",
        )
    ),
}
WITHOUT = set()


def each_path(n, row, inputs=None, transitions=None):
    """All paths of a row and their scores, from the arrays of the page."""
    inputs = n["inputs"] if inputs is None else inputs
    transitions = n["transitions"] if transitions is None else transitions
    paths = list(itertools.product(range(3), repeat=int(n["lengths"][row])))
    scores = [
        sum(inputs[row, t, tag] for t, tag in enumerate(path))
        + sum(transitions[a, b] for a, b in itertools.pairwise(path))
        for path in paths
    ]
    return np.array(paths), np.array(scores, "float64")


def log_sum(scores):
    return np.logaddexp.reduce(scores, initial=-np.inf)


def permitted(n, row):
    paths, scores = each_path(n, row)
    kept = [all(n["bitmap"][row, t, tag] for t, tag in enumerate(path)) for path in paths]
    return paths, np.where(kept, scores, -np.inf)


def score(n, row, **given):
    paths, scores = each_path(n, row, **given)
    return scores[(paths == n["tags"][row, : paths.shape[1]]).all(1)][0]


def numbers(of_row):
    """A check: all values are, row by row, what `of_row` finds."""

    def check(found, n):
        for value in found:
            wanted = [of_row(n, row) for row in range(2)]
            np.testing.assert_allclose(value, wanted, atol=1e-5, rtol=1e-5)

    return check


def decoding(of_row):
    """A check: all values are the best path and its score."""

    def check(found, n):
        for tags, best in found:
            for row in range(2):
                paths, scores = of_row(n, row)
                np.testing.assert_array_equal(tags[row, : paths.shape[1]], paths[scores.argmax()])
                np.testing.assert_allclose(best[row], scores.max(), atol=1e-5)

    return check


def by_last_tag(reduce):
    def of_row(n, row):
        paths, scores = each_path(n, row)
        return [reduce(scores[paths[:, -1] == tag]) for tag in range(3)]

    return of_row


def forward(found, n):
    ((pointers, last),) = found
    assert pointers.shape == (2, 4, 3)
    numbers(by_last_tag(np.max))([last], n)


def backward(found, n):
    np.testing.assert_array_equal(found[0], np.zeros((2, 4, 1)))  # tag 0 before each tag


def one_sequence(found, n):
    ((tags, best),) = found
    paths, scores = each_path(n, 0)
    assert tags == paths[scores.argmax()].tolist() and abs(best - scores.max()) < 1e-5


def layer(found, n):
    ((tags),) = found
    zeros = np.zeros((3, 3))  # the transitions of a new layer
    for row in range(2):
        paths, scores = each_path(n, row, np.array(n["emissions"]), zeros)
        np.testing.assert_array_equal(tags[row, : paths.shape[1]], paths[scores.argmax()])


def wrapper(found, n):
    """The loss is that of all paths, with the weights that one step of training left."""
    (_, history) = found
    model, whole = n["model"], n | {"lengths": np.array([5, 5])}
    dense, crf = model.layers[-2:]
    kernel, bias = dense.get_weights()
    start, between, end = crf.get_weights()
    assert np.ptp(between) > 0 and np.isfinite(history.history["loss"]).all()
    emissions = n["words"] @ kernel + bias
    emissions[:, 0] += start
    emissions[:, -1] += end
    given = {"inputs": emissions, "transitions": between}
    wanted = [
        log_sum(each_path(whole, row, **given)[1]) - score(whole, row, **given) for row in (0, 1)
    ]
    np.testing.assert_allclose(
        model.evaluate(n["words"], n["tags"], verbose=0)[0], np.mean(wanted), rtol=1e-5
    )


CHECKS = {
    "tfa.text.crf_log_likelihood": numbers(lambda n, r: score(n, r) - log_sum(each_path(n, r)[1])),
    "tfa.text.crf_sequence_score": numbers(score),
    "tfa.text.crf_multitag_sequence_score": numbers(lambda n, r: log_sum(permitted(n, r)[1])),
    "tfa.text.crf_log_norm": numbers(lambda n, r: log_sum(each_path(n, r)[1])),
    "tfa.text.crf_decode": decoding(each_path),
    "tfa.text.crf_constrained_decode": decoding(permitted),
    "tfa.text.crf_unary_score": numbers(lambda n, r: score(n, r, transitions=np.zeros((3, 3)))),
    "tfa.text.crf_binary_score": numbers(lambda n, r: score(n, r, inputs=np.zeros((2, 5, 3)))),
    "tfa.text.crf_filtered_inputs": numbers(
        lambda n, r: [
            [x if ok else -np.inf for x, ok in zip(a, b, strict=True)]
            for a, b in zip(n["inputs"][r], n["bitmap"][r], strict=True)
        ]
    ),
    "tfa.text.crf_forward": numbers(by_last_tag(log_sum)),
    "tfa.text.crf_decode_forward": forward,
    "tfa.text.CrfDecodeForwardRnnCell": forward,
    "tfa.text.crf_decode_backward": backward,
    "tfa.text.viterbi_decode": one_sequence,
    "tfa.layers.CRF": layer,
    "tfa.text.CRFModelWrapper": wrapper,
}
