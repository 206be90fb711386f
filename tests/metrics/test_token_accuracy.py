"""TokenAccuracy against a count over the real steps of all batches."""

import keras
import numpy as np
import pytest

from seqtasks.metrics import TokenAccuracy


def test_real_steps_count_alike_whatever_the_rows():
    rng = np.random.default_rng(1)
    metric, right, total = TokenAccuracy(), 0, 0
    for time in (3, 8, 5):
        true, guess = rng.integers(0, 2, (2, 6, time))
        mask = np.arange(time) < rng.integers(0, time + 1, (6, 1))
        metric.update_state(true, guess, mask.astype("float32"))
        right += int(((true == guess) & mask).sum())
        total += int(mask.sum())
    assert float(metric.result()) == pytest.approx(right / total)
    again = keras.metrics.deserialize(keras.metrics.serialize(metric))
    assert again.name == "accuracy"
