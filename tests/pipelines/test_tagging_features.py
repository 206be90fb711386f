"""`--features`: tags that are a function of a column alone, from files to the SavedModel."""

import io
import random
import subprocess
import sys

import pytest
import tensorflow as tf

import seqtasks
from seqtasks.cli import main as command
from seqtasks.errors import InputError

pytestmark = pytest.mark.slow

SMALL = {"units": 8, "word_size": 8, "filters": 4, "learning_rate": 0.03, "epochs": 5}
WORDS = [f"w{n}" for n in range(40)]
TAG = {"ADJ": "amod", "NOUN": "root", "VERB": "acl", "DET": "det"}  # of a value of UPOS


def sentences(count, seed):
    """Words are noise; the tag is that of UPOS."""
    draw = random.Random(seed)
    for _ in range(count):
        length = draw.randrange(2, 9)
        words, upos = draw.choices(WORDS, k=length), draw.choices(list(TAG), k=length)
        yield words, [TAG[value] for value in upos], upos


def write(path, rows):
    """With a multiword token and an empty node in each sentence."""
    lines = []
    for words, tags, upos in rows:
        lines += ["# comment", "1-2\tx\t_\t_\t_\t_\t_\t_\t_\t_"]
        lines += [
            f"{n}\t{word}\t_\t{pos}\tX\t_\t0\t{tag}\t_\tMark={n}"
            for n, (word, tag, pos) in enumerate(zip(words, tags, upos, strict=True), start=1)
        ]
        lines += ["8.1\tghost\t_\t_\t_\t_\t_\t_\t_\t_", ""]
    path.write_text("\n".join(lines), "utf-8")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    for seed, (name, count) in enumerate({"train": 250, "dev": 30, "test": 60}.items()):
        write(folder / f"{name}.conllu", sentences(count, seed))
    return folder


def train(corpus, out, **options):
    options = {**SMALL, "layer": "DEPREL", "verbose": 0, **options}
    return seqtasks.train("pos", corpus, out=out, **options)


@pytest.fixture(scope="module")
def run(corpus, tmp_path_factory):
    return train(corpus, tmp_path_factory.mktemp("run") / "r", features=("UPOS",))


def test_every_tag_with_the_column_and_chance_without(run, corpus, tmp_path):
    assert run.scores["accuracy"] == 1.0 and run.config["features"] == ["UPOS"]
    assert run.scores["baseline_accuracy"] < 0.5
    without = train(corpus, tmp_path / "r", epochs=2)
    assert without.scores["accuracy"] < 0.5
    assert without.manifest.settings == {} and without("w1 w2").tags


@pytest.mark.parametrize("member", ["recurrent", "linear"])
def test_each_member_learns_from_it(corpus, tmp_path, member):
    run = train(corpus, tmp_path / "r", features="UPOS", members=member)
    assert run.scores["accuracy"] > 0.98


def test_evaluate_reads_the_column_by_name_or_number_from_any_form(run, corpus):
    assert run.evaluate(corpus)["accuracy"] == 1.0
    assert run.evaluate(corpus, features=["4"])["accuracy"] == 1.0
    rows = [*sentences(60, 2)]
    assert run.evaluate(rows, layer="")["accuracy"] == 1.0
    names = ("tokens", "DEPREL", "kind")
    dicts = [dict(zip(names, row, strict=True)) for row in rows]
    assert run.evaluate(dicts, features=["kind"])["accuracy"] == 1.0
    with pytest.raises(InputError, match=r"expected a column for each of UPOS.*found 0"):
        run.evaluate(corpus, features=None)
    with pytest.raises(InputError, match=r"expected 3 values \(tokens, upos, UPOS\), found 2"):
        run.evaluate([row[:2] for row in rows], layer="")


def test_python_takes_the_values_by_name(run):
    words, upos = ["w1", "w2", "xyz"], ["ADJ", "VERB", "DET"]
    one = run(tokens=words, features={"UPOS": upos})
    assert one.tags == ("amod", "acl", "det") and one.text == "w1 w2 xyz"
    several = run(tokens=[words, ["w1"]], features={"UPOS": [upos, ["NOUN"]]})
    assert [result.tags for result in several] == [one.tags, ("root",)]
    unknown = run(tokens=words, features={"UPOS": ["ADJ", "never seen", "DET"]})
    assert unknown.tags[0] == "amod" and unknown.tags[2] == "det"
    assert unknown.tokens[1].confidence < one.tokens[1].confidence


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda run: run("w1 w2"), r"tags tokens by UPOS too, which a raw text does not have"),
        (lambda run: run(tokens=["w1"]), "features: expected UPOS, found none"),
        (lambda run: run(tokens=["w1"], features={"XPOS": ["A"]}), "expected UPOS, found XPOS"),
        (lambda run: run(tokens=["w1"], features=["A"]), "expected UPOS, found list"),
        (
            lambda run: run(tokens=[["w1"], ["w1", "w2"]], features={"UPOS": [["A"], ["A"]]}),
            r"features\['UPOS'\]: expected a value for each of 2 tokens of sentence 2, found 1",
        ),
        (
            lambda run: run(tokens=[["w1"], ["w2"]], features={"UPOS": [["A"]]}),
            r"features\['UPOS'\]: expected values of 2 sentences, found 1",
        ),
        (lambda run: run(tokens=["w1"], features={"UPOS": [""]}), r"\['UPOS'\]: .*found an empty"),
        (lambda run: run("w1", features={"UPOS": ["A"]}), "features are of tokens"),
        (lambda run: next(run.stream(["w1 w2"], tokens=True)), "a tab before each column; found 1"),
        (lambda run: next(run.stream(["a b\tA"], tokens=True)), "found 2 columns of 2, 1"),
    ],
)
def test_what_cannot_be_tagged_is_said(run, call, message):
    with pytest.raises(InputError, match=message):
        call(run)


def test_without_features_none_are_taken(corpus, tmp_path):
    run = train(corpus, tmp_path / "r", epochs=1)
    with pytest.raises(InputError, match="features: expected none, found UPOS"):
        run(tokens=["w1"], features={"UPOS": ["ADJ"]})


SERVE = """
import sys
for name in ("seqtasks", "keras"):
    sys.modules[name] = None  # importing it raises
import tensorflow as tf
signatures = tf.saved_model.load(sys.argv[1]).signatures
inputs = {"text": tf.constant(["w1 w2 w3", "", "w4"])}
inputs["features"] = tf.constant([["ADJ VERB ?"], [""], ["DET"]])
for name in ("tokens", "serving_default"):
    print(signatures[name](**inputs)["tags"].numpy()[:, :2].tolist())
inputs["features"] = tf.constant([["ADJ"], ["ADJ VERB"], ["DET"]])
try:
    signatures["tokens"](**inputs)
except tf.errors.InvalidArgumentError as error:
    print("as many values" in str(error))
"""


def test_a_process_with_tensorflow_alone_gives_the_same_tags(run):
    arguments = [sys.executable, "-c", SERVE, str(run.path / "saved_model")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    tags = "[[b'amod', b'acl'], [b'', b''], [b'det', b'']]"
    assert done.stdout.splitlines() == [tags, tags, "True"]


def test_a_session_based_loader_feeds_both_inputs(run):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        meta = tf.compat.v1.saved_model.load(session, ["serve"], str(run.path / "saved_model"))
        signature = meta.signature_def["serving_default"]
        text, features = (signature.inputs[name].name for name in ("text", "features"))
        found = session.run(
            signature.outputs["tags"].name, {text: ["w1 w2"], features: [["ADJ VERB"]]}
        )
        assert found.tolist() == [[b"amod", b"acl"]]
        with pytest.raises(tf.errors.InvalidArgumentError, match="as many values in each column"):
            session.run(signature.outputs["tags"].name, {text: ["w1 w2"], features: [["ADJ"]]})


class TestCommand:
    def test_a_tab_separates_the_columns(self, run, capsys):
        command(["predict", str(run.path), "--tokens", "w1 w2\tADJ VERB"])
        assert capsys.readouterr().out == "w1/amod w2/acl\n"

    def test_conllu_brings_its_columns(self, run, corpus, capsys, monkeypatch):
        text = (corpus / "test.conllu").read_text("utf-8")
        blank = "".join(
            "\t".join(["_" if n == 7 else value for n, value in enumerate(line.split("\t"))]) + "\n"
            for line in text.splitlines()
        )
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(blank.encode())))
        command(["predict", str(run.path), "--conllu"])
        assert capsys.readouterr().out.strip() == text.strip()

    @pytest.mark.parametrize("arguments", [["w1 w2"], ["--conllu", "w1 w2"]])
    def test_raw_text_is_refused(self, run, arguments):
        with pytest.raises(SystemExit, match=r"error: .*tags tokens by UPOS too"):
            command(["predict", str(run.path), *arguments])

    def test_train_names_the_line_of_a_spoilt_row(self, corpus, tmp_path):
        lines = (corpus / "train.conllu").read_text("utf-8").splitlines()
        lines[6] = lines[6].rpartition("\t")[0]
        for name in ("dev", "test"):
            (tmp_path / f"{name}.conllu").write_bytes((corpus / f"{name}.conllu").read_bytes())
        (tmp_path / "train.conllu").write_text("\n".join(lines) + "\n")
        arguments = ["train", "pos", "--data", str(tmp_path), "--out", str(tmp_path / "o")]
        with pytest.raises(SystemExit, match=r"train\.conllu, line 7: expected 10 columns"):
            command([*arguments, "--features", "UPOS", "XPOS", "--layer", "deprel"])


def test_samples_have_no_columns_and_none_is_named_twice(tmp_path):
    with pytest.raises(InputError, match=r"sample.*has tokens and tags alone"):
        seqtasks.train("ner", features=["upos"], out=tmp_path / "a", verbose=0)
    with pytest.raises(InputError, match="each column once, found a b a"):
        seqtasks.train("ner", features=["a", "b", "a"], out=tmp_path / "b", verbose=0)


def test_spans_with_mentions_replaced_and_two_columns(tmp_path):
    """Which words are a span stands in the second of two columns."""
    rows = [
        (words, ["B-X" if value == "DET" else "O" for value in upos], ["same"] * len(words), upos)
        for words, _, upos in sentences(250, 5)
    ]
    data = {"train": rows[:200], "dev": rows[200:220], "test": rows[220:]}
    options = {"features": ("layout", "upos"), "mention_replacement": 0.5, "verbose": 0, **SMALL}
    run = seqtasks.train("ner", data, out=tmp_path / "r", **options)
    assert run.scores["f1"] > 0.95
    features = {"upos": ["DET", "ADJ"], "layout": ["same", "same"]}
    assert run(tokens=["w1", "w2"], features=features).tags == ("B-X", "O")


def test_lemmas_by_a_column_beside_the_second_layer(tmp_path):
    """The number is written in a column alone: "w7" is of "w7", or of "w7s"."""
    rows = [
        (
            words,
            [f"{w}s" * (p == "NOUN") or w for w, p in zip(words, upos, strict=True)],
            upos,
            tags,
        )
        for words, tags, upos in sentences(200, 6)
    ]
    names = ("tokens", "lemma", "pos", "dep")
    rows = [dict(zip(names, row, strict=True)) for row in rows]
    data = {"train": rows[:150], "dev": rows[150:170], "test": rows[170:]}
    options = {"features": ("pos",), "second_layer": "dep", "verbose": 0, **SMALL}
    run = seqtasks.train("lemmas", data, out=tmp_path / "r", **options)
    assert run.scores["accuracy"] > 0.95
    result = run(tokens=["w3", "w3"], features={"pos": ["NOUN", "DET"]})
    assert result.lemmas == ("w3s", "w3") and result.tags == ("root", "det")
    assert run.evaluate(data)["accuracy"] == run.scores["accuracy"]
