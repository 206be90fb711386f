"""The same words in another order: what a bag of words can know, and what a recurrence does."""

from collections import Counter, defaultdict

import pytest

from seqtasks.lab.problems.word_order_sentences import CONTRASTS, SHOWN
from seqtasks.lab.word_order import LINEAR, MODELS, WordOrderOptions, measure, split


@pytest.mark.parametrize("contrast", CONTRASTS[:2], ids=lambda c: c.name)
def test_every_bag_of_words_has_both_labels_equally_often(contrast):
    """So no function of the counts of words can be right more than half of the time."""
    bags = defaultdict(Counter)
    for text, label, _ in contrast.texts():
        bags[tuple(sorted(text.split()))][label] += 1
    assert all(counts[0] == counts[1] > 0 for counts in bags.values())


def test_each_single_word_of_the_third_contrast_tells_nothing():
    words = defaultdict(Counter)
    for text, label, _ in CONTRASTS[2].texts():
        for word in text.split():
            words[word][label] += 1
    assert all(counts[0] == counts[1] for counts in words.values())


@pytest.mark.parametrize("contrast", CONTRASTS, ids=lambda c: c.name)
def test_no_bag_of_words_is_on_both_sides_of_the_split(contrast):
    train, test = ({tuple(sorted(t.split())) for t, _ in rows} for rows in split(contrast))
    assert train and test and not train & test


@pytest.mark.slow
def test_a_recurrence_tells_apart_what_a_bag_of_words_cannot():
    rows = list(measure(WordOrderOptions()))
    named = {(r["text"], r["model"]): r["right"] for r in rows if r["text"] in SHOWN}
    assert all(named[text, MODELS[2]] for text in SHOWN)
    for model, contrast, expected in (
        (MODELS[2], CONTRASTS[0], 1.0),
        (MODELS[1], CONTRASTS[0], 0.5),
        (LINEAR, CONTRASTS[0], 0.5),
    ):
        found = [r["right"] for r in rows if (r["model"], r["contrast"]) == (model, contrast.name)]
        assert abs(sum(found) / len(found) - expected) < 0.05, model
