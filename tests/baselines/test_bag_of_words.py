"""The bag of words learns what it should, from a bounded sample, and never gives up."""

import importlib

import pytest

# The function of the same name hides the module in its package.
baselines = importlib.import_module("seqtasks.baselines.bag_of_words")

COLOURS = [(f"màu {colour} số {i}", colour) for i in range(150) for colour in ("đỏ", "x", "y")]


def test_learns_words_in_any_script_and_of_one_letter():
    predict, share = baselines.bag_of_words(iter(COLOURS))
    assert share == 1.0
    assert predict(["đỏ lắm", "rất X", "y"]) == ["đỏ", "x", "y"]


def test_learns_word_pairs():
    """Every single word is as frequent in both classes; only neighbours tell them apart."""
    texts = [("not good but bad", "no"), ("not bad but good", "yes")] * 20
    predict, _ = baselines.bag_of_words(texts)
    assert predict(["not good but bad", "not bad but good"]) == ["no", "yes"]


def test_learns_several_labels():
    rows = [("red car", {"red", "car"}), ("red house", ["red"]), ("a car", ["car"]), ("no", [])]
    predict, share = baselines.bag_of_words_labels(row for row in rows * 20)
    assert share == 1.0
    found = predict(["red car", "house red", "the car", "no no"])
    assert [sorted(labels) for labels in found] == [["car", "red"], ["red"], ["car"], []]


@pytest.mark.filterwarnings("error")
def test_labels_that_every_text_has():
    predict, _ = baselines.bag_of_words_labels([("a b", ["x", "y"]), ("b c", ["x"])] * 3)
    assert [sorted(labels) for labels in predict(["a b", "c"])] == [["x", "y"], ["x"]]
    predict, _ = baselines.bag_of_words_labels([("!", ["x", "y"]), ("?", ["x"]), ("-", [])])
    assert predict(["a"]) == [["x"]]


@pytest.mark.parametrize("seed", range(3))
def test_a_long_corpus_is_sampled_from_end_to_end(monkeypatch, seed):
    monkeypatch.setattr(baselines, "MAX_CHARACTERS", 2000)
    rows = [("đầu tiên", "first")] * 1000 + [("sau cùng", "last")] * 1000  # 16,000 characters
    predict, share = baselines.bag_of_words(iter(rows), seed=seed)
    assert 0.25 * 2000 / 16_000 <= share <= 2000 / 16_000
    assert predict(["đầu", "cùng"]) == ["first", "last"]
    assert baselines.bag_of_words(iter(rows), seed=seed)[1] == share


def test_the_sample_is_even_over_the_corpus(monkeypatch):
    """Early rows survive many halvings, late ones few draws: both must end up equally likely."""
    monkeypatch.setattr(baselines, "MAX_CHARACTERS", 1000)
    rows = [(f"{i:010}", "x") for i in range(2000)]
    places = []
    for seed in range(100):
        kept, share = baselines._sample(iter(rows), baselines.random.Random(seed))
        assert len(kept) == round(share * 2000) <= 100
        places += [int(text) for text, _ in kept]
    for quarter in range(4):
        part = sum(quarter * 500 <= place < (quarter + 1) * 500 for place in places)
        assert part / len(places) == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize(
    ("labels", "most"), [("abb", "b"), ("bba", "b"), ("ab", "a"), ("ba", "a"), ("cc", "c")]
)
def test_texts_without_words_fall_back_to_the_most_frequent_label(labels, most):
    predict, share = baselines.bag_of_words([("!? …", label) for label in labels])
    assert predict(["a word", "👍"]) == [most, most]
    assert share == 1.0


def test_one_long_text_is_kept_whole(monkeypatch):
    monkeypatch.setattr(baselines, "MAX_CHARACTERS", 10)
    kept, share = baselines._sample([("x" * 50, "a")], baselines.random.Random(0))
    assert (kept, share) == ([("x" * 50, "a")], 1.0)
