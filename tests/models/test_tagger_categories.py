"""Categorical columns in taggers: read in their window, replaced by UNK, saved with the model."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.features import CapitalizationNoise, WordFeatures, split_tokens
from seqtasks.features.columns import CHARACTERS, WORD
from seqtasks.models import LinearTagger, RecurrentTagger, Tagger
from seqtasks.text.special_ids import FIRST_TOKEN, UNK

SENTENCES = ["Anna sings in Huế .", "no !", "the the old song sings Anna again today ."]
POS = ["PROPN VERB ADP PROPN PUNCT", "DET PUNCT", "DET DET ADJ NOUN VERB PROPN ADV ADV PUNCT"]
SIDE = ["l r l r l", "l r", "l r l r l r l r l"]
TAGS = 3


@pytest.fixture(scope="module")
def features():
    columns = {"upos": POS, "side": SIDE}
    return WordFeatures.fit(SENTENCES, max_words=8, categories=columns)


@pytest.fixture(scope="module")
def batch(features):
    """Features [3, 9, columns] of sentences of 5, 2 and 9 words."""
    tokens, *columns = (split_tokens(tf.constant(rows)) for rows in (SENTENCES, POS, SIDE))
    return features(tokens, columns).to_tensor().numpy()


def make(features, *members):
    keras.utils.set_random_seed(4)
    sizes = {"word_size": 8, "filters": 5, "units": 4, "category_size": 6}
    counts = [len(values) for values in features.categories]
    makers = {
        "recurrent": lambda: RecurrentTagger(12, 30, TAGS, **sizes, categories=counts),
        "linear": lambda: LinearTagger(TAGS, buckets=5000, categories=2),
    }
    model = Tagger([makers[name]() for name in members], TAGS, categories=2, category_dropout=0.3)
    model.build((None, None, features.width))
    for member in model.members:
        if isinstance(member, LinearTagger):  # which begins at zero
            member.table.assign(np.random.default_rng(5).normal(size=(5000, TAGS)))
    return model


class TestFeatures:
    def test_the_last_columns_are_ids_of_values_by_frequency(self, features, batch):
        values = ["DET", "PROPN", "PUNCT", "ADV", "VERB", "ADJ", "ADP", "NOUN"]
        assert list(features.categories[0].tokens[FIRST_TOKEN:]) == values
        expected = [FIRST_TOKEN + values.index(value) for value in POS[2].split()]
        assert batch[2, :, -2].tolist() == expected
        assert batch[1, :, -1].tolist() == [FIRST_TOKEN, FIRST_TOKEN + 1, *[0] * 7]

    def test_without_columns_the_features_are_the_same(self, batch):
        plain = WordFeatures.fit(SENTENCES, max_words=8)
        found = plain(split_tokens(tf.constant(SENTENCES))).to_tensor()
        np.testing.assert_array_equal(found, batch[:, :, :-2])

    def test_values_that_training_lacks_are_unk_and_composed_ones_are_one(self):
        made = WordFeatures.fit(["a b"], max_words=9, categories={"x": ["\u1ebf n"]})
        tokens = tf.ragged.constant([["a", "b", "a"]])
        ids = made(tokens, [tf.ragged.constant([["e\u0302\u0301", "new", "[UNK]"]])])
        assert ids[0, :, -1].numpy().tolist() == [FIRST_TOKEN + 1, UNK, UNK]

    def test_round_trip_keeps_the_order_of_columns(self, features, batch):
        again = WordFeatures.from_config(features.get_config())
        assert again.column_names == ("upos", "side") and again.width == features.width
        columns = [split_tokens(tf.constant(rows)) for rows in (SENTENCES, POS, SIDE)]
        np.testing.assert_array_equal(again(columns[0], columns[1:]).to_tensor(), batch)

    def test_other_columns_than_fitted(self, features):
        tokens = split_tokens(tf.constant(SENTENCES))
        with pytest.raises(ValueError, match=r"expected the columns \(upos, side\), received 0"):
            features(tokens)
        moved = split_tokens(tf.constant([POS[1], POS[0], POS[2]]))  # as many values in all
        with pytest.raises(tf.errors.InvalidArgumentError, match="as many values in each column"):
            features(tokens, [moved, moved])
        with pytest.raises(tf.errors.InvalidArgumentError, match="as many values in each column"):
            tf.function(features)(tokens, [moved, moved])


def test_noise_leaves_them_with_their_word(batch):
    batch = batch.copy()
    batch[:, :, -1] = [[5], [6], [7]]
    found = CapitalizationNoise(1.0, categories=2)(batch, training=True).numpy()
    assert (found != batch).any()
    np.testing.assert_array_equal(found[:, :, -2:], batch[:, :, -2:])


@pytest.mark.parametrize(("member", "reach"), [("linear", 2), ("recurrent", 4)])
@pytest.mark.parametrize("column", [-1, -2])
def test_a_value_changes_the_scores_around_it(features, batch, member, reach, column):
    model = make(features, member)
    other = batch.copy()
    other[2, 4, column] = UNK
    changed = np.abs(np.array(model(batch)["logits"]) - np.array(model(other)["logits"]))
    changed = changed.max(axis=-1)[2] > 1e-7
    assert changed.tolist() == [abs(t - 4) <= reach for t in range(9)]


def test_linear_templates_are_told_apart_and_those_of_words_stay(batch):
    model = LinearTagger(TAGS, buckets=2**30, categories=2)
    places = np.array(model.places(tf.constant(batch)))
    assert all(len(set(row)) == len(row) for row in places[0, :5])
    plain = np.array(LinearTagger(TAGS, buckets=2**30).places(tf.constant(batch)))
    assert plain.shape[-1] == places.shape[-1] - 16
    singles = 22 - 3  # of words: what comes first has the same numbers
    np.testing.assert_array_equal(plain[..., :singles], places[..., :singles])


def test_values_become_unk_in_training_at_their_rate(features, batch):
    model = make(features, "linear")
    seen = []
    model.members[0].call = lambda x, training=None: (
        seen.append(x) or keras.ops.cast(x[:, :, :TAGS], "float32")
    )
    many = np.tile(batch, (300, 1, 1))
    model.member_logits(many, training=True)
    model.member_logits(many, training=False)
    words, still = (np.array(x) for x in seen)
    np.testing.assert_array_equal(still, many)
    np.testing.assert_array_equal(words[:, :, :-2], many[:, :, :-2])
    real = many[:, :, WORD] != 0
    for column in (-1, -2):
        replaced = words[:, :, column] == UNK
        assert replaced[real].mean() == pytest.approx(0.3, abs=0.02)
        assert not replaced[~real].any()
        kept = ~replaced
        np.testing.assert_array_equal(words[:, :, column][kept], many[:, :, column][kept])


def test_padding_does_not_matter_and_a_file_brings_it_back(features, batch, tmp_path):
    model = make(features, "recurrent", "linear")
    expected = [value.numpy() for value in model.decode(tf.constant(batch))]
    more = model.decode(tf.constant(np.pad(batch, [[0, 0], [0, 6], [0, 0]])))
    np.testing.assert_allclose(more[1][:, :9], expected[1], atol=1e-5)
    model.save(tmp_path / "a.keras")
    again = keras.models.load_model(tmp_path / "a.keras")
    np.testing.assert_allclose(again.decode(tf.constant(batch))[1], expected[1], atol=1e-6)
    assert again.category_dropout == 0.3 and again.members[0].emit.units == TAGS


def test_one_direction_sees_nothing_of_what_follows():
    model = RecurrentTagger(
        12, 30, TAGS, word_size=8, filters=5, units=4, layers=2, bidirectional=False, residual=True
    )
    x = np.random.default_rng(0).integers(1, 9, size=(1, 6, CHARACTERS + 5)).astype("int32")
    first = np.array(model(x))
    x[0, 4] += 1
    same = np.isclose(np.array(model(x)), first).all(axis=-1)[0]
    assert same.tolist() == [True] * 4 + [False] * 2
    assert RecurrentTagger.from_config(model.get_config()).encoder.bidirectional is False
    assert model.encoder.residual
