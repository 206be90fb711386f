"""Scores of several labels a text against numbers worked out by hand."""

import random

import pytest

from seqtasks.metrics import multilabel_scores


def test_by_hand():
    """
    a: 2 of 2 found, 2 predicted: F = 1;  b: 1 of 2 found, 2 predicted: F = 1/2;  c: 0 of 1: F = 0
    Of 5 labels 3 are found, 4 are predicted: micro F = 6/9.
    Texts: {a, b} -> {a, b}: 1;  {a, c} -> {a}: 2/3;  {b} -> {}: 0;  {} -> {b}: 0;  {} -> {}: 1
    """
    references = [["a", "b"], {"a", "c"}, ["b"], [], []]
    scores = multilabel_scores(references, [{"b", "a"}, ["a"], [], ["b"], []])
    assert scores.pop("micro_f1") == pytest.approx(6 / 9)
    assert scores.pop("macro_f1") == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert scores.pop("sample_f1") == pytest.approx((1 + 2 / 3 + 0 + 0 + 1) / 5)
    assert scores.pop("exact_match") == pytest.approx(2 / 5)
    assert scores.pop("labels") == ["a", "b", "c"]
    per_class = scores.pop("per_class")
    assert per_class["a"] == {"precision": 1, "recall": 1, "f1": 1, "support": 2}
    assert per_class["b"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2}
    assert per_class["c"] == {"precision": 0, "recall": 0, "f1": 0, "support": 1}
    assert not scores


def test_by_the_definition_on_many_texts():
    draw = random.Random(4)
    sets = [[{x for x in "abcde" if draw.random() < 0.4} for _ in range(300)] for _ in range(2)]
    pairs = list(zip(*sets, strict=True))
    both = sum(len(a & b) for a, b in pairs)
    scores = multilabel_scores(*sets)
    assert scores["micro_f1"] == pytest.approx(2 * both / sum(len(a) + len(b) for a, b in pairs))
    each = [2 * len(a & b) / (len(a) + len(b)) if a or b else 1.0 for a, b in pairs]
    assert scores["sample_f1"] == pytest.approx(sum(each) / 300)
    assert scores["exact_match"] == pytest.approx(sum(a == b for a, b in pairs) / 300)


def test_one_label_a_text_is_accuracy():
    scores = multilabel_scores([["a"], ["b"], ["a"]], [["a"], ["a"], ["a"]])
    assert scores["micro_f1"] == scores["exact_match"] == pytest.approx(2 / 3)


def test_no_label_anywhere():
    scores = multilabel_scores([[], []], [[], []])
    assert scores["micro_f1"] == scores["exact_match"] == scores["sample_f1"] == 1.0


@pytest.mark.parametrize("rows", [([], []), ([["a"]], [])])
def test_refuses_what_cannot_be_scored(rows):
    with pytest.raises(ValueError, match="Expected one set of labels for each"):
        multilabel_scores(*rows)
