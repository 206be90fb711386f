"""Weights of labels, beside scikit-learn's."""

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from seqtasks.data import class_weights
from seqtasks.errors import InputError

COUNTS = {"a=b": 7, "good": 2, "bad": 1}


def test_balanced_weights_are_those_of_scikit_learn():
    rows = [label for label, count in COUNTS.items() for _ in range(count)]
    labels = sorted(COUNTS)
    expected = compute_class_weight("balanced", classes=np.array(labels), y=rows)
    np.testing.assert_allclose(class_weights(("balanced",), COUNTS, labels), expected)


def test_weights_by_label_and_none():
    labels = ["a=b", "bad", "good"]
    assert class_weights(("a=b=0.5", "good=3"), COUNTS, labels) == [0.5, 1.0, 3.0]
    assert class_weights((), COUNTS, labels) == [1.0] * 3


@pytest.mark.parametrize("item", ["good", "good=", "=2", "fine=2", "good=-1", "good=nan", "good=0"])
def test_bad_weights(item):
    with pytest.raises(InputError, match=r"LABEL=WEIGHT with a label of the training rows \(a=b,"):
        class_weights((item,), COUNTS, ["a=b", "bad", "good"])
