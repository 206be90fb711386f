"""span_f1 against conlleval's definition, written again here as its script has it."""

import random

import keras
import numpy as np
import pytest
from nervaluate import Evaluator

from seqtasks.layers import CRFDecoder
from seqtasks.metrics import SpanF1, span_f1, span_f1_of_ids, token_scores

LABELS = ["O", *(f"{prefix}-{kind}" for kind in ("PER", "LOC") for prefix in "BIES")]
BIO = [label for label in LABELS if label[0] in "OBI"]


def ends(before, tag):
    """conlleval's endOfChunk, rule by rule (E and S as its Python ports have them)."""
    (p, kind_before), (t, kind) = before, tag
    rules = {("B", "B"), ("B", "O"), ("I", "B"), ("I", "O"), ("B", "S"), ("I", "S")}
    return p in "ES" or (p, t) in rules or (p not in "O" and kind_before != kind)


def starts(before, tag):
    """conlleval's startOfChunk."""
    (p, kind_before), (t, kind) = before, tag
    rules = {("O", "I"), ("O", "E"), ("E", "E"), ("E", "I"), ("S", "E"), ("S", "I")}
    return t in "BS" or (p, t) in rules or (t != "O" and kind_before != kind)


def conlleval(references, predictions):
    """Correct, predicted and true chunks, counted token by token as the script does."""
    correct = guessed = true = 0
    for reference, prediction in zip(references, predictions, strict=True):
        last_true = last_guess = ("O", "")
        in_correct = False
        for r, g in zip([*reference, "O"], [*prediction, "O"], strict=True):
            r, g = ((*x.split("-", 1), "")[:2] for x in (r, g))
            end_true, end_guess = ends(last_true, r), ends(last_guess, g)
            end_true, end_guess = (
                end_true and last_true[0] != "O",
                end_guess and last_guess[0] != "O",
            )
            if in_correct:
                if end_true and end_guess and last_true[1] == last_guess[1]:
                    in_correct, correct = False, correct + 1
                elif end_true != end_guess or r[1] != g[1]:
                    in_correct = False
            start_true, start_guess = starts(last_true, r), starts(last_guess, g)
            if start_true and start_guess and r[1] == g[1]:
                in_correct = True
            true, guessed = true + start_true, guessed + start_guess
            last_true, last_guess = r, g
    return correct, guessed, true


def corpus(labels, count, seed=0):
    rng = random.Random(seed)
    references = [[rng.choice(labels) for _ in range(rng.randint(1, 12))] for _ in range(count)]
    predictions = [
        [tag if rng.random() < 0.7 else rng.choice(labels) for tag in row] for row in references
    ]
    return references, predictions


@pytest.mark.parametrize("labels", [LABELS, BIO], ids=["all schemes mixed", "BIO, ill-formed too"])
def test_counts_as_conlleval_on_ten_thousand_sequences(labels):
    references, predictions = corpus(labels, 10_000)
    for row in zip(references, predictions, strict=True):
        found = span_f1(*([tags] for tags in row))
        assert (found["correct"], found["predicted"], found["support"]) == conlleval(
            *([tags] for tags in row)
        ), row
    found = span_f1(references, predictions)
    correct, guessed, true = conlleval(references, predictions)
    precision, recall = correct / guessed, correct / true
    assert found["precision"] == precision and found["recall"] == recall
    assert found["f1"] == pytest.approx(2 * precision * recall / (precision + recall), abs=1e-15)
    assert 0.1 < found["f1"] < 0.9
    for key in ("correct", "predicted", "support"):
        assert sum(scores[key] for scores in found["per_type"].values()) == found[key]


def test_agrees_with_nervaluate_on_well_formed_tags():
    from seqtasks.text.bio import repair

    references, predictions = ([repair(row, "bio")[0] for row in rows] for rows in corpus(BIO, 300))
    theirs = Evaluator(references, predictions, tags=["PER", "LOC"], loader="list").evaluate()
    strict, ours = theirs["overall"]["strict"], span_f1(references, predictions)
    assert (strict.correct, strict.actual, strict.possible) == (
        ours["correct"],
        ours["predicted"],
        ours["support"],
    )
    assert strict.f1 == pytest.approx(ours["f1"])


def test_by_hand_and_nothing_to_count():
    found = span_f1([["B-PER", "I-PER", "O", "B-LOC"]], [["B-PER", "I-PER", "O", "B-PER"]])
    assert found["precision"] == found["recall"] == found["f1"] == 0.5
    assert found["per_type"]["LOC"]["recall"] == 0 and found["per_type"]["PER"]["precision"] == 0.5
    assert span_f1([["O"]], [["O"]])["f1"] == 0.0


def test_lengths_must_fit():
    with pytest.raises(ValueError, match=r"sequence 1 .counted from 0"):
        span_f1([["O"], ["O", "O"]], [["O"], ["O"]])
    with pytest.raises(ValueError, match="2 references and 1"):
        span_f1([["O"], ["O"]], [["O"]])


def test_token_scores_by_hand():
    references, predictions = [["N", "V", "N"], ["N"]], [["N", "N", "V"], ["V"]]
    words = [["a", "b", "c"], ["d"]]
    found = token_scores(references, predictions, words, known_words={"a", "b"})
    assert found["accuracy"] == 0.25 and found["tokens"] == 4
    assert found["accuracy_known"] == 0.5 and found["accuracy_unknown"] == 0.0
    assert found["unknown_tokens"] == 2
    assert found["confusions"][0] == {"true": "N", "predicted": "V", "count": 2}
    assert "accuracy_known" not in token_scores(references, predictions)


def padded(rows, length=12):
    ids = [[LABELS.index(tag) for tag in row] for row in rows]
    return np.array([row + [-1] * (length - len(row)) for row in ids])


@pytest.mark.parametrize("holes", [False, True])
def test_the_streaming_metric_equals_the_strings(holes):
    references, predictions = corpus(LABELS, 600)
    true, guessed = padded(references), padded(predictions)
    weights = (true >= 0).astype("float32")
    if holes:
        keep = np.random.default_rng(0).random(true.shape) > 0.3
        weights *= keep
        references, predictions = (
            [
                [tag for tag, kept in zip(row, k, strict=False) if kept]
                for row, k in zip(rows, keep, strict=True)
            ]
            for rows in (references, predictions)
        )
    metric = SpanF1(LABELS)
    for begin in range(0, 600, 100):
        part = slice(begin, begin + 100)
        metric.update_state(np.maximum(true[part], 0), guessed[part], sample_weight=weights[part])
    found = span_f1(references, predictions)
    assert float(metric.correct) == found["correct"]
    assert float(metric.predicted) == found["predicted"]
    assert float(metric.support) == found["support"]
    assert float(metric.result()) == pytest.approx(found["f1"], abs=1e-6)
    metric.reset_state()
    assert float(metric.result()) == 0.0


def test_the_first_step_continues_no_span_whichever_tag_has_id_0():
    metric = SpanF1(["I-PER", "B-PER", "O"])
    metric.update_state([[1, 0, -1], [0, -1, -1]], [[1, 0, 0], [0, 0, 0]])
    assert [float(v) for v in (metric.correct, metric.predicted, metric.support)] == [2, 2, 2]


def test_the_streaming_metric_drives_early_stopping_in_the_graph():
    keras.utils.set_random_seed(0)
    references, _ = corpus(LABELS, 64)
    y = padded(references)
    x = np.eye(len(LABELS))[y] * (y >= 0)[..., None]
    inputs = keras.Input((None, len(LABELS)))
    model = keras.Model(inputs, keras.layers.Dense(len(LABELS))(inputs))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    model.compile(keras.optimizers.Adam(0.1), loss, metrics=[SpanF1(LABELS)])
    stop = keras.callbacks.EarlyStopping(monitor="val_span_f1", mode="max", patience=2)
    history = model.fit(
        x, y, validation_data=(x, y), epochs=30, verbose=0, callbacks=[stop]
    ).history
    assert history["val_span_f1"][-1] == 1.0 and len(history["loss"]) < 30


def test_the_streaming_metric_round_trips_with_its_decoder():
    metric = SpanF1(LABELS, decoder=CRFDecoder())
    twin = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    chain = np.zeros((1, 2, len(LABELS), len(LABELS)), "float32")
    chain[..., 4] = 1.0  # S-PER, twice
    for each in (metric, twin):
        each.update_state([[4, 4]], chain)
        assert float(each.result()) == 1.0


@pytest.mark.parametrize("labels", [LABELS, BIO, ["O", "B", "I"]])
def test_ids_of_many_predictions_score_as_their_tags_do(labels):
    references, predictions = corpus(labels, 400)
    more = [list(reversed(tags)) for tags in predictions]
    everything = [predictions, more, references]
    ids = {label: n for n, label in enumerate(labels)}
    true = np.array([ids[tag] for tags in references for tag in tags])
    found = np.array([[ids[tag] for tags in some for tag in tags] for some in everything])
    first = np.array([n == 0 for tags in references for n in range(len(tags))])
    expected = [span_f1(references, some)["f1"] for some in everything]
    np.testing.assert_allclose(span_f1_of_ids(true, found, first, labels), expected)
    nothing = np.zeros_like(true)
    assert span_f1_of_ids(nothing, nothing[None], first, labels).tolist() == [0.0]
