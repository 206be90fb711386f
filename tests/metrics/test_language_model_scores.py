"""Perplexity: the streaming metric against NumPy; both protocols over fake readers."""

import math
import unicodedata

import keras
import numpy as np
import pytest

from seqtasks.metrics import Perplexity, language_model_scores
from seqtasks.metrics import language_model as module


def test_the_metric_equals_numpy_over_batches():
    rng = np.random.default_rng(0)
    metric, total, weight = Perplexity(), 0.0, 0.0
    for rows, steps in ((2, 3), (5, 9)):
        logits, ids = rng.normal(size=(rows, steps, 7)), rng.integers(0, 7, (rows, steps))
        weights = rng.integers(0, 2, (rows, steps)).astype("float32")
        log = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        total -= (np.take_along_axis(log, ids[..., None], -1)[..., 0] * weights).sum()
        weight += weights.sum()
        metric.update_state(ids, logits, sample_weight=weights)
    assert float(metric.result()) == pytest.approx(math.exp(total / weight), rel=1e-5)
    copy = Perplexity.from_config(metric.get_config())
    assert copy.name == "perplexity" and isinstance(copy, keras.metrics.Metric)


class Recorder:
    """Gives every character a log-probability by its place, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, texts, before):
        self.asked += list(zip(before, texts, strict=True))
        counts = np.array([len(text) for text in texts])
        return -0.5 * counts, counts, np.array([text.count("?") for text in texts])


def test_streams_are_whole_documents_and_parts_know_what_is_before(monkeypatch):
    monkeypatch.setattr(module, "PART", 10)
    read = Recorder()
    pieces = [("abcdef", True), ("ghijklmn", False), ("xy?", True), ("z", True)]
    found = language_model_scores(read, pieces)
    expected = [("", "abcdefghij"), ("", "xy?"), ("", "z"), ("abcdefghij", "klmn")]
    assert sorted(read.asked) == expected
    assert found["tokens"] == 18 and found["unknown"] == 1
    assert found["perplexity"] == pytest.approx(math.exp(0.5))
    assert found["bits_per_character"] == pytest.approx(0.5 / math.log(2))


def test_parts_divide_no_word(monkeypatch):
    monkeypatch.setattr(module, "PART", 10)
    read = Recorder()
    language_model_scores(read, [("it is the end  of", True), (" all", False)])
    assert sorted(read.asked) == [
        ("", "it is the"),
        (" end  of", " all"),
        ("it is the", " end  of"),
    ]


def test_windows_are_those_of_nanogpt(monkeypatch):
    read = Recorder()
    text = "".join(chr(97 + i % 26) for i in range(2000))
    found = language_model_scores(read, [(text[:777], True), (text[777:], False)], window=256)
    expected = [(text[i], text[i + 1 : i + 257]) for i in range(0, 1999, 256)]
    assert sorted(read.asked) == sorted(expected)
    assert found["tokens"] == 1999


def test_characters_are_counted_after_normalization():
    text = unicodedata.normalize("NFD", "tiếng Việt")
    found = language_model_scores(Recorder(), [(text, True)])
    assert found["tokens"] == 10


def test_nothing_to_score():
    assert math.isnan(language_model_scores(Recorder(), [])["perplexity"])
