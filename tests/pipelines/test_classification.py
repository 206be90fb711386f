"""Classification end to end on small made corpora: several labels, pairs, weights of rows."""

import itertools
import random

import numpy as np
import pytest
import tensorflow as tf

import seqtasks
from seqtasks.errors import InputError
from seqtasks.results import MultilabelClassification

SMALL = {"members": ("ngram",), "learning_rate": 0.05, "batch_size": 16, "verbose": 0}
COLOURS, SHAPES = ("red", "blue", "green"), ("round", "flat")


def several():
    """Texts that say what they are: any of five labels."""
    draw = random.Random(5)
    rows = []
    for _ in range(400):
        labels = [label for label in (*COLOURS, *SHAPES) if draw.random() < 0.4]
        words = [*labels, *draw.choices("abcdefgh", k=4)]
        draw.shuffle(words)
        rows.append((" ".join(words), labels))
    return rows


@pytest.fixture(scope="module")
def multilabel(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "several"
    return seqtasks.train("sentiment", several(), multilabel=True, epochs=12, out=out, **SMALL)


def test_several_labels_are_learned_and_served(multilabel):
    assert multilabel.kind == "multilabel_classification"
    assert multilabel.scores["micro_f1"] > 0.9
    assert {"macro_f1", "sample_f1", "exact_match", "baseline_micro_f1"} <= {*multilabel.scores}
    result = multilabel("a red thing that is round")
    assert isinstance(result, MultilabelClassification)
    assert set(result.labels) == {"red", "round"}
    assert set(result.probabilities) == set(result.thresholds) == {*COLOURS, *SHAPES}
    for label, probability in result.probabilities.items():
        assert (label in result.labels) == (probability >= result.thresholds[label])
    assert multilabel("b b c").labels == ()
    assert "val_micro_f1" in multilabel.history[0]


def test_the_saved_model_decides(multilabel):
    served = tf.saved_model.load(str(multilabel.path / "saved_model"))
    outputs = served.signatures["serving_default"](text=tf.constant(["red flat", "c"]))
    found = [{x.decode() for x in row if x} for row in outputs["labels"].numpy()]
    assert found == [{"red", "flat"}, set()]


def test_it_is_scored_on_other_rows(multilabel):
    rows = [("red a", ["red"]), ("flat", ["flat", "blue"]), ("b", [])]
    scores = multilabel.evaluate(rows)
    assert scores["exact_match"] == pytest.approx(2 / 3)
    assert scores["per_class"]["blue"] == {"precision": 0, "recall": 0, "f1": 0, "support": 1}


def test_what_several_labels_refuse(tmp_path):
    rows = [*several(), ("a", ["red", "pink"])]
    data = {"train": several(), "test": rows}
    with pytest.raises(InputError, match="test rows, row 401: the label 'pink' is not in the tr"):
        seqtasks.train("sentiment", data, multilabel=True, out=tmp_path / "run", **SMALL)
    with pytest.raises(InputError, match="class_weight is for one label a text"):
        seqtasks.train(
            "sentiment", several(), multilabel=True, class_weight="balanced", out=tmp_path / "run"
        )
    with pytest.raises(InputError, match="multilabel=True in Python"):
        seqtasks.train("sentiment", several(), out=tmp_path / "run")


def test_rows_of_weight_zero_teach_nothing(tmp_path):
    """Half of the rows have the wrong label and no weight: the others decide."""
    draw = random.Random(6)
    rows = []
    for n in range(400):
        truth = draw.choice(["yes", "no"])
        label = truth if n % 2 else {"yes": "no", "no": "yes"}[truth]
        text = f"{truth} {draw.choice('abcdef')} {n}"
        rows.append({"text": text, "label": label, "weight": float(n % 2)})
    split = {"train": rows, "validation": rows[1::2], "test": rows[1::2]}
    options = {**SMALL, "members": ("convolutional",), "filters": 8, "epochs": 3}
    weighed = seqtasks.train(
        "sentiment", split, weight_field="weight", out=tmp_path / "weighed", **options
    )
    assert weighed.scores["accuracy"] > 0.95
    assert weighed.evaluate([("yes a", "yes"), ("no b", "no")])["accuracy"] == 1.0


@pytest.mark.slow
def test_pairs_are_learned_from_both_texts(tmp_path):
    """The label is in neither text alone: whether both name the same colour."""
    rows = [
        {"text": f"{a} {n}", "second": f"{b} {n}", "label": "same" if a == b else "other"}
        for n in range(60)
        for a, b in itertools.product(SHAPES, SHAPES)
    ]
    random.Random(7).shuffle(rows)
    dropouts = ("word_dropout", "embedding_dropout", "recurrent_dropout", "dropout")
    options = {**SMALL, **dict.fromkeys(dropouts, 0.0), "members": ("recurrent",), "epochs": 8}
    options |= {"units": 16, "learning_rate": 0.02}
    run = seqtasks.train("sentiment", rows, pair_field="second", out=tmp_path / "pairs", **options)
    assert run.scores["accuracy"] > 0.9
    assert run("flat 1 ||| flat 1").label == "same"
    assert run("round 1 ||| flat 1").label == "other"
    assert np.isclose(sum(run("red").probabilities.values()), 1)


@pytest.mark.slow
@pytest.mark.parametrize("member", ["recurrent", "convolutional"])
def test_word_vectors_tell_what_unseen_words_mean(tmp_path, member):
    """Words of the test rows are not in training; their vectors are like those that are."""
    draw = random.Random(8)
    words = {f"{kind}{n}": kind for kind in ("good", "bad") for n in range(60)}
    lines = [
        " ".join([word, *(f"{draw.gauss(1 if kind == 'good' else -1, 0.3):.3f}" for _ in range(6))])
        for word, kind in words.items()
    ]
    (tmp_path / "vectors.txt").write_text("\n".join(lines) + "\n")
    rows = [(f"so {word} it is", kind) for word, kind in words.items()]
    seen, unseen = rows[:40] + rows[60:100], rows[40:60] + rows[100:]
    data = {"train": seen * 8, "validation": unseen, "test": unseen}
    options = {**SMALL, "members": (member,), "units": 8, "filters": 8, "epochs": 3}
    options |= {"tokenizer": "word", "learning_rate": 0.02}
    run = seqtasks.train(
        "sentiment", data, embeddings=tmp_path / "vectors.txt", out=tmp_path / "with", **options
    )
    assert run.scores["accuracy"] > 0.95
    without = seqtasks.train("sentiment", data, out=tmp_path / "without", **options)
    assert without.scores["accuracy"] < 0.7
    with pytest.raises(InputError, match=r"are vectors of words\. Train with --tokenizer word"):
        seqtasks.train("language", data, embeddings="v.txt", out=tmp_path / "x", verbose=0)
