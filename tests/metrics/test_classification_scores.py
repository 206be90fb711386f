"""Scores against numbers worked out by hand and formulas written out in plain Python."""

import random

import pytest

from seqtasks.metrics import classification_scores


def test_by_hand():
    """
    a: 2 of its 3 found, 3 predicted: P = R = F = 2/3
    b: 1 of its 2 found, 1 predicted: P = 1, R = 1/2, F = 2/3
    c: its only one missed, 2 predicted: 0
    """
    scores = classification_scores(list("aaabbc"), list("aacbca"))
    assert scores.pop("accuracy") == pytest.approx(3 / 6)
    assert scores.pop("macro_f1") == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert scores.pop("weighted_f1") == pytest.approx((3 * 2 / 3 + 2 * 2 / 3 + 0) / 6)
    assert scores.pop("labels") == ["a", "b", "c"]
    assert scores.pop("confusion_matrix") == [[2, 0, 1], [0, 1, 1], [1, 0, 0]]
    per_class = scores.pop("per_class")
    assert list(per_class) == ["a", "b", "c"]
    expected = {
        "a": {"precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3, "support": 3},
        "b": {"precision": 1, "recall": 1 / 2, "f1": 2 / 3, "support": 2},
        "c": {"precision": 0, "recall": 0, "f1": 0, "support": 1},
    }
    for label, values in expected.items():
        assert per_class[label] == pytest.approx(values)
    assert not scores  # nothing else is promised


def by_the_definition(references, predictions):
    pairs = list(zip(references, predictions, strict=True))
    labels = sorted(set(references) | set(predictions))
    f1, support = [], []
    for label in labels:
        both = sum(a == label == b for a, b in pairs)
        either = sum(a == label for a, _ in pairs) + sum(b == label for _, b in pairs)
        f1.append(2 * both / either)  # = 2 P R / (P + R)
        support.append(sum(a == label for a, _ in pairs))
    return {
        "accuracy": sum(a == b for a, b in pairs) / len(pairs),
        "macro_f1": sum(f1) / len(labels),
        "weighted_f1": sum(map(float.__mul__, f1, map(float, support))) / len(pairs),
        "labels": labels,
        "confusion_matrix": [[sum(p == (a, b) for p in pairs) for b in labels] for a in labels],
    }


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("true", "predicted"),
    [
        ("abc", "abc"),
        ("ab", "abc"),
        ("abc", "a"),
        ("ab", "cd"),
        ("a", "a"),
        (["tốt", "tệ"], "a"),
    ],
    ids=["same", "unseen", "never predicted", "strangers", "one label", "Vietnamese"],
)
def test_as_the_definitions_say(seed, true, predicted):
    rng = random.Random(seed)
    references, predictions = rng.choices(true, k=40), rng.choices(predicted, k=40)
    scores = classification_scores(references, predictions)
    for name, value in by_the_definition(references, predictions).items():
        assert scores[name] == (pytest.approx(value) if isinstance(value, float) else value), name


@pytest.mark.parametrize(
    ("references", "predictions"), [([], []), (["a"], []), (["a"], ["a", "b"])]
)
def test_lists_that_do_not_match_are_refused(references, predictions):
    message = f"Received {len(references)} references and {len(predictions)} predictions"
    with pytest.raises(ValueError, match=message):
        classification_scores(references, predictions)
