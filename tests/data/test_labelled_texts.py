"""Pairs of texts, several labels and weights: in files, in memory, and what is wrong with them."""

import json

import numpy as np
import pytest
from sklearn.preprocessing import MultiLabelBinarizer

from seqtasks.data import (
    LabelledColumns,
    cut_missing,
    joined_pair,
    labelled_texts,
    labels_of,
    open_streams,
    split_labels,
)
from seqtasks.errors import InputError

SEVERAL = LabelledColumns(separator="|")
ROWS = [("a fine film", "fun|good"), ("dull", "bad"), ("it is", "")]


def opened(spec, wanted):
    return list(open_streams(spec, labelled_texts(wanted), sample={})[0]["train"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tsv", "text\tlabels\na fine film\tgood|fun\ndull\tbad\nit is\t\n"),
        ("a.csv", "text,label\na fine film, good | fun |good\ndull,bad|\nit is,|\n"),
        (
            "a.jsonl",
            '{"text": "a fine film", "labels": ["good", "fun"]}\n'
            '{"text": "dull", "labels": "bad"}\n{"text": "it is", "labels": []}\n',
        ),
    ],
)
def test_several_labels_in_files(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    assert opened(tmp_path / name, SEVERAL) == ROWS


@pytest.mark.parametrize(
    "data",
    [
        [("a fine film", ["good", "fun"]), ("dull", ("bad",)), ("it is", [])],
        [("a fine film", {"good", "fun"}), ("dull", "bad"), ("it is", "")],
        [("a fine film", np.array(["good", "fun"])), ("dull", ["bad"]), ("it is", np.array([]))],
        [{"text": t, "label": label.split("|") if label else []} for t, label in ROWS],
    ],
)
def test_several_labels_in_memory(data):
    assert opened(data, SEVERAL) == ROWS


def test_parquet_with_lists(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns = {"text": [t for t, _ in ROWS], "labels": [split_labels(x, "|") for _, x in ROWS]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
    assert opened(tmp_path / "a.parquet", SEVERAL) == ROWS


BAD_LABELS = {
    "a separator in a label": ([("a", ["b|c"])], r"row 1: 'labels' 1 of 1 holds the separator.*'b"),
    "None": ([("a", None)], "row 1: 'labels' 1 of 1 is missing"),
    "an empty one": ([("a", ["b", ""])], "row 1: 'labels' 2 of 2 is empty"),
    "two types": ([("a", ["b"]), ("c", [1])], "row 2: 'labels' 1 of 1: expected str as before"),
    "a float": ([("a", [0.5])], "row 1: 'labels' 1 of 1: expected a str, int or bool"),
}


@pytest.mark.parametrize("case", BAD_LABELS)
def test_what_is_wrong_with_several_labels(case):
    data, message = BAD_LABELS[case]
    with pytest.raises(InputError, match=message):
        opened(data, SEVERAL)


def test_a_list_where_one_label_is_expected_says_how():
    with pytest.raises(InputError, match=r"For several labels a text: --multilabel"):
        opened([("a", ["b", "c"])], LabelledColumns())


def test_labels_as_numbers_are_those_of_scikit_learn():
    joined = ["b|a", "", "c", "unknown|a", "a|a"]
    found = labels_of(["a", "b", "c"], "|")(joined).numpy()
    sets = [{"b", "a"}, set(), {"c"}, {"a"}, {"a"}]
    expected = MultiLabelBinarizer(classes=["a", "b", "c"]).fit_transform(sets)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("separator", ["|", ";", ", ", "||"])
def test_any_separator(separator):
    wanted = LabelledColumns(separator=separator)
    assert opened([("a", separator.join("yx"))], wanted) == [("a", separator.join("xy"))]


@pytest.mark.parametrize(
    "data",
    [
        [("a b", "c", "yes")],
        [{"text": "a b", "question": "c", "label": "yes"}],
    ],
)
def test_pairs_become_one_text(data, tmp_path):
    wanted = LabelledColumns(pair="2" if isinstance(data[0], tuple) else "question")
    wanted = LabelledColumns("1", "3", "2") if isinstance(data[0], tuple) else wanted
    assert opened(data, wanted) == [(joined_pair("a b", "c"), "yes")] == [("a b ||| c", "yes")]
    (tmp_path / "a.tsv").write_text("premise\tquestion\tlabel\na b\tc\tyes\n")
    found = opened(tmp_path / "a.tsv", LabelledColumns("premise", pair="question"))
    assert found == [("a b ||| c", "yes")]
    with pytest.raises(InputError, match=r"'answer'.*--pair-field \(pair_field= in Python\)"):
        opened(tmp_path / "a.tsv", LabelledColumns(pair="answer"))


def test_weights_are_numbers(tmp_path):
    wanted = LabelledColumns(weight="w")
    (tmp_path / "a.tsv").write_text("text\tlabel\tw\na\tx\t2\nb\ty\t0.5\n")
    assert opened(tmp_path / "a.tsv", wanted) == [("a", "x", "2.0"), ("b", "y", "0.5")]
    rows = [{"text": "a", "label": "x", "w": 2}, {"text": "b", "label": "y", "w": 0.5}]
    assert opened(rows, wanted) == [("a", "x", "2.0"), ("b", "y", "0.5")]
    (tmp_path / "b.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert opened(tmp_path / "b.jsonl", wanted) == [("a", "x", "2.0"), ("b", "y", "0.5")]


@pytest.mark.parametrize("weight", ["-1", "nan", "inf", "much", " "])
def test_bad_weights_are_named(tmp_path, weight):
    (tmp_path / "a.tsv").write_text(f"text\tlabel\tw\na\tx\t1\nb\ty\t{weight}\n")
    with pytest.raises(InputError, match=rf"a\.tsv, line 3: the column 'w' holds '{weight}'"):
        opened(tmp_path / "a.tsv", LabelledColumns(weight="w"))


def test_rows_of_weights_and_several_labels_can_be_cut():
    rows = [{"text": f"t{n}", "label": "ab"[n % 2], "w": 1} for n in range(100)]
    format = labelled_texts(LabelledColumns(weight="w"))
    streams, _ = open_streams(rows, format, sample={})
    splits = cut_missing(streams["train"], None, None, (), format.label)
    assert [sum(1 for _ in s) for s in (splits.train, splits.validation, splits.test)] == [
        80,
        10,
        10,
    ]
    assert labelled_texts(SEVERAL).label is None
