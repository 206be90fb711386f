"""From a spec to splits: names of files, and what is said when they tell nothing."""

import pytest

from seqtasks.data import (
    LabelledColumns,
    Stream,
    find_splits,
    labelled_texts,
    open_for_scoring,
    open_splits,
    open_streams,
    tagged_sentences,
)
from seqtasks.errors import InputError


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["train.tsv", "dev.tsv", "test.tsv"], ["train.tsv", "dev.tsv", "test.tsv"]),
        (["sst.train.csv", "sst.valid.csv.gz", "README.md"], ["sst.train.csv", "sst.valid.csv.gz"]),
        (["TRAIN.TSV", "Validation.tsv"], ["TRAIN.TSV", "Validation.tsv"]),
        (["en_train.tsv", "en-val.tsv", "test_2016.csv"], 3),
        (["mytrain.tsv", "mydev.tsv", "mytest.tsv"], 3),
        (["training.tsv", "development.tsv", "testing.tsv"], 3),
        (["train.tsv", "latest.tsv", "test.tsv"], ["train.tsv", None, "test.tsv"]),
        (["train.tsv", "retrained.tsv"], ["train.tsv"]),  # a word of its own wins
        (["reviews.tsv.gz"], ["reviews.tsv.gz"]),
        (["train.tsv", "train.txt", "train.tsv.zip"], ["train.tsv"]),
    ],
)
def test_file_names_say_their_split(tmp_path, names, expected):
    for name in names:
        (tmp_path / name).touch()
    expected = names[:expected] if isinstance(expected, int) else expected
    pairs = zip(("train", "validation", "test"), expected, strict=False)
    assert find_splits(tmp_path) == {split: (tmp_path / name,) for split, name in pairs if name}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "found none"),
        (["notes.txt"], "found none"),
        (["a.tsv", "b.csv"], "found a.tsv, b.csv"),
        (["train.tsv", "train.csv"], "2 files could be the train split: train.csv, train.tsv"),
        (["train.tsv", "dev.tsv", "valid.tsv"], "2 files could be the validation split"),
        (["train.tsv", "test_2016.tsv", "test_2017.tsv"], "2 files could be the test split"),
    ],
)
def test_names_that_tell_too_little_or_too_much(tmp_path, names, message):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=message) as error:
        find_splits(tmp_path)
    assert str(error.value).startswith(str(tmp_path))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["eng.train", "eng.testa", "eng.testb"], 3),
        (["wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated"], 3),
        (
            ["fr-ud-train.conllu", "fr-ud-dev.conllu.gz", "fr-ud-test.conllu", "fr-ud-train.txt"],
            3,
        ),
        (["train.txt", "valid.txt", "test.txt", "README.md", "LICENSE.txt"], 3),
        (["all.iob.gz", "README.md"], 1),
    ],
)
def test_the_first_group_of_endings_that_has_a_split_gives_it(tmp_path, names, expected):
    for name in names:
        (tmp_path / name).touch()
    splits = ("train", "validation", "test")
    found = find_splits(tmp_path, tagged_sentences().suffixes)
    assert found == {
        split: (tmp_path / name,) for split, name in zip(splits, names[:expected], strict=False)
    }


TABLE = "label\tsentence\ttext\n" + "".join(f"{i % 2}\ts{i}\tt{i}\n" for i in range(200))


def test_a_folder_a_file_and_fields(tmp_path):
    (tmp_path / "train.tsv").write_text(TABLE)
    (tmp_path / "dev.csv").write_text("text,label\na,0\n")
    splits = open_splits(str(tmp_path), labelled_texts(), sample={})
    assert list(splits.validation) == [("a", "0")]
    assert len(list(splits.train)) + len(list(splits.test)) == 200
    assert splits.notes[:2] == (
        f"train: {tmp_path / 'train.tsv'}",
        f"validation: {tmp_path / 'dev.csv'}",
    )
    single = open_splits(
        str(tmp_path / "train.tsv"), labelled_texts(LabelledColumns("sentence", "")), sample={}
    )
    rows = [*single.train, *single.validation, *single.test]
    assert sorted(rows) == sorted((f"s{i}", str(i % 2)) for i in range(200))


def test_the_sample_is_what_is_given():
    sample = {"train": [("a", "x")], "validation": [("b", "x")], "test": [("c", "y")]}
    streams = {
        name: Stream(name, lambda rows=rows: enumerate(rows, start=1))
        for name, rows in sample.items()
    }
    splits = open_splits("sample", labelled_texts(), sample=streams)
    assert {name: list(getattr(splits, name)) for name in sample} == sample


@pytest.mark.parametrize("spec", ["no/such/place", "Sample", "missing.tsv"])
def test_a_place_that_is_not_there(spec):
    with pytest.raises(InputError, match=f"^{spec}: no such file or folder. Expected 'sample'"):
        open_splits(spec, labelled_texts(), sample={})


def test_a_file_that_is_no_table(tmp_path):
    (tmp_path / "train.txt").write_text("a\tb\n")
    with pytest.raises(InputError, match="expected a file ending in one of"):
        open_splits(str(tmp_path / "train.txt"), labelled_texts(), sample={})


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("sst2", (6920, 872, 1821)),
        ("uit_vsfc", (11426, 1583, 3166)),
        ("trec", (5452, None, 500)),  # its validation rows are cut from train
        ("mr", (10662, None, None)),
    ],
)
def test_real_folders_open_with_the_rows_their_readme_counts(shared_data, name, sizes):
    splits = open_splits(str(shared_data / name), labelled_texts(), sample={})
    train, validation, test = (
        sum(1 for _ in rows) for rows in (splits.train, splits.validation, splits.test)
    )
    cut = (validation if sizes[1] is None else 0) + (test if sizes[2] is None else 0)
    assert train + cut == sizes[0]
    assert sizes[1] in (None, validation)
    assert sizes[2] in (None, test)
    assert len([note for note in splits.notes if "cut out" in note]) == sizes.count(None)


def test_a_test_split_alone_can_be_scored_but_not_learned_from(tmp_path):
    (tmp_path / "test.tsv").write_text(TABLE)
    format = labelled_texts(LabelledColumns("sentence", ""))
    rows = [("good", "x"), ("bad", "y")]
    assert len([*open_for_scoring(tmp_path, format, sample={})]) == len(TABLE.splitlines()) - 1
    assert [*open_for_scoring({"test": rows}, labelled_texts(), sample={})] == rows
    for spec, found in ((tmp_path, "test: .*test.tsv"), ({"test": rows}, "test: test rows")):
        with pytest.raises(InputError, match=f"a train split to learn from, found {found}"):
            open_splits(spec, labelled_texts(), sample={})


def test_shards_are_read_one_after_the_other_and_name_their_own_lines(tmp_path):
    for number, label in ((0, "x"), (1, "y"), (2, "")):
        name = f"train-0000{number}-of-00003.tsv"
        (tmp_path / name).write_text(f"text\tlabel\na{number}\tx\nb{number}\t{label}\n")
    streams, notes = open_streams(tmp_path, labelled_texts(), sample={})
    found = []
    with pytest.raises(InputError, match=r"train-00002-of-00003.tsv, line 3: the column 'label'"):
        found.extend(streams["train"].read())
    assert [row for _, row in found][:4] == [("a0", "x"), ("b0", "x"), ("a1", "x"), ("b1", "y")]
    assert streams["train"].where(found[3][0]) == f"{tmp_path}/train-00001-of-00003.tsv, line 3"
    assert notes == (f"train: {tmp_path}/train-00000-of-00003.tsv ... (3 files)",)


@pytest.mark.parametrize("splits", [["train", "test"], [None]])
def test_folders_are_classes(tmp_path, splits):
    for split in splits:
        for label, texts in {"vui": ["phim hay", "hay\nlắm\n"], "buồn": ["dở"]}.items():
            folder = tmp_path / (split or "") / label
            folder.mkdir(parents=True)
            for number, text in enumerate(texts):
                (folder / f"{number}.txt").write_text(text, "utf-8")
    streams, _ = open_streams(tmp_path, labelled_texts(), sample={})
    assert sorted(streams) == sorted(split or "train" for split in splits)
    rows = [("phim hay", "vui"), ("dở", "buồn"), ("hay\nlắm", "vui")]
    assert all(sorted(stream) == sorted(rows) for stream in streams.values())
