"""The layout of printed scores, letter by letter."""

from seqtasks.metrics import classification_scores, score_table

CLASS = {"precision": 0.5, "recall": 1.0, "f1": 2 / 3, "support": 1234}


def test_scores_a_baseline_and_classes():
    scores = {
        "accuracy": 0.91239,
        "macro_f1": 1.0,
        "only_ours": 12.5,
        "labels": ["negative", "tốt"],
        "confusion_matrix": [[1, 2], [3, 4]],
        "per_class": {"negative": CLASS, "tốt": {**CLASS, "support": 7}},
        "baseline_accuracy": 0.5,
        "baseline_macro_f1": 0.25,
        "baseline": "a bag of words",
    }
    assert score_table(scores).split("\n") == [
        "test scores  network  baseline",
        "-----------  -------  --------",
        "accuracy      0.9124    0.5000",
        "macro_f1      1.0000    0.2500",
        "only_ours    12.5000",
        "(baseline: a bag of words)",
        "",
        "class     precision  recall      f1  support",
        "--------  ---------  ------  ------  -------",
        "negative     0.5000  1.0000  0.6667    1,234",
        "tốt          0.5000  1.0000  0.6667        7",
    ]


def test_numbers_alone():
    assert score_table({"accuracy": 0.5}).split("\n") == [
        "test scores  network",
        "-----------  -------",
        "accuracy      0.5000",
    ]


def test_too_many_classes_are_left_out():
    twenty, more = ({str(i): CLASS for i in range(n)} for n in (20, 21))
    assert len(score_table({"accuracy": 0.5, "per_class": twenty}).split("\n")) == 3 + 1 + 22
    assert len(score_table({"accuracy": 0.5, "per_class": more}).split("\n")) == 3


def test_takes_what_classification_scores_gives():
    lines = score_table(classification_scores(["a", "b"], ["a", "a"])).split("\n")
    assert [line.split() for line in lines[2:5]] == [
        ["accuracy", "0.5000"],
        ["macro_f1", "0.3333"],
        ["weighted_f1", "0.3333"],
    ]
