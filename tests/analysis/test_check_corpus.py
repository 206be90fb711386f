"""Corpora spoilt on purpose: each fault is named with its file and line, and clean ones pass."""

import gzip
import json

import pytest

from seqtasks.analysis import check_corpus
from seqtasks.analysis.text_faults import faults_of
from seqtasks.cli.main import main

PLAIN = [(f"the film number {n} was quite good", "good") for n in range(20)]
PLAIN += [(f"the play number {n} was rather bad", "bad") for n in range(20)]


def write(path, rows, header="text\tlabel"):
    path.write_text("\n".join([header, *("\t".join(row) for row in rows)]) + "\n", "utf-8")


def only(report, name, level):
    (finding,) = [finding for finding in report.findings if finding.name == name]
    assert finding.level == level
    return finding


@pytest.fixture
def folder(tmp_path):
    """A clean corpus of three splits."""
    write(tmp_path / "train.tsv", PLAIN)
    write(tmp_path / "dev.tsv", [("one more film that was good", "good"), ("a play: bad", "bad")])
    write(tmp_path / "test.tsv", [("a very good film", "good"), ("bad, bad play", "bad")])
    return tmp_path


def test_a_clean_corpus(folder):
    report = check_corpus("sentiment", folder)
    assert report.findings == ()
    train, test = report.splits["train"], report.splits["test"]
    assert (train.rows, train.tokens, dict(train.labels)) == (40, 280, {"good": 20, "bad": 20})
    assert train.to_dict()["mean_length"] == train.to_dict()["median_length"] == 7
    assert (test.tokens, test.known_tokens) == (8, 5)  # "a", "very" and "," are new
    assert str(report).endswith("\n0 errors, 0 warnings")


def test_1_labels_that_train_lacks(folder):
    write(folder / "test.tsv", [("a film", "good"), ("a play", "Bad")])
    finding = only(check_corpus("sentiment", folder), "unknown label", "error")
    assert finding.places == (f"{folder}/test.tsv, line 3: 'Bad'",)


def test_2_leaks_between_splits(folder):
    write(folder / "test.tsv", [PLAIN[3], ("a play", "bad")])
    finding = only(check_corpus("sentiment", folder), "leak", "error")
    assert finding.message.startswith("test: 1 texts (50.0%) are in train too")
    assert finding.places[0].startswith(f"{folder}/test.tsv, line 2 as {folder}/train.tsv, line 5")


def test_3_copies_and_contradictions(folder):
    write(folder / "train.tsv", [*PLAIN, PLAIN[0], (PLAIN[1][0], "bad")])
    report = check_corpus("sentiment", folder)
    copies = only(report, "copies", "note")
    assert copies.count == 2
    assert f"{folder}/train.tsv, line 42 as line 2" in copies.places[0]
    finding = only(report, "contradiction", "warning")
    assert finding.count == 1
    assert f"train.tsv, line 43 and {folder}/train.tsv, line 3" in finding.places[0]


def test_4_encodings(folder):
    spoilt = [
        ("caf\u00c3\u00a9 au lait", "good"),  # mojibake
        ("lost \ufffd here", "good"),
        ("Tom &amp; Jerry", "bad"),
        ("a\x07bell", "bad"),
        ("in\ufeffside", "bad"),
        ("Vie\u0323\u0302t Nam", "good"),  # decomposed
    ]
    rows = [json.dumps({"text": text, "label": label}) for text, label in [*PLAIN, *spoilt]]
    (folder / "train.tsv").unlink()
    (folder / "train.jsonl.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    report = check_corpus("sentiment", folder)
    names = ("mojibake", "replacement", "entity", "control", "byte order mark", "normal form")
    for line, name in enumerate(names, start=41):
        finding = only(report, name, "note" if name == "normal form" else "warning")
        assert f"train.jsonl.gz, line {line}: " in finding.places[0]


@pytest.mark.parametrize(
    "text",
    [
        "Señor Núñez paid 5 € — “fine”",
        "Việt Nam đất nước",
        "AT&T; R&D",
        "SÃO PAULO",
        "Ünlü Å",
        "日本",
    ],
)
def test_honest_texts_have_no_fault(text):
    assert list(faults_of(text)) == []


def test_5_empty_texts_and_labels_alike(folder):
    write(folder / "train.tsv", [*PLAIN, ("", "good"), ("a film", "Good "), ("b film", "odd")])
    report = check_corpus("sentiment", folder)
    assert only(report, "empty", "warning").places == (f"{folder}/train.tsv, line 42",)
    assert "'Good ' 1, 'good' 21" in only(report, "labels alike", "warning").places[0]
    rare = [f for f in report.findings if f.name == "rare label"]
    assert any("'odd' 1" in place for finding in rare for place in finding.places)


def test_6_a_row_that_cannot_be_read(folder):
    write(folder / "train.tsv", [*PLAIN[:10], ("a", "b", "c"), *PLAIN[10:]])
    report = check_corpus("sentiment", folder)
    finding = only(report, "unreadable", "error")
    assert "train.tsv, line 12: expected 2 columns, found 3" in finding.places[0]
    assert report.splits["train"].rows == 10


def sentence(*pairs):
    return "\n".join(f"{token}\t{tag}" for token, tag in pairs) + "\n\n"


def test_7_tags_that_break_their_scheme(tmp_path):
    good = sentence(("Anna", "B-PER"), ("Lee", "I-PER"), ("sings", "O"))
    bad = sentence(("in", "O"), ("Hue", "I-LOC"))
    (tmp_path / "train.conll").write_text(good * 20 + bad)
    finding = only(check_corpus("ner", tmp_path), "broken scheme", "warning")
    assert "train.conll, line 81, token 2 ('Hue'): I-LOC after O" in finding.places[0]
    assert "BIO" in finding.message


@pytest.mark.parametrize("tags", [("I-PER", "I-PER"), ("B-PER", "E-PER")])
def test_other_schemes_are_no_fault(tmp_path, tags):
    rows = sentence(("Anna", tags[0]), ("Lee", tags[1]), ("sings", "O"))
    (tmp_path / "train.conll").write_text(rows * 20)
    assert not [f for f in check_corpus("ner", tmp_path).findings if f.level != "note"]


def test_8_tags_of_no_scheme_and_lines_without_a_tag(tmp_path):
    good = sentence(("Anna", "B-PER"), ("sings", "O"))
    (tmp_path / "train.conll").write_text(good * 20 + sentence(("He", "PRON"), ("is", "O")))
    finding = only(check_corpus("ner", tmp_path), "no tag of spans", "error")
    assert "line 61, token 1 ('He'): 'PRON'" in finding.places[0]
    (tmp_path / "train.conll").write_text(good * 20 + "alone\n\n")
    finding = only(check_corpus("ner", tmp_path), "unreadable", "error")
    assert "line 61" in finding.places[0]


def test_9_parallel_texts(tmp_path):
    english = [f"the house number {n} is near the old river bank" for n in range(30)]
    for name, texts in (("train", english), ("test_a", [english[4], "hello &lt; there"])):
        (tmp_path / f"{name}.en").write_text("\n".join(texts) + "\n")
        (tmp_path / f"{name}.vi").write_text("\n".join(f"nhà {t}" for t in texts) + "\n")
    report = check_corpus("translation", tmp_path)
    assert "test_a.en and test_a.vi, line 1 as" in only(report, "leak", "error").places[0]
    assert "test_a.en and test_a.vi, line 2: " in only(report, "entity", "warning").places[0]


def test_10_running_text(tmp_path):
    lines = [f"{n} this line of the book is long enough to be told from others" for n in range(50)]
    (tmp_path / "train.txt").write_text("\n".join(lines) + "\n")
    (tmp_path / "test.txt").write_text(f"\nshort\n{lines[7]}\nlost \ufffd\n")
    report = check_corpus("generation", tmp_path)
    assert (
        f"{tmp_path}/test.txt, line 3 as {tmp_path}/train.txt, line 8"
        in only(report, "leak", "warning").places[0]
    )
    assert f"{tmp_path}/test.txt, line 4: " in only(report, "replacement", "warning").places[0]


def test_rows_in_memory_and_several_labels():
    rows = [(f"text {n}", ["a", "b"][: n % 3]) for n in range(30)]
    data = {"train": rows, "test": [("another text", ["a", "c"])]}
    report = check_corpus("sentiment", data, multilabel=True)
    assert only(report, "unknown label", "error").places == ("test rows, row 1: 'c'",)
    assert dict(report.splits["train"].labels) == {"a": 20, "b": 10}


@pytest.mark.parametrize("task", ["sentiment", "ner", "pos", "lemmas", "language", "translation"])
def test_the_samples_are_clean(task):
    report = check_corpus(task, "sample")
    assert not report.count("error")
    assert json.loads(json.dumps(report.to_dict()))["splits"]["train"]["rows"] > 1000


def test_the_command(folder, capsys):
    main(["data", str(folder), "--task", "sentiment"])
    assert "train: 40 rows, 280 tokens" in capsys.readouterr().out
    write(folder / "test.tsv", [PLAIN[3], ("a play", "bad")])
    with pytest.raises(SystemExit) as ended:
        main(["data", str(folder), "--task", "sentiment", "--json"])
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["name"] == "leak"
    write(folder / "test.tsv", [("Tom &amp; Jerry", "bad")])
    main(["data", str(folder), "--task", "sentiment"])
    with pytest.raises(SystemExit):
        main(["data", str(folder), "--task", "sentiment", "--strict"])
    for bad, message in (
        (["data", str(folder)], "expected --task"),
        (["data", "x", "--task", "ne"], "ner"),
    ):
        with pytest.raises(SystemExit, match=message):
            main(bad)
