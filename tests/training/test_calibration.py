"""Decision biases: of all that are tried for each type, the one with the best F1."""

import keras
import numpy as np
import pytest

from seqtasks.metrics import span_f1
from seqtasks.models import Tagger
from seqtasks.training import calibration
from seqtasks.training.calibration import DecisionBiasTuner

TAGS = ["B-PER", "I-PER", "O"]


@keras.saving.register_keras_serializable(package="tests")
class Shy(keras.Model):
    """Gives the tag in the second column 1, and `O` some more than that."""

    def build(self, shape):
        self.built = True

    def call(self, features, training=None):
        return keras.ops.one_hot(features[:, :, 1], 3) + 1.3 * keras.ops.one_hot(2, 3)


def tagger():
    model = Tagger([Shy()], 3, constraints=None, outside=2)
    model.build((None, None, 2))
    return model


def batch():
    words = np.array([[1, 1, 1, 1], [1, 1, 0, 0]])
    tags = np.array([[0, 1, 2, 0], [2, 0, 0, 0]])
    return np.stack([words, tags], axis=-1).astype("int32"), tags


def test_the_bias_with_the_best_f1_is_set():
    model, (features, tags) = tagger(), batch()
    assert np.all(model.decode(features)[0] == 2 * (features[:, :, 0] > 0))  # too shy for any span
    assert DecisionBiasTuner(model, TAGS).tune([(features, tags)]) == 1.0
    assert model.tag_bias.numpy().tolist() == [0, 0, -0.5]  # the smallest of those that do
    assert np.all(model.decode(features)[0] == np.where(features[:, :, 0] > 0, tags, 0))


def test_it_starts_anew_each_time():
    model, (features, tags) = tagger(), batch()
    model.tag_bias.assign([1, 2, -2])
    DecisionBiasTuner(model, TAGS).tune([(features, tags)])
    assert model.tag_bias.numpy().tolist() == [0, 0, -0.5]


def test_nothing_to_find_leaves_it_at_zero():
    model, (features, tags) = tagger(), batch()
    assert DecisionBiasTuner(model, TAGS).tune([(features, np.full_like(tags, 2))]) == 0.0
    assert not model.tag_bias.numpy().any()


def test_of_many_batches_some_are_looked_at(monkeypatch):
    monkeypatch.setattr(calibration, "MAX_BATCHES", 2)
    model, (features, tags) = tagger(), batch()
    outside = np.full_like(tags, 2)
    shown = [(features, tags), (features, outside), (features, tags), (features, outside)]
    assert DecisionBiasTuner(model, TAGS).tune(shown) == 1.0  # the first and the third


def test_the_bias_is_saved(tmp_path):
    model = tagger()
    model.tag_bias.assign([0.5, 0, -1.5])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.tag_bias.numpy().tolist() == [0.5, 0, -1.5]


def test_each_type_gets_a_bias_of_its_own():
    """Two types that look alike, one of them wrong most of the time; `O` is in no doubt."""
    tags = ["B-LOC", "B-PER", "I-LOC", "I-PER", "O"]
    rng = np.random.default_rng(0)
    true = rng.choice([0, 1, 1, 1, 4, 4], (40, 6))
    features = np.stack([np.ones_like(true), np.where(true < 4, 0, 4)], axis=-1).astype("int32")

    class Alike(keras.Model):
        def call(self, features, training=None):
            likely = 3 * keras.ops.one_hot(features[:, :, 1], 5)
            return likely + 2.6 * likely[:, :, :1] / 3 * keras.ops.one_hot(1, 5)

    model = Tagger([Alike()], 5, outside=4)
    model.build((None, None, 2))
    found = DecisionBiasTuner(model, tags).tune([(features, true)])
    bias = dict(zip(tags, model.tag_bias.numpy().tolist(), strict=True))
    assert bias["B-PER"] - bias["B-LOC"] == 0.5 and bias["O"] == 0
    assert bias["B-PER"] == bias["I-PER"] and bias["B-LOC"] == bias["I-LOC"]
    ids = model.decode(features)[0].numpy()
    assert set(np.unique(ids)) == {1, 4}
    named = [[tags[n] for n in row] for row in true], [[tags[n] for n in row] for row in ids]
    assert found == pytest.approx(span_f1(*named)["f1"])
