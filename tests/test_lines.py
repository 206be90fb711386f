"""Predictions as lines: hand-made outputs, hand-written lines."""

import numpy as np
import pytest

from seqtasks.lines import lines_of

LABEL = {
    "label": b"good",
    "classes": np.array([b"bad", b"good"]),
    "probabilities": np.array([0.25, 0.75]),
}
POS = {
    "text": b"hi, you",
    "tokens": np.array([b"hi", b",", b"you", b""]),
    "tags": np.array([b"INTJ", b"PUNCT", b"PRON", b""]),
    "confidence": np.array([0.5, 0.25, 0.75, -1]),
    "starts": np.array([0, 2, 4, -1]),
    "ends": np.array([2, 3, 7, -1]),
}
NER = {
    **POS,
    "text": "Lan  ở Huế\ufffd".encode(),
    "span_types": np.array([b"PER", b"LOC", b""]),
    "span_texts": np.array([b"Lan", "Huế".encode(), b""]),
    "span_starts": np.array([0, 7, -1]),
    "span_ends": np.array([3, 10, -1]),
    "span_confidence": np.array([0.5, 0.75, -1]),
}


@pytest.mark.parametrize(
    ("output", "plain", "colour"),
    [
        (LABEL, "good\t0.750\ttext", "good\t0.750\ttext"),
        (POS, "hi/INTJ ,/PUNCT you/PRON", None),
        (
            NER,
            "[Lan PER]  ở [Huế LOC]\ufffd",
            "\033[97;42m Lan \033[1mPER\033[0m  ở \033[97;41m Huế \033[1mLOC\033[0m\ufffd",
        ),
    ],
)
def test_lines(output, plain, colour):
    lines = lines_of(output)
    assert lines.plain("text", output, False) == plain
    if colour:
        assert lines.plain("text", output, True) == colour


def test_content():
    assert lines_of(LABEL).content("t", LABEL) == {
        "text": "t",
        "label": "good",
        "probabilities": {"bad": 0.25, "good": 0.75},
    }
    content = lines_of(NER).content("t", NER)
    assert content["text"] == "Lan  ở Huế\ufffd"
    assert content["tokens"][1] == {
        "text": ",",
        "tag": "PUNCT",
        "start": 2,
        "end": 3,
        "confidence": 0.25,
    }
    assert content["spans"][1] == {
        "type": "LOC",
        "text": "Huế",
        "start": 7,
        "end": 10,
        "confidence": 0.75,
    }
    assert "spans" not in lines_of(POS).content("t", POS)


def test_an_unknown_kind():
    with pytest.raises(ValueError, match="Expected an output out of label, tags"):
        lines_of({"other": 1})
