"""Results: from hand-made outputs of a predictor to dataclasses, JSON and lines."""

import json

import numpy as np
import pytest
import tensorflow as tf

from seqtasks import results
from seqtasks.cli.formatting import as_json, as_line
from seqtasks.errors import InputError
from seqtasks.runs.answers import answer, option_names

LABEL = {
    "label": [b"good"],
    "classes": [[b"bad", b"good"]],
    "probabilities": [[0.25, 0.75]],
}
LABELS = {
    "labels": [[b"good", b"fun"]],
    "classes": [[b"bad", b"fun", b"good"]],
    "probabilities": [[0.25, 0.5, 0.75]],
    "thresholds": [[0.5, 0.5, 0.25]],
}
POS = {
    "text": [b"hi, you"],
    "tokens": [[b"hi", b",", b"you", b""]],
    "tags": [[b"INTJ", b"PUNCT", b"PRON", b""]],
    "confidence": [[0.5, 0.25, 0.75, -1]],
    "starts": [[0, 2, 4, -1]],
    "ends": [[2, 3, 7, -1]],
}
NER = {
    **POS,
    "text": ["Lan  ở Huế\ufffd".encode()],
    "span_types": [[b"PER", b"LOC", b""]],
    "span_texts": [[b"Lan", "Huế".encode(), b""]],
    "span_starts": [[0, 7, -1]],
    "span_ends": [[3, 10, -1]],
    "span_confidence": [[0.5, 0.75, -1]],
}
TRANSLATION = {
    "translation": [b"a house"],
    "n_best": [[b"a house", b"the house", b""]],
    "scores": [[-0.5, -1.5, -np.inf]],
}
LEMMAS = {**POS, "lemmas": [[b"hi", b",", b"thou", b""]]}


class Predictor:
    """Gives the same outputs whatever it is asked."""

    def __init__(self, kind, outputs, **settings):
        self.kind, self.settings = kind, settings
        tensors = {name: tf.constant(value) for name, value in outputs.items()}
        self.signatures = {"serving_default": lambda text: tensors, "tokens": lambda text: tensors}


def only(kind, outputs, text="text", options=None, **settings):
    (result,) = answer(Predictor(kind, outputs, **settings), [text], options or {}, "run")
    return result


def test_classification():
    result = only("classification", LABEL)
    assert result == results.Classification("text", "good", {"bad": 0.25, "good": 0.75})
    assert as_line(result) == "good\t0.750\ttext"
    assert json.loads(as_json(result)) == {
        "text": "text",
        "label": "good",
        "probabilities": {"bad": 0.25, "good": 0.75},
    }


def test_several_labels():
    result = only("multilabel_classification", LABELS)
    probabilities = {"bad": 0.25, "fun": 0.5, "good": 0.75}
    thresholds = {"bad": 0.5, "fun": 0.5, "good": 0.25}
    labels = ("good", "fun")
    assert result == results.MultilabelClassification("text", labels, probabilities, thresholds)
    assert as_line(result) == "good|fun\t0.750|0.500\ttext"
    assert json.loads(as_json(result)) == {
        "text": "text",
        "labels": ["good", "fun"],
        "probabilities": probabilities,
        "thresholds": thresholds,
    }


def test_tags():
    result = only("tagging", POS)
    assert result.tags == ("INTJ", "PUNCT", "PRON") and result.spans is None
    assert as_line(result) == "hi/INTJ ,/PUNCT you/PRON"
    assert result.to_dict()["tokens"][1] == {
        "text": ",",
        "tag": "PUNCT",
        "start": 2,
        "end": 3,
        "confidence": 0.25,
    }
    assert "spans" not in result.to_dict()


def test_spans():
    result = only("tagging", NER)
    assert result.text == "Lan  ở Huế\ufffd"
    assert result.spans[1] == results.Span("LOC", "Huế", 7, 10, 0.75)
    assert as_line(result) == "[Lan PER]  ở [Huế LOC]\ufffd"
    colour = "\033[97;42m Lan \033[1mPER\033[0m  ở \033[97;41m Huế \033[1mLOC\033[0m\ufffd"
    assert as_line(result, True) == colour
    assert result.to_dict()["spans"][0]["type"] == "PER"


def test_lemmas():
    result = only("tagging", LEMMAS)
    assert result.lemmas == ("hi", ",", "thou")
    assert result.to_dict()["tokens"][2]["lemma"] == "thou"
    assert as_line(result) == "hi/hi ,/, you/thou"


def test_translation():
    result = only("translation", TRANSLATION, "ein Haus", {"n_best": 3}, n_best=3)
    assert result.translation == "a house" and result.scores == (-0.5, -1.5)
    assert as_line(result) == "ein Haus:\n-0.500\ta house\n-1.500\tthe house"
    assert as_line(only("translation", TRANSLATION, n_best=3)) == "a house"
    with pytest.raises(InputError, match="n_best: expected at most 3, the number of beams"):
        only("translation", TRANSLATION, options={"n_best": 4}, n_best=3)


def test_a_kind_of_another_package_is_given_as_it_is():
    result = only("forecast", {"next": [[1.5, 2.5]], "name": [b"a"]})
    assert result == results.Outputs("text", {"next": [1.5, 2.5], "name": "a"})
    assert json.loads(as_line(result)) == {"text": "text", "next": [1.5, 2.5], "name": "a"}


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("classification", {"n_best": 3}, "'n_best' does not apply .* It takes no options"),
        ("tagging", {"length": 3}, "'length' does not apply .* It takes tokens"),
        ("generation", {"tokens": True}, "'tokens' does not apply .* It takes length, temperature"),
        ("generation", {"seed": 99999999999}, "seed: expected 0 to 2,147,483,647, found"),
        ("generation", {"top_k": 99999999999}, "top_k: expected 0 to 2,147,483,647, found"),
        ("generation", {"top_p": 0}, "top_p: expected more than 0 and at most 1, found 0"),
        ("generation", {"temperature": -1}, "temperature: expected 0 to 1,000,000, found -1"),
        ("generation", {"length": 0}, "length: expected 1 to 10,000,000, found 0"),
        ("translation", {"n_best": 0}, "n_best: expected 1 to"),
    ],
)
def test_options_that_do_not_apply_or_mean_nothing(kind, options, message):
    with pytest.raises(InputError, match=message):
        answer(Predictor(kind, {}), [], options, "run")


def test_option_names():
    assert option_names("generation") == ["length", "temperature", "top_k", "top_p", "seed"]
    assert option_names("forecast") == []
