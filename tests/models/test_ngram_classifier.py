"""NgramClassifier: before its first step it is naive Bayes, as scikit-learn computes it."""

import numpy as np
import pytest
from sklearn.naive_bayes import MultinomialNB

from seqtasks.models import NgramClassifier

RNG = np.random.default_rng(1)
TEXTS = RNG.integers(4, 12, (30, 4))  # [texts, words], all of one length: 4 words, 5 pairs
LABELS = RNG.integers(0, 2, 30)


def make(labels=2, **options):
    model = NgramClassifier(12, labels, buckets=1000, dropout=0.0, **options)
    model.build((None, None))
    return model


def probabilities(logits):
    exponents = np.exp(np.array(logits) - np.max(logits, axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)


def test_untrained_it_is_multinomial_naive_bayes():
    model = make(prior=1.0, scale=3.0)  # √9 features: the logits are not scaled down
    model.adapt([(TEXTS[:20], LABELS[:20]), (np.pad(TEXTS[20:], [[0, 0], [0, 3]]), LABELS[20:])])
    counts = np.zeros((30, 12 + 1000))
    np.add.at(counts, (np.arange(30)[:, None], np.array(model.features(TEXTS))), 1)
    theirs = MultinomialNB(alpha=1.0).fit(counts, LABELS)
    seen = counts.sum(axis=0) > 0
    theirs.feature_log_prob_[:, ~seen] = 0
    # Our prior is smoothed by one text a class, as a class may be missing from a sample.
    theirs.class_log_prior_ = np.log((np.bincount(LABELS) + 1) / (30 + 2))
    np.testing.assert_allclose(probabilities(model(TEXTS)), theirs.predict_proba(counts), atol=1e-5)


def test_untrained_on_several_labels_it_is_a_naive_bayes_of_each():
    """The log-odds of each label's presence, as scikit-learn's classifier of two classes gives."""
    several = RNG.integers(0, 2, (30, 3))
    model = make(3, prior=1.0, scale=3.0)
    model.adapt([(TEXTS[:9], several[:9]), (TEXTS[9:], several[9:].astype("float32"))])
    counts = np.zeros((30, 12 + 1000))
    np.add.at(counts, (np.arange(30)[:, None], np.array(model.features(TEXTS))), 1)
    seen = counts.sum(axis=0) > 0
    for label in range(3):
        theirs = MultinomialNB(alpha=1.0).fit(counts, several[:, label])
        theirs.feature_log_prob_[:, ~seen] = 0
        theirs.class_log_prior_ = np.log((np.bincount(several[:, label]) + [1, 1]) / 32)
        probability = 1 / (1 + np.exp(-np.array(model(TEXTS))[:, label]))
        expected = theirs.predict_proba(counts)[:, 1]
        np.testing.assert_allclose(probability, expected, atol=1e-5)


def test_features_are_words_and_pairs_with_both_ends():
    model = make()
    found = np.array(model.features(np.array([[5, 6, 5, 6, 0, 0]])))[0]
    words, pairs = found[:6], found[6:]
    assert words.tolist() == [5, 6, 5, 6, 0, 0]
    assert (pairs[5:] == 0).all() and (pairs[:5] >= 12).all()
    start, first, middle, again, end = pairs[:5]
    assert first == again  # (5, 6) twice
    assert len({start, first, middle, end}) == 4  # (^, 5), (5, 6), (6, 5), (6, $)


def test_large_ids_do_not_overflow():
    model = NgramClassifier(10**6, 2, buckets=1000)
    found = np.array(model.features(np.array([[999_999, 999_998, 46_336, 92_673]])))
    assert (found[:, 4:] >= 10**6).all() and (found[:, 4:] < 10**6 + 1000).all()


def test_a_pair_tells_what_its_words_do_not():
    texts = np.array([[4, 5], [5, 4]] * 10)
    labels = np.array([0, 1] * 10)
    model = make()
    model.adapt([(texts, labels)])
    assert np.array(model(texts)).argmax(axis=1).tolist() == labels.tolist()


def test_unseen_features_have_no_opinion():
    model = make()
    model.adapt([(TEXTS[:, :3] % 2 + 4, LABELS)])
    np.testing.assert_allclose(model(np.array([[10, 11]])), model(np.zeros((1, 2), int)), atol=1e-6)


@pytest.mark.parametrize("labels", [2, 3])
def test_ratios_point_to_the_class_of_their_word(labels):
    texts, targets = np.arange(labels)[:, None] + 4, np.arange(labels)
    model = make(labels)
    model.adapt([(texts, targets)])
    assert np.array(model.ratios)[4 : 4 + labels].argmax(axis=1).tolist() == targets.tolist()
    assert not np.array(model.ratios)[0].any()
