"""Lemmas from files to CoNLL-U: learned as edit rules, saved, reloaded, scored, written back."""

import io
import subprocess
import sys
from collections import Counter

import pytest
import tensorflow as tf

import seqtasks
from seqtasks.cli import main as command
from seqtasks.data.samples import lemmas as corpus
from seqtasks.errors import InputError

pytestmark = pytest.mark.slow

SMALL = {"units": 16, "word_size": 16, "filters": 8, "learning_rate": 0.01, "verbose": 0}
SMALL |= {"word_dropout_alpha": 0.5, "epochs": 3, "affix_buckets": 5000}


def upos(form):
    """Not a linguist's: something that a network can learn."""
    return "PUNCT" if not form.isalpha() else "PROPN" if form.istitle() else "NOUN"


def write_conllu(path, rows):
    """With comments, a multiword token and an empty node in each sentence, and other columns."""
    lines = []
    for number, (forms, lemmas) in enumerate(rows, start=1):
        lines += [f"# sent_id = {number}", "1-2\tmulti\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No"]
        for place, (form, lemma) in enumerate(zip(forms.split(), lemmas.split(), strict=True), 1):
            tag = upos(form)
            lines.append(f"{place}\t{form}\t{lemma}\t{tag}\tX{place}\tA=b\t0\troot\t_\tN=1|M=2")
        lines += ["8.1\tempty\tnode\t_\t_\t_\t_\t_\t0:root\t_", ""]
    path.write_text("\n".join(lines), "utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("treebank")
    for split, rows in (("train", 300), ("dev", 40), ("test", 80)):
        name = {"dev": "validation"}.get(split, split)
        write_conllu(folder / f"{split}.conllu", [*corpus.streams()[name]][:rows])
    return folder


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    return seqtasks.train("lemmas", folder, out=tmp_path_factory.mktemp("run") / "l", **SMALL)


def read_conllu(path):
    """Form, lemma and part of speech of all words, without our reader."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines() if "\t" in line]
    return [row[1:4] for row in rows if row[0].isdecimal()]


def test_scores_are_those_of_the_lemmas_that_are_served(run, folder):
    words = read_conllu(folder / "test.conllu")
    known = {form for form, _, _ in read_conllu(folder / "train.conllu")}
    sentences = [forms.split() for forms, _ in [*corpus.streams()["test"]][:80]]
    found = [token for result in run(tokens=sentences) for token in result.tokens]
    assert [token.text for token in found] == [form for form, _, _ in words]
    right = [token.lemma == lemma for token, (_, lemma, _) in zip(found, words, strict=True)]
    assert run.scores["accuracy"] == pytest.approx(sum(right) / len(right))
    unknown = [r for r, (form, _, _) in zip(right, words, strict=True) if form not in known]
    assert run.scores["accuracy_unknown"] == pytest.approx(sum(unknown) / len(unknown))
    assert len(unknown) == run.scores["unknown_tokens"] > 20
    assert run.scores["accuracy_known"] > run.scores["baseline_accuracy"] > 0.5
    assert run.evaluate(folder)["accuracy"] == run.scores["accuracy"]


def test_the_second_layer_is_learned_and_given_out_as_tags(run, folder):
    words = read_conllu(folder / "test.conllu")
    sentences = [forms.split() for forms, _ in [*corpus.streams()["test"]][:80]]
    found = [token for result in run(tokens=sentences) for token in result.tokens]
    known = {form for form, _, _ in read_conllu(folder / "train.conllu")}
    pairs = [(t.tag, tag) for t, (f, _, tag) in zip(found, words, strict=True) if f in known]
    most = Counter(tag for _, tag in pairs).most_common(1)[0][1]
    assert sum(tag == guess for guess, tag in pairs) > 1.1 * most
    assert {tag for tag, _ in pairs} <= {"NOUN", "PROPN", "PUNCT"}
    assert all(0 < token.confidence <= 1 for token in found)


def test_conllu_comes_back_with_the_lemmas_alone_changed(run, folder, capsys, monkeypatch):
    path = folder / "test.conllu"
    before = path.read_text("utf-8").splitlines()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    command(["predict", str(run.path), "--conllu"])
    after = capsys.readouterr().out.splitlines()
    assert len(after) == len(before) + 1  # the last sentence is ended, too
    lemmas = []
    for old, new in zip(before, after, strict=False):
        old, new = old.split("\t"), new.split("\t")
        if len(old) == 10 and old[0].isdecimal():
            lemmas.append(new[2])
            new[2] = old[2]
        assert new == old
    sentences = [forms.split() for forms, _ in [*corpus.streams()["test"]][:80]]
    assert lemmas == [lemma for result in run(tokens=sentences) for lemma in result.lemmas]


def test_texts_as_conllu(run, capsys):
    command(["predict", str(run.path), "--conllu", "The cats, they  left.", ""])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "# text = The cats, they left."
    rows = [line.split("\t") for line in lines[1:7]]
    assert [row[1] for row in rows] == ["The", "cats", ",", "they", "left", "."]
    assert [row[9] for row in rows] == ["_", "SpaceAfter=No", "_", "_", "SpaceAfter=No", "_"]
    assert all(len(row) == 10 and row[2] != "_" and row[3] != "_" for row in rows)
    assert lines[7:] == ["", "# text = ", ""]


@pytest.mark.parametrize(
    ("arguments", "text", "message"),
    [
        (["--conllu"], "1\ta\tb\n", "line 1: expected the 10 columns"),
        (["--conllu", "--json"], "", "expected one form of output"),
    ],
)
def test_bad_conllu(run, capsys, monkeypatch, arguments, text, message):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    with pytest.raises(SystemExit) as error:
        command(["predict", str(run.path), *arguments])
    assert message in str(error.value)


ROWS = [(forms.split(), lemmas.split()) for forms, lemmas in [*corpus.streams()["train"]][:150]]


def test_a_second_layer_is_of_lemmas_and_must_be_there(tmp_path):
    with pytest.raises(InputError, match="second_layer='upos' is for lemmas"):
        seqtasks.train("pos", second_layer="upos", out=tmp_path / "run", verbose=0)
    rows = [{"tokens": tokens, "lemma": lemmas} for tokens, lemmas in ROWS]
    with pytest.raises(InputError, match=r"row 1: expected 'upos'.*--second-layer"):
        seqtasks.train("lemmas", rows, second_layer="upos", out=tmp_path / "run", **SMALL)


@pytest.mark.slow
def test_without_a_second_layer_tags_are_rules(tmp_path):
    run = seqtasks.train("lemmas", ROWS, out=tmp_path / "run", **{**SMALL, "epochs": 1})
    token = run(tokens=["cats"]).tokens[0]
    assert token.lemma and (token.tag.startswith(("lower:", "keep:", "=")))


def test_lemmas_that_are_not_annotated(tmp_path):
    rows = [([f"a{n}", "b"], ["_", "_"]) for n in range(50)]
    with pytest.raises(InputError, match="lemmas are '_', which"):
        seqtasks.train("lemmas", rows, out=tmp_path / "run", **SMALL)


SERVE = """
import sys, tensorflow as tf
loaded = tf.saved_model.load(sys.argv[1])
found = loaded.signatures["serving_default"](text=tf.constant(["The cats left.", ""]))
print(found["lemmas"].numpy()[0].tolist())
assert "seqtasks" not in sys.modules
"""


@pytest.mark.slow
def test_a_process_with_tensorflow_alone_gives_the_same_lemmas(run):
    arguments = [sys.executable, "-c", SERVE, str(run.path / "saved_model")]
    answer = subprocess.run(arguments, capture_output=True, text=True, check=True)
    wanted = [lemma.encode() for lemma in run("The cats left.").lemmas]
    assert answer.stdout.strip() == str(wanted)


def test_no_texts(run):
    assert run([]) == []
    outputs = run.predictor.signatures["serving_default"](text=tf.constant([], tf.string))
    assert outputs["lemmas"].shape == (0, 0)
