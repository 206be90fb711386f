"""Rows in memory: each way to hold them, and what is said of rows that cannot be read."""

import math
from collections import UserDict, namedtuple
from pathlib import Path

import numpy as np
import pytest
from frames import ClassLabel, DatasetLike, PandasLike, PolarsLike, Sequence, Translation

from seqtasks.data import (
    LabelledColumns,
    labelled_texts,
    open_pairs,
    open_splits,
    open_streams,
    open_texts,
    tagged_sentences,
)
from seqtasks.errors import InputError

TEXTS = ["phim hay", "so, so", ""]
LABELS = ["positive", "negative", "negative"]
ROWS = list(zip(TEXTS, LABELS, strict=True))
STARS = ClassLabel(["negative", "positive"])
NUMBERS = [1, 0, 0]
Example = namedtuple("Example", "text label")


def opened(data, format=None):
    streams, notes = open_streams(data, format or labelled_texts(), sample={})
    return {split: list(stream) for split, stream in streams.items()}, notes


class Again:
    """Rows that begin anew each time they are asked for."""

    def __iter__(self):
        return iter(ROWS)


@pytest.mark.parametrize(
    "data",
    [
        ROWS,
        tuple(ROWS),
        [list(row) for row in ROWS],
        [Example(*row) for row in ROWS],
        [{"id": 1, "label": label, "text": text} for text, label in ROWS],
        [UserDict(sentiment=label, review=text) for text, label in ROWS],  # other usual names
        Again(),
        np.array(ROWS),
        [np.array(row, object) for row in ROWS],
        PandasLike([("id", [1, 2, 3]), ("label", LABELS), ("text", TEXTS)]),
        PolarsLike([("id", [1, 2, 3]), ("label", LABELS), ("text", TEXTS)]),
        DatasetLike(
            {"stars": STARS, "sentence": None},
            [{"stars": n, "sentence": t} for n, t in zip(NUMBERS, TEXTS, strict=True)],
        ),
    ],
    ids=lambda data: type(data).__name__,
)
def test_one_corpus_in_many_forms(data):
    rows, notes = opened(data)
    assert rows == {"train": ROWS}
    assert [note for note in notes if "chooses another" not in note] == []
    streams, _ = open_streams(data, labelled_texts(), sample={})
    stream = streams["train"]
    assert list(stream) == list(stream)
    assert [number for number, _ in stream.read()] == [1, 2, 3]
    assert stream.where(3) == "train rows, row 3"


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([1, 0, 2], ["1", "0", "2"]),
        ([True, False, True], ["True", "False", "True"]),
        (np.array([1, 0, 2]), ["1", "0", "2"]),
        ([np.int8(1), 0, np.uint64(2)], ["1", "0", "2"]),
        ([1.0, 0.0, 2.0], ["1", "0", "2"]),  # a column of pandas that had a gap
        ([np.str_("a"), "b", np.str_("c")], ["a", "b", "c"]),
        ([np.bool_(True), False, True], ["True", "False", "True"]),
    ],
)
def test_labels_become_strings(labels, expected):
    rows, _ = opened(list(zip("abc", labels, strict=True)))
    assert [label for _, label in rows["train"]] == expected
    assert all(type(label) is str for _, label in rows["train"])


def test_columns_are_chosen_by_name():
    rows = [{"text": "a", "body": "b", "label": "c", "topic": "d"}]
    for data in (rows, PandasLike([(key, [value]) for key, value in rows[0].items()])):
        assert opened(data, labelled_texts(LabelledColumns("body", "topic")))[0]["train"] == [
            ("b", "d")
        ]


@pytest.mark.parametrize("name", ["validation", "val", "dev", "valid"])
def test_splits_by_name(name):
    found, notes = opened({"train": ROWS, name: Again(), "test": [ROWS[1]]})
    assert found == {"train": ROWS, "validation": ROWS, "test": [ROWS[1]]}
    assert notes == ()
    many = [(f"text {n}", "ab"[n % 2]) for n in range(300)]
    splits = open_splits({"train": many, "dev": ROWS}, labelled_texts(), sample={})
    assert list(splits.validation) == ROWS
    assert sorted([*splits.train, *splits.test]) == sorted(many)


def test_unlabelled_and_unknown_splits_of_data_sets_are_left_out_with_a_note():
    features = {"text": None, "label": STARS}
    labelled = DatasetLike(features, [{"text": "a", "label": 1}])
    data = {
        "train": labelled,
        "test": DatasetLike(features, [{"text": "a", "label": -1}]),
        "unsupervised": labelled,
    }
    found, notes = opened(data)
    assert found == {"train": [("a", "positive")]}
    assert notes == ("splits left out: 'unsupervised'", "test rows have no labels: left out")


SENTENCES = [("Lan ở_Huế .", "B-PER O O"), ("a", "O")]
BIO = Sequence(ClassLabel(["O", "B-PER"]))


@pytest.mark.parametrize(
    "data",
    [
        [(["Lan", "ở Huế", "."], ["B-PER", "O", "O"]), ([], []), (("a",), ("O",))],
        [("Lan ở_Huế .", "B-PER O O"), ("a", "O")],
        [(np.array(["Lan", "ở\tHuế", "."]), "B-PER  O O"), ("a", np.array(["O"]))],
        [
            {"words": ["Lan", "ở\u00a0Huế", "."], "ner_tags": ["B-PER", "O", "O"]},
            {"words": ["a"], "ner_tags": ["O"]},
        ],
        DatasetLike(
            {"id": None, "tokens": Sequence(None), "ner_tags": BIO},
            [
                {"id": 0, "tokens": ["Lan", "ở Huế", "."], "ner_tags": [1, 0, 0]},
                {"id": 1, "tokens": ["a"], "ner_tags": [0]},
            ],
        ),
        DatasetLike(
            {"tokens": [None], "chunks": [BIO.feature]},  # a list of one feature, found by it
            [
                {"tokens": ["Lan", "ở Huế", "."], "chunks": [1, 0, 0]},
                {"tokens": ["a"], "chunks": [0]},
            ],
        ),
    ],
)
def test_tagged_sentences(data):
    assert opened(data, tagged_sentences(names=("ner", "ner_tags")))[0] == {"train": SENTENCES}


def test_columns_of_tuples_by_number():
    rows = [("x", ["Lan", "."], ["N", "P"], ["B", "O"])]
    format = tagged_sentences(layer="-1", tokens="2")
    assert opened(rows, format)[0]["train"] == [("Lan .", "B O")]
    with pytest.raises(InputError, match=r"row 1: has only 4 values"):
        opened(rows, tagged_sentences(layer="5", tokens="2"))


@pytest.mark.parametrize(
    "data",
    [
        [("hai", "two"), ("ba", "three")],
        [{"en": "two", "vi": "hai"}, {"en": "three", "vi": "ba"}],
        [{"translation": {"en": "two", "vi": "hai"}}, {"translation": {"en": "three", "vi": "ba"}}],
        DatasetLike(
            {"id": None, "translation": Translation(["en", "vi"])},
            [
                {"id": 0, "translation": {"en": "two", "vi": "hai"}},
                {"id": 1, "translation": {"en": "three", "vi": "ba"}},
            ],
        ),
    ],
)
def test_pairs(data):
    pairs = open_pairs({"train": data, "dev": data, "test": data}, "vi", "en", sample={})
    assert list(pairs.splits.train) == [("hai", "two"), ("ba", "three")]
    assert list(pairs.tests) == ["test"]
    with pytest.raises(InputError, match=r"--target \(target= in Python\)"):
        open_pairs([{"vi": "a", "fr": "b"}], "vi", "en", sample={})


@pytest.mark.parametrize(
    "data",
    [
        {"train": ["một\r\nhai", "", "ba"], "validation": ["bốn"]},
        {"train": [("một\r\nhai",), ("",), ("ba",)], "val": [{"text": "bốn"}]},
        {"train": PandasLike([("text", ["một\r\nhai", "", "ba"])]), "dev": ["bốn"]},
    ],
)
def test_documents(data):
    splits = open_texts(data, sample={})
    assert list(splits.train) == [("một\nhai", "begins"), ("ba", "begins")]
    assert list(splits.validation) == [("bốn", "begins")]


def test_a_long_document_comes_in_pieces():
    text = "một hai ba\r\n" * 20_000
    stream = open_texts({"train": [text, "b"], "dev": ["c"]}, sample={}).train
    pieces = list(stream)
    assert max(len(piece) for piece, _ in pieces) < 70_000
    marks = [mark for _, mark in pieces]
    assert marks == ["begins", *["goes on"] * (len(pieces) - 2), "begins"]
    assert "".join(piece for piece, _ in pieces[:-1]) == text.replace("\r\n", "\n")


OF_TEXTS = {
    "nothing": ([], "^train rows: there are none. Expected at least one tuple"),
    "no validation": ({"train": ROWS, "dev": []}, "^validation rows: there are none"),
    "once": ((row for row in ROWS), "which can be read once. Give list"),
    "once in a split": ({"train": ROWS, "test": iter(ROWS)}, "^test rows: .*read once"),
    "a name": ({"train": "train.tsv"}, "^train rows: .*found the str 'train.tsv'"),
    "bytes": (b"train.tsv", "found the bytes"),
    "a number": (7, "^train rows: expected rows.*found the int 7"),
    "an object": (object(), "found an object of type object"),
    "a set": ({("a", "b")}, "found the set"),
    "columns": ({"text": TEXTS, "label": LABELS}, r"found 'text', 'label'.*zip\(\*data"),
    "an unknown split": ({"train": ROWS, "holdout": ROWS}, "found 'holdout'"),
    "two of one": ({"train": ROWS, "dev": ROWS, "val": ROWS}, "two splits are for validation"),
    "texts alone": (TEXTS, r"row 1: expected a tuple \(text, label\).*found the str 'phim hay'"),
    "mixed": ([*ROWS, {"text": "a", "label": "b"}], "row 4: expected a tuple as in row 1"),
    "too many": ([*ROWS, ("a", "b", "c")], "row 4: expected 2 values.*found 3: 'a', 'b', 'c'"),
    "another key": (
        [{"text": "a", "label": "b"}, {"text": "a"}],
        "row 2: expected 'label' as in row 1, found 'text'",
    ),
    "no text key": ([{"id": "a", "label": "b"}], r"found 'id', 'label'.*\(text_field= in Pyth"),
    "None": ([*ROWS, (None, "a")], "row 4: 'text' is missing"),
    "NaN": ([*ROWS, ("a", math.nan)], "row 4: 'label' is missing"),
    "numpy NaN": ([*ROWS, ("a", np.float32("nan"))], "row 4: 'label' is missing"),
    "a number for a text": ([*ROWS, (3, "a")], "row 4: 'text': expected a str, found the int 3"),
    "bytes for a text": ([(b"a", "b")], r"row 1: 'text': .*Decode it: value.decode\(\)"),
    "half a number": ([("a", 0.5)], "row 1: 'label': expected a str, int or bool, found the fl"),
    "a list for a label": ([("a", ["b"])], "row 1: 'label': expected a str, int or bool"),
    "two types": ([("a", 1), ("b", "1")], "row 2: 'label': expected int as before"),
    "truth and number": ([("a", True), ("b", 1)], "row 2: 'label': expected bool as before"),
    "blank": ([("a", " ")], "row 1: 'label' is empty"),
    "a surrogate": ([("a\ud800", "b")], "row 1: 'text' holds half a surrogate pair"),
    "no columns": (
        PandasLike([("body", TEXTS), ("head", TEXTS), ("label", LABELS)]),
        "^train rows: expected one column 'text', found none among 'body', 'head', 'label'. "
        r"Choose it with --text-field \(text_field= in Python\)",
    ),
    "a column twice": (
        PandasLike([("text", TEXTS), ("label", LABELS), ("text", TEXTS)]),
        "expected one column 'text', found several",
    ),
    "an empty frame": (PolarsLike([("text", []), ("label", [])]), "there are none"),
    "no label": (
        DatasetLike({"text": None, "label": STARS}, [{"text": "a", "label": -1}]),
        "row 1: 'label' is -1, none of the 2 classes",
    ),
}
OF_SENTENCES = {
    "a tag less": ([(["a", "b"], ["X"])], "row 1: expected as many tags as tokens, found 2 tok"),
    "pairs": ([[("a", "X"), ("b", "Y"), ("c", "Z")]], r"row 1: .*tuple\(zip\(\*sentence\)\)"),
    "an empty token": ([(["a", ""], ["X", "Y"])], "row 1: 'tokens' 2 of 2 is empty"),
    "no tag": ([(["a", "b"], ["X", None])], "row 1: 'tags' 2 of 2 is missing"),
    "a number": ([("a", 3)], "row 1: 'tags': expected a list, or a str"),
    "only empty ones": ([([], []), ("", "")], "there are none"),
    "a name for tuples": ([("a", "X")], "row 1: a tuple has no column 'ner'"),
}


@pytest.mark.parametrize(
    ("rows", "guessed"),
    [
        ([{"body": "a", "label": "b"}], ["the text is column 'body' (--text-field chooses an"]),
        ([{"n": "b", "text": "a", "id": 3}], ["the label is column 'n' (--label-field chooses"]),
        ([{"review": "a", "stars": "b"}], ["the text is column 'review'", "the label is column"]),
        ([{"text": "a", "label": "b", "body": "c"}], []),
        ([("a", "b")], []),
    ],
)
def test_obvious_columns_are_found_and_said(rows, guessed):
    found, notes = opened(rows)
    assert found == {"train": [("a", "b")]}
    assert len(notes) == len(guessed)
    assert all(note.startswith(start) for note, start in zip(notes, guessed, strict=True))


@pytest.mark.parametrize("case", OF_TEXTS)
def test_what_is_wrong_with_labelled_rows_is_told(case):
    data, message = OF_TEXTS[case]
    with pytest.raises(InputError, match=message):
        opened(data)


@pytest.mark.parametrize("case", OF_SENTENCES)
def test_what_is_wrong_with_sentences_is_told(case):
    data, message = OF_SENTENCES[case]
    with pytest.raises(InputError, match=message):
        opened(data, tagged_sentences("ner" if "name" in case else ""))


def test_a_path_is_a_place_not_rows(tmp_path):
    (tmp_path / "a.tsv").write_text("text\tlabel\na\tb\n")
    assert opened(Path(tmp_path / "a.tsv"))[0] == {"train": [("a", "b")]}


def test_real_pandas():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": TEXTS, "label": pandas.Categorical(LABELS), "n": NUMBERS})
    assert opened(frame)[0]["train"] == ROWS
    assert opened({"train": frame[1:], "dev": frame[:1]})[0]["validation"] == ROWS[:1]
    numbers = opened(frame, labelled_texts(LabelledColumns("text", "n")))[0]["train"]
    assert [label for _, label in numbers] == ["1", "0", "0"]
    frame.loc[1, "text"] = None
    with pytest.raises(InputError, match="row 2: 'text' is missing"):
        opened(frame)
    rows = pandas.DataFrame({"tokens": [["a", "b"]], "tags": [np.array(["X", "Y"])]})
    assert opened(rows, tagged_sentences())[0]["train"] == [("a b", "X Y")]
    documents = open_texts({"train": frame["label"], "dev": ["a"]}, sample={})
    assert [text for text, _ in documents.train] == LABELS


def test_real_polars():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(
        {"text": TEXTS, "label": polars.Series(LABELS, dtype=polars.Categorical), "n": NUMBERS}
    )
    assert opened(frame)[0]["train"] == ROWS
    rows = polars.DataFrame({"tokens": [["a", "b"]], "tags": [["X", "Y"]]})
    assert opened(rows, tagged_sentences())[0]["train"] == [("a b", "X Y")]
    with pytest.raises(InputError, match=r"found an object of type LazyFrame. Call \.collect"):
        opened(frame.lazy())
    with pytest.raises(InputError, match="row 2: 'text' is missing"):
        opened(polars.DataFrame({"text": ["a", None], "label": ["x", "y"]}))


def test_real_datasets():
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=STARS.names)}
    )
    data = datasets.Dataset.from_dict({"text": TEXTS, "label": NUMBERS}, features)
    assert opened(data)[0]["train"] == ROWS
    splits = datasets.DatasetDict({"train": data, "test": data, "unsupervised": data})
    found, notes = opened(splits)
    assert found == {"train": ROWS, "test": ROWS}
    assert notes == ("splits left out: 'unsupervised'",)
    tags = datasets.Sequence(datasets.ClassLabel(names=["O", "B-PER"]))
    features = datasets.Features(
        {"tokens": datasets.Sequence(datasets.Value("string")), "ner_tags": tags}
    )
    rows = {"tokens": [["Lan", "a b"]], "ner_tags": [[1, 0]]}
    data = datasets.Dataset.from_dict(rows, features)
    format = tagged_sentences(names=("ner_tags",))
    assert opened(data, format)[0]["train"] == [("Lan a_b", "B-PER O")]
    pairs = datasets.Dataset.from_dict(
        {"translation": [{"en": "two", "vi": "hai"}]},
        datasets.Features({"translation": datasets.Translation(languages=["en", "vi"])}),
    )
    opened_pairs = open_pairs({x: pairs for x in ("train", "dev", "test")}, "vi", "en", sample={})
    assert list(opened_pairs.splits.train) == [("hai", "two")]
