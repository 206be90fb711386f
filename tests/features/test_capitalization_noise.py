"""CapitalizationNoise: what stays of a word, which words are touched, and how often."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.features import CapitalizationNoise, WordFeatures, split_tokens
from seqtasks.features.columns import CHARACTERS, EXACT, FOLDED, SHAPE, WORD
from seqtasks.models import LinearTagger, Tagger

SENTENCES = ["Today we met Thu in Hue 2", "he will thu the money here .", "Nobody knew An"]


@pytest.fixture(scope="module")
def features():
    """[3, 7, columns]; the last sentence has 3 words."""
    made = WordFeatures.fit(SENTENCES, max_words=50)
    return made(split_tokens(tf.constant(SENTENCES))).to_tensor().numpy()


def test_names_and_numbers_inside_a_sentence_get_the_spelling_of_another(features):
    found = CapitalizationNoise(1.0)(features, training=True).numpy()
    changed = (found != features).any(axis=-1)
    expected = np.zeros((3, 7), bool)
    expected[0, 3 - 0] = False  # beside "Thu" in the last sentence there is padding
    expected[2, 2] = True  # "An" stands beside "met"
    np.testing.assert_array_equal(changed, expected)
    met = features[0, 2]
    new = found[2, 2]
    assert new[SHAPE] == features[2, 2, SHAPE] and new[CHARACTERS] == features[2, 2, CHARACTERS]
    assert new[WORD] == met[WORD] and new[EXACT] not in (met[EXACT], features[2, 2, EXACT])
    np.testing.assert_array_equal(new[FOLDED:CHARACTERS], met[FOLDED:CHARACTERS])
    np.testing.assert_array_equal(new[CHARACTERS + 1 :], met[CHARACTERS + 1 :])


def test_as_many_as_asked_for_and_none_when_not_training(features):
    row = np.tile(features[:1], (400, 1, 1))
    row[200:] = features[1]  # each beside a whole sentence of the other kind
    changed = (CapitalizationNoise(0.3)(row, training=True).numpy() != row).any(axis=-1)
    assert set(np.flatnonzero(changed.any(axis=0))) == {3, 5, 6}  # Thu, Hue, 2
    assert changed[:200, [3, 5, 6]].mean() == pytest.approx(0.3, abs=0.06)
    assert not changed[200:].any()  # no capital letter in it
    for still in (CapitalizationNoise(0.3)(row), CapitalizationNoise(0.0)(row, training=True)):
        np.testing.assert_array_equal(still, row)


def test_a_tagger_learns_through_it(features):
    model = Tagger([LinearTagger(2, buckets=500, dropout=0.0)], 2, capitalization_noise=1.0)
    model.build((None, None, features.shape[-1]))
    model.members[0].table.assign(np.random.default_rng(0).normal(size=(500, 2)))
    usual, trained = (model(features, training=flag)["logits"] for flag in (False, True))
    different = np.abs(np.array(usual) - np.array(trained)).max(axis=-1) > 1e-6
    assert different[2, 2] and not different[1].any()
    again = Tagger.from_config(model.get_config())
    assert again.capitalization_noise.rate == 1.0
