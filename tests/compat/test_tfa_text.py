"""`seqtasks.compat.tfa.text` against enumeration of all paths."""

import itertools

import numpy as np
import pytest
from keras import ops

from seqtasks.compat import tfa

BATCH, TIME, TAGS = 4, 5, 3
RNG = np.random.default_rng(0)
INPUTS = RNG.normal(size=(BATCH, TIME, TAGS)).astype("float32") * 2
TRANSITIONS = RNG.normal(size=(TAGS, TAGS)).astype("float32")
LENGTHS = np.array([5, 1, 3, 2])
TAG_INDICES = RNG.integers(0, TAGS, (BATCH, TIME))
BITMAP = RNG.random((BATCH, TIME, TAGS)) > 0.4
BITMAP[..., 0] = True


def scores_of(row, inputs=INPUTS, transitions=TRANSITIONS):
    """The paths over the real steps of a row and their scores, one by one."""
    paths = list(itertools.product(range(TAGS), repeat=int(LENGTHS[row])))
    scores = [
        sum(float(inputs[row, t, tag]) for t, tag in enumerate(path))
        + sum(float(transitions[a, b]) for a, b in itertools.pairwise(path))
        for path in paths
    ]
    return np.array(paths), np.array(scores)


def log_sum(values):
    return np.logaddexp.reduce(values, initial=-np.inf)


def score_of(row, **given):
    paths, scores = scores_of(row, **given)
    return scores[(paths == TAG_INDICES[row, : LENGTHS[row]]).all(1)][0]


def allowed(row):
    paths, scores = scores_of(row)
    steps = np.arange(LENGTHS[row])
    return paths, np.where(BITMAP[row][steps[None], paths].all(1), scores, -np.inf)


def close(found, wanted):
    found = ops.convert_to_numpy(found)
    np.testing.assert_allclose(found, wanted, atol=1e-5, rtol=1e-5)


def test_scores_norm_and_likelihood():
    rows = range(BATCH)
    text = tfa.text
    score = text.crf_sequence_score(INPUTS, TAG_INDICES, LENGTHS, TRANSITIONS)
    close(score, [score_of(row) for row in rows])
    nothing = np.zeros_like(TRANSITIONS)
    close(
        text.crf_unary_score(TAG_INDICES, LENGTHS, INPUTS),
        [score_of(row, transitions=nothing) for row in rows],
    )
    close(
        text.crf_binary_score(TAG_INDICES, LENGTHS, TRANSITIONS),
        [score_of(row, inputs=np.zeros_like(INPUTS)) for row in rows],
    )
    norm = [log_sum(scores_of(row)[1]) for row in rows]
    close(text.crf_log_norm(INPUTS, LENGTHS, TRANSITIONS), norm)
    log_p, transitions = text.crf_log_likelihood(INPUTS, TAG_INDICES, LENGTHS, TRANSITIONS)
    close(log_p, np.subtract([score_of(row) for row in rows], norm))
    close(transitions, TRANSITIONS)
    close(
        text.crf_multitag_sequence_score(INPUTS, BITMAP, LENGTHS, TRANSITIONS),
        [log_sum(allowed(row)[1]) for row in rows],
    )


def test_transitions_are_made_where_there_are_none():
    log_p, transitions = tfa.text.crf_log_likelihood(INPUTS, TAG_INDICES, LENGTHS)
    made = ops.convert_to_numpy(transitions)
    assert made.shape == (TAGS, TAGS) and 0 < np.abs(made).max() <= 1  # Glorot: √(6 / (3 + 3))
    close(log_p, tfa.text.crf_log_likelihood(INPUTS, TAG_INDICES, LENGTHS, made)[0])


@pytest.mark.parametrize("constrained", [False, True])
def test_decoding(constrained):
    if constrained:
        found, scores = tfa.text.crf_constrained_decode(INPUTS, BITMAP, TRANSITIONS, LENGTHS)
    else:
        found, scores = tfa.text.crf_decode(INPUTS, TRANSITIONS, LENGTHS)
    found = ops.convert_to_numpy(found)
    assert found.dtype == np.int32
    for row in range(BATCH):
        paths, wanted = allowed(row) if constrained else scores_of(row)
        np.testing.assert_array_equal(found[row, : LENGTHS[row]], paths[wanted.argmax()])
        assert not found[row, LENGTHS[row] :].any()
        close(scores[row], wanted.max())


def test_filtered_inputs():
    found = tfa.text.crf_filtered_inputs(INPUTS, BITMAP)
    np.testing.assert_array_equal(ops.convert_to_numpy(found), np.where(BITMAP, INPUTS, -np.inf))
    close(
        tfa.text.crf_log_norm(found, LENGTHS, TRANSITIONS),
        [log_sum(allowed(row)[1]) for row in range(BATCH)],
    )


def test_viterbi_decode_of_one_sequence():
    for row in range(BATCH):
        paths, scores = scores_of(row)
        tags, score = tfa.text.viterbi_decode(INPUTS[row, : LENGTHS[row]], TRANSITIONS)
        assert tags == paths[scores.argmax()].tolist() and isinstance(tags[0], int)
        assert score == pytest.approx(scores.max(), abs=1e-5)


def test_the_forward_algorithm():
    found = tfa.text.crf_forward(INPUTS[:, 1:], INPUTS[:, 0], TRANSITIONS, LENGTHS)
    for row in range(BATCH):
        paths, scores = scores_of(row)
        close(found[row], [log_sum(scores[paths[:, -1] == tag]) for tag in range(TAGS)])


def test_the_halves_of_viterbi_make_the_whole():
    pointers, last = tfa.text.crf_decode_forward(
        INPUTS[:, 1:], INPUTS[:, 0], TRANSITIONS, LENGTHS - 1
    )
    pointers, best = ops.convert_to_numpy(pointers), ops.convert_to_numpy(last)
    assert pointers.dtype == np.int32
    for row in range(BATCH):
        paths, scores = scores_of(row)
        close(best[row], [scores[paths[:, -1] == tag].max() for tag in range(TAGS)])
        count = LENGTHS[row] - 1
        backwards = pointers[row : row + 1, :count][:, ::-1].copy()
        if count:
            state = best[row : row + 1].argmax(1)[:, None]
            tags = ops.convert_to_numpy(tfa.text.crf_decode_backward(backwards, state))
            assert tags.shape == (1, count, 1)
            np.testing.assert_array_equal(tags[0, ::-1, 0], paths[scores.argmax()][:-1])


def test_results_have_the_type_of_the_inputs():
    for dtype in ("float32", "bfloat16", "float16"):
        given = ops.cast(INPUTS, dtype)
        log_p, transitions = tfa.text.crf_log_likelihood(given, TAG_INDICES, LENGTHS, TRANSITIONS)
        _, score = tfa.text.crf_decode(given, TRANSITIONS, LENGTHS)
        assert {found.dtype for found in (log_p, transitions, score)} == {given.dtype}


def test_misuse_is_said():
    with pytest.raises(ValueError, match=r"crf_forward: expected `inputs` of rank 3"):
        tfa.text.crf_forward(INPUTS[:, 1], INPUTS[:, 0], TRANSITIONS, LENGTHS)
    with pytest.raises(ValueError, match=r"viterbi_decode: expected `score` of rank 2"):
        tfa.text.viterbi_decode(INPUTS, TRANSITIONS)
