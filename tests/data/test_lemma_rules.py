"""Lemmas as edit rules: each tag makes its lemma, whatever second layer stands before it."""

import pytest

from seqtasks.data import Splits, Stream, lemma_rules, split_tag
from seqtasks.errors import InputError
from seqtasks.text import apply_rule

ROWS = [
    ("The cats were here", "the cat be here"),
    ("Anna left the left door", "Anna leave the left door"),
    ("a|=b :* keep:*", "a|=b :* keep:x"),
]
UPOS = ["DET NOUN AUX ADV", "PROPN VERB DET ADJ NOUN", "X| =X lower:*"]


def splits_of(rows, held_out=None):
    def stream(name, rows):
        return Stream(name, lambda: iter(enumerate(rows, start=1)))

    held_out = rows if held_out is None else held_out
    return Splits(stream("train", rows), stream("dev", held_out), stream("test", held_out))


@pytest.mark.parametrize("second", [False, True])
def test_every_rule_makes_its_lemma(second):
    rows = [(*row, tags) if second else row for row, tags in zip(ROWS, UPOS, strict=True)]
    tagged = lemma_rules(splits_of(rows))
    for row, (tokens, joined) in zip(rows, tagged.splits.train, strict=True):
        assert tokens == row[0]
        pairs = [split_tag(tag) for tag in joined.split(" ")]
        made = [apply_rule(f, rule) for f, (_, rule) in zip(tokens.split(), pairs, strict=True)]
        assert made == row[1].split()
        assert [tag for tag, _ in pairs] == (row[2].split() if second else [None] * len(made))
    assert set(tagged.tags) == {t for _, tags in tagged.splits.train for t in tags.split(" ")}
    assert [*tagged.references.test] == rows


def test_notes_say_how_many_tokens_need_other_rules():
    tagged = lemma_rules(splits_of(ROWS, [("The mice ran", "the mouse run")]))
    assert "test: 66.7% of the tokens need rules that training lacks" in tagged.splits.notes


def test_rare_rules_are_left_out(monkeypatch):
    monkeypatch.setattr("seqtasks.data.lemmas.MAX_LABELS", 3)
    tagged = lemma_rules(splits_of(ROWS))
    assert len(tagged.tags) == 3 and tagged.tags[0] == "lower:*"
    assert any("beyond the 3 most frequent" in note for note in tagged.splits.notes)


def test_lemmas_of_one_rule_are_refused():
    with pytest.raises(InputError, match="2 to 1000 different edit rules, found 1"):
        lemma_rules(splits_of([("a b", "a b")]))
