"""Classifiers and their ensemble: shapes, padding, independence of members, round trips."""

import keras
import numpy as np
import pytest

from seqtasks.models import (
    Adaptable,
    ClassifierEnsemble,
    ConvolutionalClassifier,
    MultilabelEnsemble,
    NgramClassifier,
    RecurrentClassifier,
)

SIZES = {"vocabulary_size": 20, "labels": 3, "embedding_size": 8}
IDS = np.array([[4, 5, 6, 0], [7, 0, 0, 0], [8, 9, 10, 11]])

DROPOUTS = {"word_dropout": 0.1, "embedding_dropout": 0.4, "dropout": 0.5}


def recurrent(**options):
    usual = {"units": 5, "pooling": ("max", "mean"), "bidirectional": True}
    return RecurrentClassifier(**{**SIZES, **usual, **DROPOUTS, **options})


def convolutional(**options):
    usual = {"filters": 4, "widths": (2, 3, 4)}
    return ConvolutionalClassifier(**{**SIZES, **usual, **DROPOUTS, **options})


MODELS = {
    "lstm": lambda: recurrent(recurrent_dropout=0.2),
    "gru, deep, residual, one direction": lambda: recurrent(
        cell="gru", layers=3, residual=True, bidirectional=False
    ),
    "rnn, all pools": lambda: recurrent(
        cell="rnn", pooling=("last", "mean", "max", "attention"), recurrent_dropout=0.2
    ),
    "convolution": lambda: convolutional(widths=(1, 2, 5)),
    "ngram": lambda: adapted(NgramClassifier(20, 3, buckets=50, dropout=0.5)),
    "ensemble": lambda: ClassifierEnsemble([recurrent(), convolutional()]),
}


def logits_of(model, ids, **options):
    outputs = model(ids, **options)
    return outputs["logits"] if isinstance(model, ClassifierEnsemble) else outputs


def adapted(model):
    model.adapt([(IDS, np.array([0, 1, 2]))])
    return model


every_model = pytest.mark.parametrize("name", MODELS)


def make(name):
    keras.utils.set_random_seed(3)
    model = MODELS[name]()
    if not model.built:
        model.build((None, None))
    return model


@every_model
def test_logits_do_not_depend_on_padding(name):
    model = make(name)
    together = np.array(logits_of(model, IDS))
    assert together.shape == (3, 3)
    more = np.pad(IDS, [[0, 0], [0, 9]])
    np.testing.assert_allclose(logits_of(model, more), together, atol=1e-5)
    for row, expected in zip(IDS, together, strict=True):
        alone = logits_of(model, row[None, row > 0])[0]
        np.testing.assert_allclose(alone, expected, atol=1e-5)


@every_model
def test_output_shape(name):
    model = make(name)
    found = keras.tree.map_structure(lambda x: tuple(x.shape), model(IDS))
    assert model.compute_output_shape((3, 4)) == found


@every_model
def test_a_text_without_words_gets_finite_logits(name):
    assert np.isfinite(logits_of(make(name), np.zeros((2, 1), int))).all()


@every_model
def test_keras_file_round_trip(name, tmp_path):
    model = make(name)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(logits_of(again, IDS), logits_of(model, IDS), atol=1e-6)


@every_model
@pytest.mark.slow
def test_learns_a_few_texts_by_heart(name):
    model = make(name)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    metric = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
    model.compile(keras.optimizers.Adam(0.05), loss, metrics=[metric], jit_compile=False)
    model.fit(IDS, np.array([0, 1, 2]), epochs=40, verbose=0)
    assert model.evaluate(IDS, np.array([0, 1, 2]), verbose=0, return_dict=True)["accuracy"] == 1.0


@every_model
def test_dropout_only_in_training(name):
    model = make(name)
    usual = logits_of(model, IDS)
    np.testing.assert_array_equal(usual, logits_of(model, IDS, training=False))
    trained = [logits_of(model, IDS, training=True) for _ in range(2)]
    assert not np.allclose(*trained)


def test_order_of_words_matters_to_the_recurrent_classifier():
    model = make("lstm")
    assert not np.allclose(model(np.array([[4, 5, 6]])), model(np.array([[6, 5, 4]])), atol=1e-6)


def test_a_window_sees_each_word_at_each_of_its_places():
    """The convolution against a loop in NumPy over the windows of the padded sentence."""
    model = make("convolution")
    x = np.array(model.embedding(IDS[:1, :3]))[0]
    found = []
    for convolution in model.convolutions:
        kernel, bias = map(np.array, convolution.weights)  # [width, embedding, filters]
        width = kernel.shape[0]
        steps = np.pad(x, [[width - 1, width - 1], [0, 0]])
        answers = [
            np.maximum(np.einsum("we,wef->f", steps[i : i + width], kernel) + bias, 0)
            for i in range(len(steps) - width + 1)
        ]
        found.append(np.max(answers, axis=0))
    kernel, bias = map(np.array, model.classify.weights)
    np.testing.assert_allclose(model(IDS[:1])[0], np.concatenate(found) @ kernel + bias, atol=1e-5)


class TestClassifierEnsemble:
    @pytest.mark.parametrize("training", [False, True])
    def test_output_has_one_structure(self, training):
        found = make("ensemble")(IDS, training=training)
        shapes = {name: tuple(value.shape) for name, value in found.items()}
        assert shapes == {"logits": (3, 3), "member_logits": (3, 2, 3)}

    def test_loss_is_the_members_mean_in_training_and_the_combined_ones_in_evaluation(self):
        model, y = make("ensemble"), np.array([0, 1, 2])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("sgd", loss, jit_compile=False)
        outputs = model(IDS)
        each = [loss(y, outputs["member_logits"][:, n]) for n in range(2)]
        for training, expected in ((True, np.mean(each)), (False, loss(y, outputs["logits"]))):
            found = model.compute_loss(IDS, y, outputs, training=training)
            assert float(found) == pytest.approx(float(expected), rel=1e-6)
        assert float(model.evaluate(IDS, y, verbose=0)) == pytest.approx(
            float(loss(y, outputs["logits"])), rel=1e-6
        )

    def test_a_member_that_is_not_adaptable_is_left_alone(self):
        model = ClassifierEnsemble([convolutional(), NgramClassifier(20, 3, buckets=50)])
        assert [isinstance(member, Adaptable) for member in model.members] == [False, True]
        model.build((None, None))
        model.adapt([(IDS, np.array([0, 0, 1]))])
        assert np.array(model.members[1].ratios).any()

    def test_votes_with_the_geometric_mean_of_probabilities(self):
        model = make("ensemble")
        each = [np.array(keras.ops.softmax(member(IDS))) for member in model.members]
        expected = np.sqrt(each[0] * each[1])
        expected /= expected.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(keras.ops.softmax(model(IDS)["logits"]), expected, atol=1e-6)

    def test_correction_divides_by_the_classes_shares(self):
        plain, corrected = make("ensemble"), make("ensemble")
        corrected.prior_correction = 0.5
        for model in (plain, corrected):
            model.adapt([(IDS, np.array([0, 0, 1])), (IDS[:1], np.array([0]))])
        shares = np.array([4, 2, 1]) / 7  # with one text more of each class
        expected = np.array(keras.ops.softmax(plain(IDS)["logits"])) / shares**0.5
        expected /= expected.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(keras.ops.softmax(corrected(IDS)["logits"]), expected, atol=1e-6)

    def test_correction_counts_rows_by_their_weights(self):
        model = make("ensemble")
        weights = np.array([1, 1, 4], "float32")
        model.adapt([(IDS, np.array([0, 0, 1]), weights), (IDS[:1], np.array([2]), weights[:1])])
        expected = np.log(np.array([3, 5, 2]) / 10)  # with one text more of each class
        np.testing.assert_allclose(model.log_priors, expected, rtol=1e-6)

    def test_members_learn_as_if_alone(self):
        """One plain SGD step in the ensemble is half a step of each member on its own."""
        options = dict.fromkeys(DROPOUTS, 0.0)

        def members():
            keras.utils.set_random_seed(3)
            both = [recurrent(**options), convolutional(**options)]
            for member in both:
                member.build((None, None))
            return both

        def train(model, rate):
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            model.compile(keras.optimizers.SGD(rate), loss, jit_compile=False)
            model.train_on_batch(IDS, np.array([0, 1, 2]))

        together, alone = members(), members()
        train(ClassifierEnsemble(together), 1.0)
        for one, other in zip(together, alone, strict=True):
            train(other, 0.5)
            for received, expected in zip(one.weights, other.weights, strict=True):
                np.testing.assert_allclose(received, expected, atol=1e-6)

    def test_votes_weigh(self):
        plain, weighed = make("ensemble"), make("ensemble")
        weighed.votes = [3.0, 0.0]
        expected = keras.ops.softmax(plain.members[0](IDS))
        np.testing.assert_allclose(keras.ops.softmax(weighed(IDS)["logits"]), expected, atol=1e-6)

    def test_votes_are_saved(self, tmp_path):
        members = [convolutional(), NgramClassifier(20, 3, buckets=50)]
        model = ClassifierEnsemble(members, [2, 1])
        model.build((None, None))
        model.save(tmp_path / "model.keras")
        assert keras.models.load_model(tmp_path / "model.keras").votes == [2.0, 1.0]

    @pytest.mark.parametrize("votes", [[1], [0, 0], [1, -1]])
    def test_refuses_votes_that_cannot_be(self, votes):
        members = [convolutional(), convolutional()]
        with pytest.raises(ValueError, match=r"expected as `votes` a number .* received"):
            ClassifierEnsemble(members, votes)

    def test_needs_members(self):
        with pytest.raises(ValueError, match="expected at least one model"):
            ClassifierEnsemble([])


class TestMultilabelEnsemble:
    def make(self, votes=None):
        keras.utils.set_random_seed(3)
        model = MultilabelEnsemble([recurrent(), convolutional()], votes)
        model.build((None, None))
        return model

    def test_votes_with_the_mean_of_logits(self):
        model = self.make([3, 1])
        each = [np.array(member(IDS)) for member in model.members]
        expected = (3 * each[0] + each[1]) / 4
        np.testing.assert_allclose(model(IDS)["logits"], expected, rtol=1e-5, atol=1e-6)

    def test_thresholds_are_saved_and_not_trained(self, tmp_path):
        model = self.make([2, 1])
        np.testing.assert_array_equal(model.thresholds, [0.5] * 3)
        assert all(weight is not model.thresholds for weight in model.trainable_weights)
        model.thresholds.assign([0.1, 0.2, 0.9])
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(loaded.thresholds, model.thresholds)
        assert loaded.votes == [2.0, 1.0]

    def test_refuses_votes_that_cannot_be(self):
        with pytest.raises(ValueError, match="MultilabelEnsemble: expected as `votes` a number"):
            self.make([1, -1])
