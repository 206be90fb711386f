"""Thresholds of labels: of all that can be chosen, those with the best micro F1."""

import itertools

import keras
import numpy as np
import pytest
from sklearn.metrics import f1_score

from seqtasks.models import MultilabelEnsemble
from seqtasks.training import thresholds
from seqtasks.training.thresholds import LOG_ODDS, ThresholdTuner, best_log_odds


def micro_f1(logits, labels, chosen):
    return f1_score(labels, logits >= LOG_ODDS[chosen], average="micro", zero_division=0)


@pytest.mark.parametrize("seed", range(5))
def test_near_the_best_of_all_combinations(seed, monkeypatch):
    """By enumeration: the cost of leaving the common threshold may lose one right decision."""
    monkeypatch.setattr(thresholds, "LOG_ODDS", np.arange(-1.5, 1.6, 0.5))
    monkeypatch.setitem(globals(), "LOG_ODDS", np.arange(-1.5, 1.6, 0.5))
    rng = np.random.default_rng(seed)
    labels = rng.random((200, 3)) < [0.5, 0.2, 0.05]
    logits = rng.normal(size=(200, 3)) + 2 * labels - np.array([2.0, 0.5, 1.0])
    chosen, f1 = best_log_odds(logits, labels)
    assert f1 == pytest.approx(micro_f1(logits, labels, chosen))
    every = [
        micro_f1(logits, labels, np.array(tried)) for tried in itertools.product(range(7), repeat=3)
    ]
    assert max(every) - 0.02 <= f1 <= max(every)
    assert f1 >= micro_f1(logits, labels, np.full(3, 3))  # 0.5


def test_a_shifted_label_gets_its_own_threshold():
    labels = np.arange(60).reshape(20, 3) % 2 == 0
    logits = np.where(labels, 1.0, -1.0) + [0, 0, 2.5]
    chosen, f1 = best_log_odds(logits, labels)
    assert f1 == 1.0
    assert LOG_ODDS[chosen[0]] == LOG_ODDS[chosen[1]] < 1.5 < LOG_ODDS[chosen[2]]


def test_nothing_to_find_leaves_them_in_the_middle():
    chosen, f1 = best_log_odds(np.zeros((4, 2)), np.zeros((4, 2), bool))
    assert f1 == 0.0
    assert LOG_ODDS[chosen].tolist() == [0, 0]


@keras.saving.register_keras_serializable(package="tests")
class Echo(keras.Model):
    """Gives the first two ids as logits."""

    def build(self, shape):
        self.built = True

    def call(self, ids, training=None):
        return keras.ops.cast(ids[:, :2], "float32")

    def compute_output_shape(self, shape):
        return (shape[0], 2)


def test_the_model_is_set_over_all_batches():
    model = MultilabelEnsemble([Echo()])
    model.build((None, None))
    batches = [
        (np.array([[3, 2], [1, 2]], "int32"), np.array([[1.0, 1.0], [0.0, 1.0]])),
        (np.array([[2, 0, 5]], "int32"), np.array([[1.0, 0.0]])),
    ]
    assert ThresholdTuner(model).tune(batches) == 1.0
    assert all(0 < t < 1 for t in model.thresholds.numpy())
    low = 1 / (1 + np.exp(-1))
    assert low < model.thresholds.numpy()[0] <= 1 / (1 + np.exp(-2))
