"""A sample of `benchmarks/fuzz.py`: strings of every kind, alone, in batches, through HTTP."""

import random
import sys
from pathlib import Path

import pytest
import tensorflow as tf

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
MODELS = ("sentiment", "ner", "generation", "translation")


@pytest.fixture(scope="module")
def fuzz():
    """The benchmark, as a module."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import fuzz

        yield fuzz
    finally:
        sys.path.remove(str(BENCHMARKS))


def test_strings_are_of_every_kind(fuzz):
    texts = [*fuzz.strings(random.Random(1), 4000)]
    assert (
        texts == [*fuzz.strings(random.Random(1), 4000)] != [*fuzz.strings(random.Random(2), 4000)]
    )
    broken = [text for text in texts if text.decode(errors="ignore").encode() != text]
    assert len(broken) > 400 and b"" in texts
    assert sum(len(text.decode(errors="replace")) == 10_000 for text in texts) == 4
    whole = b"".join(texts).decode(errors="replace")
    for character in "\x00\x1b\u200d\u202e\u0301👩אع漢\U0010ffff":
        assert character in whole


def test_what_differs_is_found(fuzz):
    row = {"label": ["a"], "probabilities": [0.5, 0.25]}
    assert fuzz.difference(row, row) is None
    assert fuzz.difference(row, {**row, "probabilities": [0.5, 0.2501]}) == "probabilities"
    assert fuzz.difference(row, {**row, "probabilities": [0.5]}) == "probabilities"
    assert fuzz.difference(row, {**row, "label": ["b"]}) is None  # numbers agree: a tie
    assert fuzz.difference({"text": ["a"]}, {"text": ["b"]}) == "text"
    assert fuzz.infinite({"x": [0.5, float("nan")]}) and not fuzz.infinite(row)
    padded = {"tags": [[b"O", b"O", b""]], "confidence": [[0.5, 0.25, -1.0]]}
    assert fuzz.rows_of(padded, 1) == [{"tags": ["O", "O"], "confidence": [0.5, 0.25]}]


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_a_sample_of_strings(fuzz, runs, model):
    chance = random.Random(7)
    texts = [*fuzz.strings(chance, 1200)]
    loaded = tf.saved_model.load(runs[model] / "saved_model")
    assert fuzz.directly(loaded.signatures["serving_default"], texts, 0.15, chance) == []


@pytest.mark.slow
def test_a_sample_through_http(fuzz, runs):
    from server_process import served

    with served({name: runs[name] for name in MODELS}) as port:
        for name in MODELS:
            chance = random.Random(8)
            texts = [*fuzz.strings(chance, 300)]
            loaded = tf.saved_model.load(runs[name] / "saved_model")
            model = loaded.signatures["serving_default"]
            assert fuzz.through_http(model, port, name, texts, chance) == []
