"""Long texts are tagged in windows: what each token sees, and what is made of the seams."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.features import WordFeatures
from seqtasks.models import LinearTagger, Tagger
from seqtasks.predictors import TagPredictor, windows
from seqtasks.predictors.windows import CONTEXT, WINDOW, in_windows
from seqtasks.text import bio

LENGTHS = [0, 1, 511, 512, 513, 896, 897, 5000, 0, 1281]


def sums_of_neighbours(reach):
    """A network whose output is the sum of the numbers at most `reach` steps away."""

    def network(ids):
        total = tf.cumsum(tf.pad(tf.cast(ids, tf.float32), [[0, 0], [reach + 1, reach]]), axis=1)
        return (total[:, 2 * reach + 1 :] - total[:, : -2 * reach - 1])[..., None]

    return network


def expected(row, reach):
    return np.convolve(row, np.ones(2 * reach + 1), "full")[reach : reach + len(row)]


@pytest.mark.parametrize("reach", [1, CONTEXT])
def test_every_step_has_context_on_both_sides(reach):
    """By NumPy's convolution of the whole row; one step further, and windows must differ."""
    rng = np.random.default_rng(1)
    rows = [rng.integers(1, 9, n) for n in LENGTHS]
    ids = tf.ragged.constant([row.tolist() for row in rows], tf.int32)
    found, _ = in_windows(sums_of_neighbours(reach), ids, width=1)
    assert found.row_lengths().numpy().tolist() == LENGTHS
    for row, values in zip(rows, found, strict=True):
        if len(row):
            np.testing.assert_allclose(values[:, 0], expected(row, reach), rtol=1e-6)
    further, _ = in_windows(sums_of_neighbours(CONTEXT + 1), ids, width=1)
    whole = np.concatenate([expected(row, CONTEXT + 1) for row in rows if len(row)])
    assert 0 < np.mean(np.abs(further.flat_values[:, 0] - whole) > 0.5) < 0.01


def test_windows_are_bounded_and_only_as_many_as_needed():
    seen = []

    def network(ids):
        tf.py_function(lambda shape: seen.append(tuple(shape.numpy())), [tf.shape(ids)], [])
        return tf.zeros([*ids.shape, 1])

    ids = tf.RaggedTensor.from_row_lengths(tf.ones(sum(LENGTHS), tf.int32), LENGTHS)
    _, seams = in_windows(network, ids, width=1)
    assert max(time for _, time in seen) == WINDOW
    # A row of n > 512 needs ceil((n - 128) / 384) windows: one seam fewer.
    counts = [max(0, -(-(n - 128) // 384) - 1) for n in LENGTHS]
    assert int(tf.reduce_sum(tf.cast(seams, tf.int32))) == sum(counts)
    assert sum(rows for rows, _ in seen) == sum(counts) + len(LENGTHS)


TAGS = sorted(["O", *(f"{p}-{t}" for p in "BIES" for t in ("PER", "LOC"))])


@pytest.fixture(scope="module", params=["bio", "bioes"])
def tagger(request):
    """A tagger of random weights that see one word, and its scheme."""
    tags = [tag for tag in TAGS if tag[0] in ("BIO" if request.param == "bio" else "BIOES")]
    keras.utils.set_random_seed(3)
    features = WordFeatures.fit(["a b c d e f"], max_words=50)
    linear = LinearTagger(len(tags), buckets=99)
    model = Tagger([linear], len(tags), bio.allowed_transitions(tags, request.param))
    model.build((None, None, features.width))
    linear.table.assign(np.random.default_rng(3).normal(size=(99, len(tags))) * 2)
    return features, model, tags, request.param


def legal(tags):
    """Whether each I goes on with the span before it."""
    pairs = zip(["O", *tags], tags, strict=False)
    return all(tag[0] != "I" or (b != "O" and b[1:] == tag[1:]) for b, tag in pairs)


def tags_of(tagger, lengths):
    """Tags and confidences of texts of random words, as the predictor gives them."""
    words = np.random.default_rng(5).choice(list("abcdefgh"), sum(lengths))
    texts = [" ".join(part) for part in np.split(words, np.cumsum(lengths)[:-1])]
    return TagPredictor(*tagger).signatures["tokens"](tf.constant(texts))


def test_tags_are_those_of_one_pass(tagger, monkeypatch):
    found = tags_of(tagger, [1500] * 2)
    monkeypatch.setattr(windows, "WINDOW", 10**6)
    whole = tags_of(tagger, [1500] * 2)
    assert np.mean(found["tags"].numpy() == whole["tags"].numpy()) > 0.999
    np.testing.assert_allclose(found["confidence"], whole["confidence"], atol=1e-4)


def test_tags_are_legal_across_seams(tagger, monkeypatch):
    """Windows of 16 tokens with little context often disagree where they meet."""
    monkeypatch.setattr(windows, "WINDOW", 16)
    monkeypatch.setattr(windows, "CONTEXT", 2)
    found = tags_of(tagger, [300, 400, 3])
    assert all(legal([tag.decode() for tag in row if tag]) for row in found["tags"].numpy())


def test_a_window_that_begins_inside_of_a_span_opens_it(tagger):
    features, model, tags, scheme = tagger
    predictor = TagPredictor(features, model, tags, scheme)
    inside, outside = tags.index("I-PER"), tags.index("O")
    ids = tf.constant([outside, inside, inside, outside, inside, inside])
    seams = tf.constant([False, True, False, False, True, True])
    opened = [tags[i] for i in predictor._opened(ids, seams).numpy()]
    assert opened == ["O", "B-PER", "I-PER", "O", "B-PER", "I-PER"]
