"""Folds and splits that are left unread, on streams, tables and parallel corpora."""

import itertools
from collections import Counter

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from seqtasks.data import (
    LabelledColumns,
    Partition,
    labelled_texts,
    open_for_scoring,
    open_pairs,
    open_pairs_for_scoring,
    open_splits,
    open_text_for_scoring,
    open_texts,
    summarize,
    tagged_sentences,
)
from seqtasks.data.streams import joined
from seqtasks.errors import InputError

ROWS = [(f"text {n}", "abc"[min(n % 5, 2)]) for n in range(103)]  # 21 a, 21 b, 61 c
FORMAT = labelled_texts()


def opened(data, **partition):
    return open_splits(Partition(data, **partition), FORMAT, sample={})


def folds_of(data, folds, **partition):
    return [opened(data, fold=n, folds=folds, **partition) for n in range(1, folds + 1)]


def write_table(path, rows):
    path.write_text("text\tlabel\n" + "".join("\t".join(row) + "\n" for row in rows))


class TestFolds:
    @pytest.mark.parametrize("folds", [2, 3, 5, 10])
    def test_every_row_is_tested_once_and_never_seen_before(self, folds):
        tested = []
        for splits in folds_of(ROWS, folds):
            parts = [[*stream] for stream in splits.by_name.values()]
            assert sorted(itertools.chain(*parts)) == sorted(ROWS)
            assert not set(parts[2]) & {*parts[0], *parts[1]} and not {*parts[0]} & {*parts[1]}
            tested += parts[2]
        assert sorted(tested) == sorted(ROWS)

    @pytest.mark.parametrize("folds", [2, 3, 7])
    def test_folds_are_as_even_as_those_of_scikit_learn(self, folds):
        labels = np.array([label for _, label in ROWS])
        cut = StratifiedKFold(folds).split(np.zeros(len(labels)), labels)
        theirs = [Counter(labels[test].tolist()) for _, test in cut]
        ours = [Counter(label for _, label in splits.test) for splits in folds_of(ROWS, folds)]
        for label in "abc":
            counts = [sorted(fold[label] for fold in side) for side in (ours, theirs)]
            assert counts[0] == counts[1]
        sizes = [fold.total() for fold in ours]
        assert max(sizes) - min(sizes) <= 1

    def test_validation_has_a_tenth_of_each_label(self):
        for splits in folds_of(ROWS, 4):
            counts = [Counter(label for _, label in s) for s in (splits.train, splits.validation)]
            for label in "abc":
                both = counts[0][label] + counts[1][label]
                assert counts[1][label] == max(1, round(both / 10))

    def test_copies_of_a_text_fall_into_one_fold(self):
        rows = [*ROWS, *ROWS[:30], *ROWS[:10] * 3]
        for splits in folds_of(rows, 5):
            seen = {text for stream in splits.held_out.values() for text, _ in stream}
            tested = {text for text, _ in splits.test}
            assert tested <= seen and not tested & {text for text, _ in splits.train}
        sizes = [sum(1 for _ in splits.test) for splits in folds_of(rows, 5)]
        assert sum(sizes) == len(rows) and max(sizes) - min(sizes) <= 4

    def test_copies_count_as_rows(self):
        """Of each label, and of all together."""
        rows = [("a", "x")] * 10 + [(f"a {n}", "x") for n in range(4)]
        rows += [(f"b {n}", "y") for n in range(20)]
        found = [Counter(label for _, label in s.test) for s in folds_of(rows, 5)]
        assert [fold["y"] for fold in found] == [4] * 5
        rows = [("a", "x")] * 10 + [("a 1", "x"), ("b", "y"), ("b 1", "y")]
        rows += [(f"c {n}", "z") for n in range(8)]
        sizes = sorted(sum(1 for _ in s.test) for s in folds_of(rows, 5))
        assert sizes == [2, 2, 3, 3, 11]

    def test_the_same_folds_whatever_the_order(self):
        first, second = folds_of(ROWS, 5), folds_of(ROWS[::-1], 5)
        for one, other in zip(first, second, strict=True):
            assert sorted(one.test) == sorted(other.test)

    def test_all_splits_of_a_corpus_are_divided(self):
        data = {"train": ROWS[:60], "dev": ROWS[60:80], "test": ROWS[80:]}
        found = folds_of(data, 3)
        assert sorted(itertools.chain(*(s.test for s in found))) == sorted(ROWS)
        assert any("the rows of train and validation and test" in n for n in found[0].notes)

    def test_without_test_its_rows_are_in_no_fold(self):
        data = {"train": ROWS[:60], "dev": ROWS[60:80], "test": ROWS[80:]}
        rows = [row for s in folds_of(data, 3, test=False) for row in s.test]
        assert sorted(rows) == sorted(ROWS[:80])
        cut = [*open_splits(ROWS, FORMAT, sample={}).test]
        rows = [row for s in folds_of(ROWS, 3, test=False) for row in s.test]
        assert sorted([*rows, *cut]) == sorted(ROWS)

    def test_the_checksum_of_all_rows_is_that_of_every_fold(self):
        whole = summarize(
            open_splits({"train": ROWS, "dev": ROWS, "test": ROWS}, FORMAT, sample={}).train
        ).checksum
        for splits in folds_of(ROWS, 3):
            parts = [summarize(stream).checksum for stream in splits.by_name.values()]
            assert sum(parts) % 2**64 == whole
        other = [*ROWS[:-1], ("text 102", "a")]
        assert summarize(opened(other, fold=1, folds=3).train).checksum != whole

    def test_sentences_have_no_labels_and_are_divided_by_text(self):
        rows = [(["a", str(n)], ["X", "Y"]) for n in range(20)]
        format = tagged_sentences()
        found = [
            open_splits(Partition(rows, fold=n, folds=4), format, sample={}) for n in range(1, 5)
        ]
        assert sorted(row for s in found for row in s.test) == sorted(
            (f"a {n}", "X Y") for n in range(20)
        )
        assert all(sum(1 for _ in s.test) == 5 for s in found)
        assert all(sum(1 for _ in s.validation) == 2 for s in found)

    def test_all_test_sets_of_a_parallel_corpus_are_divided(self, tmp_path):
        for name, start, count in (("train", 0, 30), ("test_a", 30, 5), ("test_b", 35, 5)):
            for side in ("en", "vi"):
                lines = (f"{side} {n}\n" for n in range(start, start + count))
                (tmp_path / f"{name}.{side}").write_text("".join(lines))
        found = [
            open_pairs(Partition(str(tmp_path), fold=n, folds=4), "en", "vi", sample={})
            for n in range(1, 5)
        ]
        assert [*found[0].tests] == ["test"]
        pairs = sorted(row for one in found for row in one.tests["test"])
        assert pairs == sorted((f"en {n}", f"vi {n}") for n in range(40))

    @pytest.mark.parametrize(
        ("rows", "folds", "message"),
        [
            (ROWS[:4], 5, r"--folds 5: expected at least 5 different texts.*found 4 in train rows"),
            ([*ROWS, ("only", "d")], 3, "the label 'd' has one text alone"),
            ([("a", "x"), ("b", "x"), ("c", "y"), ("d", "y")], 2, "too few different rows"),
        ],
    )
    def test_what_cannot_be_divided(self, rows, folds, message):
        with pytest.raises(InputError, match=message):
            opened(rows, fold=1, folds=folds)

    def test_running_text_has_no_folds(self):
        with pytest.raises(InputError, match=r"running text\. Repeat the training with --seeds"):
            open_texts(Partition(["some text"] * 200, fold=1, folds=2), sample={})


class TestLeftUnread:
    @pytest.mark.parametrize("name", ["test.tsv", "test.jsonl", "test.parquet"])
    def test_the_file_is_not_opened(self, tmp_path, name):
        write_table(tmp_path / "train.tsv", ROWS)
        (tmp_path / name).write_bytes(b"")  # opening it raises
        splits = opened(str(tmp_path), test=False)
        assert splits.test is None and splits.scored is splits.validation
        assert len([*splits.train, *splits.validation]) == len(ROWS)
        assert any("left unread" in note for note in splits.notes)
        with pytest.raises(InputError):
            list(opened(str(tmp_path)).test)

    def test_test_sets_of_a_parallel_corpus_are_not_opened(self, tmp_path):
        for name in ("train", "dev"):
            for side in ("en", "vi"):
                (tmp_path / f"{name}.{side}").write_text(f"{side}\n" * 5)
        for side in ("en", "vi"):
            (tmp_path / f"test_2016.{side}").write_bytes(b"\xff")
        pairs = open_pairs(Partition(str(tmp_path), test=False), "en", "vi", sample={})
        assert [*pairs.tests] == ["validation"] and pairs.splits.test is None

    def test_what_is_cut_stays_unseen(self):
        """And is what a run without --no-test is scored on."""
        usual, searching = open_splits(ROWS, FORMAT, sample={}), opened(ROWS, test=False)
        assert [*usual.train] == [*searching.train]
        assert [*usual.validation] == [*searching.validation]
        later = open_for_scoring(Partition(ROWS), FORMAT, sample={})
        assert [*later] == [*usual.test]

    def test_documents(self):
        documents = [f"document {n}" for n in range(200)]
        usual = open_texts(documents, sample={})
        searching = open_texts(Partition(documents, test=False), sample={})
        assert [*usual.train] == [*searching.train] and searching.test is None
        later = open_text_for_scoring(Partition(documents), sample={})
        assert [*later] == [*usual.test]
        short = open_texts(Partition({"train": ["a"], "test": ["b"]}, test=False), sample={})
        assert short.test is None and any("left unread" in note for note in short.notes)

    def test_pairs_of_the_corpus_of_training(self):
        pairs = [(f"a {n}", f"b {n}") for n in range(200)]
        usual = open_pairs(pairs, "en", "vi", sample={})
        later = open_pairs_for_scoring(Partition(pairs), "en", "vi", sample={})
        assert [*later["test"]] == [*usual.tests["test"]]


def test_a_folder_called_sample_is_not_the_sample(tmp_path, monkeypatch):
    (tmp_path / "sample").mkdir()
    monkeypatch.chdir(tmp_path)
    stream = open_splits({"train": ROWS}, FORMAT, sample={}).train
    found = open_splits("sample", FORMAT, sample={"train": stream})
    assert len([*found.train]) < len(ROWS)


def test_shards_of_shards_know_their_places(tmp_path):
    format, parts = labelled_texts(LabelledColumns()), []
    for number in range(4):
        path = tmp_path / f"part-{number}.tsv"
        write_table(path, [(f"text {number}", "a")] * 2)
        parts.append(format.read(path))
    rows = joined([joined(parts[:3]), parts[3]])
    places = [rows.where(line) for line, _ in rows.read()]
    assert places == [f"{part.origin}, line {line}" for part in parts for line in (2, 3)]
