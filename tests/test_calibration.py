"""The bias of the tag outside of spans: of all that are tried, the one with the best F1."""

import keras
import numpy as np
import pytest

from seqtasks.calibration import outside_calibrator
from seqtasks.models import Tagger

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
    assert outside_calibrator(model, [(features, tags)], TAGS)() == 1.0
    assert float(model.outside_bias) == -0.5  # -1 and less do as well: the smallest is taken
    assert np.all(model.decode(features)[0] == np.where(features[:, :, 0] > 0, tags, 0))


def test_it_starts_anew_each_time():
    model, (features, tags) = tagger(), batch()
    model.outside_bias.assign(-2.0)
    outside_calibrator(model, [(features, tags)], TAGS)()
    assert float(model.outside_bias) == -0.5


def test_nothing_to_find_leaves_it_at_zero():
    model, (features, tags) = tagger(), batch()
    assert outside_calibrator(model, [(features, np.full_like(tags, 2))], TAGS)() == 0.0
    assert float(model.outside_bias) == 0.0


def test_the_bias_is_saved(tmp_path):
    model = tagger()
    model.outside_bias.assign(-1.5)
    model.save(tmp_path / "model.keras")
    assert float(keras.models.load_model(tmp_path / "model.keras").outside_bias) == pytest.approx(
        -1.5
    )
