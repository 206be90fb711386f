"""Further columns of tagged sentences: the same rows from every form, faults with their place."""

import json
from types import MappingProxyType, SimpleNamespace

import pytest

from seqtasks.data import Column, open_streams, read_conll, tagged_sentences
from seqtasks.errors import InputError

SENTENCES = [
    (["Anna", "sings"], ["PER", "O"], ["PROPN", "VERB"], ["left", "right"]),
    (["no"], ["O"], ["DET"], ["left"]),
]
ROWS = [tuple(map(" ".join, sentence)) for sentence in SENTENCES]
NAMES = ("words", "tag", "POS", "side")
FEATURES = ("POS", "side")


def dicts(keep=NAMES):
    return [{n: v for n, v in zip(NAMES, row, strict=True) if n in keep} for row in SENTENCES]


def conll(sentences=SENTENCES):
    parts = ["\n".join("\t".join(line) for line in zip(*row, strict=True)) for row in sentences]
    return "\n\n".join(parts) + "\n"


def in_memory(tmp_path):
    return dicts()


def frame(tmp_path):
    return pytest.importorskip("pandas").DataFrame(dicts())


def json_lines(tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join(map(json.dumps, dicts())))
    return path


def parquet(tmp_path):
    pytest.importorskip("pandas").DataFrame(dicts()).to_parquet(tmp_path / "train.parquet")
    return tmp_path / "train.parquet"


def named_columns(tmp_path):
    path = tmp_path / "train.conll"
    path.write_text(f"# global.columns = {' '.join(NAMES).upper()}\n" + conll())
    return path


@pytest.mark.parametrize("make", [in_memory, frame, json_lines, parquet, named_columns])
def test_every_form_gives_the_same_rows(make, tmp_path):
    format = tagged_sentences("tag", "words", features=FEATURES)
    assert [*open_streams(make(tmp_path), format, sample={})[0]["train"]] == ROWS


@pytest.mark.parametrize(
    ("features", "chosen"), [(("3", "4"), slice(2, 4)), (("-1",), slice(3, 4))]
)
def test_columns_by_number(tmp_path, features, chosen):
    (tmp_path / "train.conll").write_text(conll())
    format = tagged_sentences("2", "1", features=features)
    expected = [(*row[:2], *row[chosen]) for row in ROWS]
    for data in (tmp_path / "train.conll", [tuple(row) for row in SENTENCES]):
        assert [*open_streams(data, format, sample={})[0]["train"]] == expected


def test_tuples_have_their_features_in_the_order_asked_for():
    format = tagged_sentences(features=("anything", "else"))
    assert [*open_streams(SENTENCES, format, sample={})[0]["train"]] == ROWS


CONLLU = "1\tA b\ta\tNOUN\tN\t_\t0\troot\t_\tx y\n2\tc\tc\tVERB\tV\t_\t0\tdep\t_\t_\n"


def test_conllu_by_name_and_a_column_that_is_read_where_it_is_there(tmp_path):
    (tmp_path / "a.conllu").write_text(CONLLU)
    (tmp_path / "a.conll").write_text("a O\n")
    second = Column("tags", "--second-layer", "", ("upos",))
    format = tagged_sentences("DEPREL", features=("UPOS", "misc"), further=(second,))
    row = ("A_b c", "root dep", "NOUN VERB", "x_y _", "NOUN VERB")
    assert [*format.read(tmp_path / "a.conllu")] == [row]
    assert [*read_conll(tmp_path / "a.conll", further=(second,))] == [("a", "O")]


class Dataset(list):
    """As Hugging Face has them: rows with typed features."""

    column_names = ("tokens", "tags", "pos")
    features = MappingProxyType(
        {"tokens": None, "tags": SimpleNamespace(names=["O", "X"], int2str=None), "pos": None}
    )


def test_splits_without_labels_are_told_by_the_tags():
    """And not by the last column, which is a feature."""
    train = Dataset([{"tokens": ["a"], "tags": [1], "pos": ["N"]}])
    test = Dataset([{"tokens": ["a"], "tags": None, "pos": ["N"]}])
    format = tagged_sentences(features=("pos",))
    streams, notes = open_streams({"train": train, "test": test}, format, sample={})
    assert [*streams["train"]] == [("a", "X", "N")] and "test" not in streams
    assert notes == ("test rows have no labels: left out",)


@pytest.mark.parametrize(
    ("content", "features", "message"),
    [
        ("a\tO\tN\nb\tO\n", ("3",), r"train.conll, line 2: expected 3 columns, found 2"),
        ("a\tO\tN\nb\tO\t\n", ("3",), r"line 2: the column of --features is empty.*--features"),
        ("a\tO\tN\n", ("upos",), r"line 1: no column 'upos'.*Choose it with --features"),
        ("a\tO\tN\n", ("4",), r"line 1: no column '4' among its 3"),
    ],
)
def test_faults_of_files(tmp_path, content, features, message):
    path = tmp_path / "train.conll"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        [*tagged_sentences("2", features=features).read(path)]


@pytest.mark.parametrize("form", ["memory", "file"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"POS": ["X"]}, r"(row|line) 2: expected as many values of 'POS' as tokens, found 2 tok"),
        ({"side": None}, r"(row|line) 2: 'side': expected a list"),
        ({"tag": ["O"]}, r"(row|line) 2: expected as many tags as tokens, found 2 tokens and 1"),
    ],
)
def test_another_number_of_values_than_tokens(tmp_path, form, change, message):
    data = [dicts()[1], {**dicts()[0], **change}]
    if form == "file":
        path = tmp_path / "train.jsonl"
        path.write_text("\n".join(map(json.dumps, data)))
        data = path
    format = tagged_sentences("tag", "words", features=FEATURES)
    with pytest.raises(InputError, match=message):
        [*open_streams(data, format, sample={})[0]["train"]]
