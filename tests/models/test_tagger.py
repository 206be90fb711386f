"""Taggers: padding does not matter, members learn by themselves, files give the same tags."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.features import WordFeatures, split_tokens
from seqtasks.features.columns import CHARACTERS, WORD
from seqtasks.layers import CRF, CharacterEncoder
from seqtasks.metrics import TokenAccuracy
from seqtasks.models import LinearTagger, RecurrentTagger, Tagger

SENTENCES = ["Anna sings in Huế .", "no !", "the the old song sings Anna again today ."]
TAGS = 3
SIZES = {"vocabulary_size": 12, "characters": 30, "tags": TAGS, "filters": 5}

MEMBERS = {
    "recurrent": lambda: RecurrentTagger(**SIZES, word_size=8, units=4),
    "gru, deep, vectors": lambda: RecurrentTagger(
        **SIZES, word_size=8, units=4, cell="gru", layers=2, vector_size=3
    ),
    "linear": lambda: LinearTagger(TAGS, buckets=500),
}
CONSTRAINTS = ([True, True, False], [[True, True, False]] + [[True] * 3] * 2, [True] * 3)


@pytest.fixture(scope="module")
def batch():
    """Features [3, 9, columns] of sentences of 5, 2 and 9 words, and tags."""
    features = WordFeatures.fit(SENTENCES, max_words=8)
    x = features(split_tokens(tf.constant(SENTENCES))).to_tensor().numpy()
    y = (x[:, :, WORD] + np.arange(9)) % TAGS
    return x, y


def make(members, constraints=None):
    keras.utils.set_random_seed(4)
    model = Tagger([MEMBERS[name]() for name in members], TAGS, constraints)
    model.build((None, None, CHARACTERS + 20))
    for member in model.members:
        if isinstance(member, LinearTagger):  # which begins at zero
            member.table.assign(np.random.default_rng(5).normal(size=(500, TAGS)))
    for weight in (model.crf.start, model.crf.between, model.crf.end):
        weight.assign(np.random.default_rng(6).normal(size=weight.shape))
    return model


def decoded(model, x):
    return [value.numpy() for value in model.decode(tf.constant(x))]


@pytest.mark.parametrize("members", [[name] for name in MEMBERS] + [list(MEMBERS)])
def test_tags_do_not_depend_on_padding(batch, members):
    x, _ = batch
    model = make(members)
    tags, probabilities = decoded(model, x)
    more_tags, more = decoded(model, np.pad(x, [[0, 0], [0, 6], [0, 0]]))
    for row, length in enumerate((5, 2, 9)):
        alone_tags, alone = decoded(model, x[row : row + 1, :length])
        for found_tags, found in ((tags[row], probabilities[row]), (more_tags[row], more[row])):
            np.testing.assert_array_equal(found_tags[:length], alone_tags[0])
            np.testing.assert_allclose(found[:length], alone[0], atol=1e-5)
        np.testing.assert_allclose(alone.sum(axis=-1), 1, atol=1e-5)


def test_what_is_decoded_is_the_crf_over_the_mean_of_the_members(batch):
    x, _ = batch
    model = make(["recurrent", "linear"], CONSTRAINTS)
    each = [np.array(member(x, training=False)) for member in model.members]
    crf = CRF(TAGS, CONSTRAINTS)
    crf.build((None, None, TAGS))
    for mine, theirs in zip(crf.weights, model.crf.weights, strict=True):
        mine.assign(theirs)
    mask = x[:, :, WORD] != 0
    tags, probabilities = decoded(model, x)
    np.testing.assert_array_equal(tags, crf.viterbi(np.mean(each, axis=0), mask)[0])
    np.testing.assert_allclose(probabilities, crf.marginals(np.mean(each, axis=0), mask), atol=1e-5)
    assert (tags[:, 0] != 2).all() and probabilities[:, 0, 2].max() < 1e-6


def test_without_constraints_each_tag_is_the_likeliest(batch):
    tags, probabilities = decoded(make(["recurrent", "linear"]), batch[0])
    np.testing.assert_array_equal(tags, probabilities.argmax(axis=-1))


def test_the_margin_for_recall_is_a_cost_of_calling_a_span_outside(batch):
    """Softmax-margin by enumeration of one sentence's paths: outside costs where it is wrong."""
    x, y = batch
    x, y = x[1:2, :2], np.array([[1, 0]])
    model = make(["linear"])
    model.outside, model.recall_margin = 0, 2.0
    predicted = model(x, training=True)
    emissions = np.array(predicted["member_logits"], "float64")[0, 0]
    start, between, end = (w.numpy() for w in (model.crf.start, model.crf.between, model.crf.end))

    def score(a, b):
        cost = 2.0 * (a == 0)  # the second step is outside in truth
        path = emissions[0, a] + emissions[1, b] + between[a, b]
        return start[a] + path + end[b] + cost

    total = np.log(sum(np.exp(score(a, b)) for a in range(TAGS) for b in range(TAGS)))
    found = model.compute_loss(tf.constant(x), tf.constant(y), predicted)
    assert float(found) == pytest.approx((total - score(1, 0)) / 2, rel=1e-5)


def test_the_loss_is_the_members_mean_in_training_and_the_combined_ones_in_evaluation(batch):
    x, y = batch
    model = make(["recurrent", "linear"])
    model.outside, model.recall_margin = 0, 2.0  # a margin in training alone
    model.tag_bias.assign([0.5, 0.0, -1.0])
    members = np.stack([np.array(m(x, training=False)) for m in model.members], axis=1)
    mask = x[:, :, WORD] != 0

    def loss(emissions):
        likelihoods = model.crf.log_likelihood(emissions.astype("float32"), y, mask)
        return -float(tf.reduce_sum(likelihoods)) / mask.sum()

    outputs = model(x, training=False)
    assert {name: v.shape for name, v in outputs.items()} == {
        "logits": (3, 9, TAGS),
        "member_logits": (3, 2, 9, TAGS),
    }
    margin = 2.0 * (y != 0)[..., None] * np.eye(TAGS)[0]
    for training, expected in (
        (True, np.mean([loss(members[:, k] + margin) for k in range(2)])),
        (False, loss(members.mean(axis=1) + [0.5, 0.0, -1.0])),
    ):
        found = model.compute_loss(tf.constant(x), tf.constant(y), outputs, training=training)
        assert float(found) == pytest.approx(expected, rel=1e-5)


def test_metrics_are_of_decoded_tags_in_evaluation_and_of_mean_emissions_in_training(batch):
    x, y = batch
    model = make(["recurrent", "linear"], CONSTRAINTS)
    model.tag_bias.assign([0.0, 0.0, -3.0])
    model.compile("sgd", weighted_metrics=[TokenAccuracy()], jit_compile=False)
    mask = x[:, :, WORD] != 0
    before = np.mean([np.array(m(x, training=False)) for m in model.members], axis=0).argmax(-1)
    decoded_right = (decoded(model, x)[0] == y)[mask].mean()
    plain_right = (before == y)[mask].mean()
    assert decoded_right != plain_right
    evaluated = model.evaluate(x, y, verbose=0, return_dict=True)
    assert evaluated["accuracy"] == pytest.approx(decoded_right)
    trained = model.train_on_batch(x, y, return_dict=True)  # metrics of the step before its update
    assert trained["accuracy"] == pytest.approx(plain_right)
    again = model.evaluate(x, y, verbose=0, return_dict=True)
    assert again["accuracy"] == pytest.approx((decoded(model, x)[0] == y)[mask].mean())


def test_rare_words_are_replaced_by_unk_in_training_and_unseen_ones_always():
    model = RecurrentTagger(**SIZES, word_size=4, units=2, word_dropout_alpha=1.0)
    model.build((None, None, CHARACTERS + 20))
    batches = [np.zeros((2, 50, CHARACTERS + 20), int) for _ in range(2)]
    batches[0][0, :12, WORD] = [1] * 10 + [5, 6]
    batches[1][1, :2, WORD] = 6
    model.adapt([(x, None) for x in batches])
    rates = model.drop_rates.numpy()
    assert rates[[0, 1, 4, 5, 6]].tolist() == [0, 0, 1, 0.5, 0.25]
    x = np.zeros((1, 4, CHARACTERS + 20), "int32")
    unknown, unseen, seen = x.copy(), x.copy(), x.copy()
    unknown[..., WORD], unseen[..., WORD], seen[..., WORD] = 1, 4, 6
    np.testing.assert_array_equal(model(unknown), model(unseen))
    assert np.abs(np.array(model(seen)) - np.array(model(unknown))).max() > 1e-4


def test_it_learns_its_sentences(batch):
    x, y = batch
    model = make(["recurrent", "linear"])
    model.adapt([(x, y)])
    metric = TokenAccuracy()
    model.compile(keras.optimizers.Adam(0.02), weighted_metrics=[metric], jit_compile=False)
    data = tf.data.Dataset.from_tensors((x, y)).repeat(60)
    history = model.fit(data, epochs=1, verbose=0, shuffle=False)
    assert np.isfinite(history.history["loss"][0])
    assert model.evaluate(x, y, verbose=0, return_dict=True)["accuracy"] == 1.0
    mask = x[:, :, WORD] != 0
    np.testing.assert_array_equal(decoded(model, x)[0][mask], y[mask])


def test_round_trip_through_a_file(batch, tmp_path):
    x, _ = batch
    model = make(["gru, deep, vectors", "linear"], CONSTRAINTS)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for before, after in zip(decoded(model, x), decoded(again, x), strict=True):
        np.testing.assert_allclose(after, before, atol=1e-6)


def test_no_member():
    with pytest.raises(ValueError, match="expected at least one model as `members`"):
        Tagger([], 3)


class TestLinear:
    def test_features_look_two_words_to_each_side(self, batch):
        """A change of one word changes the scores of its neighbours up to two steps away."""
        x, _ = batch
        model = make(["linear"])
        other = x.copy()
        other[2, 4] = x[2, 7]
        changed = np.abs(np.array(model(x)["logits"]) - np.array(model(other)["logits"]))
        changed = changed.max(axis=-1)[2] > 1e-6
        assert changed.tolist() == [False] * 2 + [True] * 5 + [False] * 2

    def test_templates_are_told_apart(self, batch):
        x, _ = batch
        places = np.array(make(["linear"]).members[0].places(tf.constant(x)))
        model = LinearTagger(TAGS, buckets=2**30)
        places = np.array(model.places(tf.constant(x)))
        assert places.min() >= 0
        assert all(len(set(row)) == len(row) for row in places[0, :5])


class TestCharacterEncoder:
    IDS = np.array([[[4, 5, 6, 0, 0, 0], [7, 0, 0, 0, 0, 0]], [[8, 9, 4, 5, 6, 7], [0] * 6]])

    def test_as_a_loop_over_windows(self):
        layer = CharacterEncoder(10, size=3, filters=4, widths=(2, 3))
        found = np.array(layer(self.IDS))
        assert found.shape == layer.compute_output_shape((2, 2, 6)) == (2, 2, 8)
        table = layer.embedding.embeddings.numpy()
        for row, column in np.ndindex(2, 2):
            word = self.IDS[row, column]
            vectors = table[word[word > 0]]
            expected = []
            for width, kernel, bias in zip((2, 3), layer.kernels, layer.biases, strict=True):
                edge = np.zeros((width - 1, 3))
                padded = np.concatenate([edge, vectors, edge])
                windows = [padded[k : k + width].ravel() for k in range(len(padded) - width + 1)]
                values = [np.maximum(w @ kernel.numpy() + bias.numpy(), 0) for w in windows]
                expected.append(np.max(values, axis=0) if len(vectors) else np.zeros(4))
            np.testing.assert_allclose(found[row, column], np.concatenate(expected), atol=1e-5)

    def test_padding_and_round_trip(self):
        layer = CharacterEncoder(10, filters=4)
        more = np.pad(self.IDS, [[0, 0], [0, 1], [0, 3]])
        np.testing.assert_allclose(layer(more)[:, :2], layer(self.IDS), atol=1e-6)
        again = CharacterEncoder.from_config(layer.get_config())
        again.build((None, None, 6))
        again.set_weights(layer.get_weights())
        np.testing.assert_allclose(again(self.IDS), layer(self.IDS))


def test_without_transitions_it_is_a_softmax(batch):
    """Loss and probabilities against Keras's own cross-entropy and softmax."""
    x, y = batch
    keras.utils.set_random_seed(4)
    model = Tagger([MEMBERS["linear"](), MEMBERS["recurrent"]()], TAGS, transitions=False)
    model.build((None, None, CHARACTERS + 20))
    outputs = model(x, training=False)
    unknown = y.copy()
    unknown[0, 1] = TAGS  # a tag that training does not know is left out
    mask = (x[:, :, WORD] != 0) & (unknown < TAGS)
    entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)
    for training, logits in ((False, outputs["logits"][:, None]), (True, outputs["member_logits"])):
        each = [np.array(entropy(y, logits[:, k]))[mask] for k in range(logits.shape[1])]
        loss = model.compute_loss(x, unknown, outputs, training=training)
        assert float(loss) == pytest.approx(np.mean(each), rel=1e-5)
    tags, probabilities = decoded(model, x)
    np.testing.assert_allclose(probabilities, keras.ops.softmax(outputs["logits"]), rtol=1e-5)
    np.testing.assert_array_equal(tags, np.argmax(outputs["logits"], axis=-1))
    again = Tagger.from_config(model.get_config())
    assert again.crf is None
    with pytest.raises(ValueError, match="constraints need transitions"):
        Tagger([MEMBERS["linear"]()], TAGS, CONSTRAINTS, transitions=False)
