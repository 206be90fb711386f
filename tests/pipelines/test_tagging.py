"""The tagging pipeline from files to tagged strings: learned, saved, reloaded, served, printed."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import seqtasks
from seqtasks.cli import main as command
from seqtasks.errors import InputError

pytestmark = pytest.mark.slow

SMALL = {"units": 8, "word_size": 8, "filters": 4, "learning_rate": 0.02, "epochs": 8}
SENTENCES = [
    ("Anna Lee sings in New York .", "I-PER I-PER O O I-LOC I-LOC O"),
    ("Lee saw Huế Hà_Nội", "I-PER O I-LOC B-LOC"),
    ("no song", "O O"),
    ("in Huế Anna sings", "O I-LOC I-PER O"),
]


def write(path, sentences):
    """Four columns, as CoNLL 2003 has them, one document a sentence."""
    lines = []
    for tokens, tags in sentences:
        lines += ["-DOCSTART- -X- -X- O", ""]
        lines += [f"{w} X I-NP {t}" for w, t in zip(tokens.split(), tags.split(), strict=True)]
        lines.append("")
    path.write_text("\n".join(lines), "utf-8")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    write(folder / "eng.train", SENTENCES * 20)
    write(folder / "eng.testa", SENTENCES[:2])
    write(folder / "eng.testb", SENTENCES)
    return folder


@pytest.fixture(scope="module")
def ner(corpus, tmp_path_factory):
    """A run on four sentences, through the real loop with everything an epoch does."""
    folder = tmp_path_factory.mktemp("run") / "ner"
    return seqtasks.train("ner", corpus, out=folder, verbose=0, **SMALL)


def test_it_learns_four_sentences(ner):
    assert ner.history[-1]["val_span_f1"] == 1.0
    scores = ner.scores
    assert scores["f1"] == scores["precision"] == scores["recall"] == scores["accuracy"] == 1.0
    assert set(scores["per_class"]) == {"LOC", "PER"}
    assert scores["per_class"]["LOC"]["support"] == 4
    assert 0 <= scores["baseline_f1"] < 1
    assert scores["rows"] == {"train": 80, "validation": 2, "test": 4}


def test_ties_go_to_the_lower_loss(ner):
    tied = [n for n, row in enumerate(ner.history) if row["val_span_f1"] == 1.0]
    best = min(tied, key=lambda n: ner.history[n]["val_loss"])
    assert len(tied) > 1 and ner.manifest.best_epoch == best + 1


def test_evaluate_repeats_the_scores(ner, corpus):
    again = ner.evaluate(corpus)
    for name in ("f1", "accuracy", "per_class", "confusions"):
        assert again[name] == ner.scores[name]
    rows = [(tokens.split(), tags.split()) for tokens, tags in SENTENCES]
    assert ner.evaluate(rows)["f1"] == 1.0


def test_results(ner):
    result = ner("Anna Lee sings in New York.")
    assert [(s.type, s.text, s.start, s.end) for s in result.spans] == [
        ("PER", "Anna Lee", 0, 8),
        ("LOC", "New York", 18, 26),
    ]
    assert all(0.5 < item.confidence <= 1 for item in result.tokens + result.spans)
    sentences = [["Lee", "saw", "Hà Nội"], ["no", "song"]]
    found = ner(tokens=sentences)
    assert [r.tags for r in found] == [("B-PER", "O", "B-LOC"), ("O", "O")]
    assert ner(tokens=sentences[0]) == found[0]
    assert found[0].spans[1].text == "Hà_Nội"
    with pytest.raises(InputError, match="expected a list of strings for each sentence"):
        ner(tokens=[["a", 1]])


def test_the_model_and_the_tokenizer_give_what_is_served(ner):
    """Word features, then the Keras model, then its own decoding."""
    tokens = ["Lee", "saw", "Huế"]
    features = ner.tokenizer(tf.ragged.constant([tokens])).to_tensor()
    tags, probabilities = ner.model.decode(features)
    found = ner(tokens=tokens)
    confidence = [float(probabilities[0, t, tag]) for t, tag in enumerate(tags[0])]
    np.testing.assert_allclose([t.confidence for t in found.tokens], confidence, atol=1e-5)


@pytest.mark.parametrize("signature", ["serving_default", "tokens"])
def test_a_session_based_loader_gives_the_same_spans(ner, signature):
    """As the C API and TensorFlow Serving load it."""
    texts = ["Anna Lee sings in Huế .", "", "xyz"]
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        meta = tf.compat.v1.saved_model.load(session, ["serve"], str(ner.path / "saved_model"))
        definition = meta.signature_def[signature]
        names = {name: tensor.name for name, tensor in definition.outputs.items()}
        received = session.run(names, {definition.inputs["text"].name: texts})
    expected = ner.predictor.signatures["serving_default"](text=tf.constant(texts))
    for name, value in expected.items():
        if value.dtype == tf.string:
            np.testing.assert_array_equal(received[name], value.numpy())
        else:
            np.testing.assert_allclose(received[name], value, atol=1e-5)
    assert received["span_texts"].tolist()[0] == [b"Anna Lee", "Huế".encode()]


@pytest.mark.slow
def test_a_process_with_tensorflow_alone_gives_the_same_tags(ner):
    program = f"""
import sys
for name in ("seqtasks", "keras"):
    sys.modules[name] = None  # importing it raises
import tensorflow as tf
model = tf.saved_model.load({str(ner.path / "saved_model")!r})
print(model.signatures["tokens"](text=tf.constant(["Lee saw Huế"]))["tags"].numpy().tolist())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[[b'B-PER', b'O', b'B-LOC']]"


class TestCommand:
    def test_entities_are_marked_in_the_sentence(self, ner, capsys):
        command(["predict", str(ner.path), "Anna Lee sings in New York.", "", "no song"])
        lines = capsys.readouterr().out.splitlines()
        assert lines == ["[Anna Lee PER] sings in [New York LOC].", "", "no song"]

    def test_json_gives_everything(self, ner, capsys):
        command(["predict", str(ner.path), "--json", "--tokens", "Lee saw  Hà_Nội"])
        (row,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert row["text"] == "Lee saw  Hà_Nội"
        assert [(t["text"], t["tag"], t["start"], t["end"]) for t in row["tokens"]] == [
            ("Lee", "B-PER", 0, 3),
            ("saw", "O", 4, 7),
            ("Hà_Nội", "B-LOC", 9, 15),
        ]
        spans = [(s["type"], s["text"], s["start"], s["end"]) for s in row["spans"]]
        assert spans == [("PER", "Lee", 0, 3), ("LOC", "Hà_Nội", 9, 15)]


def test_pos_by_another_layer_with_vectors(tmp_path):
    """On CoNLL-U, with word vectors and one member."""
    rows = [("the", "DET", "DT"), ("old", "ADJ", "JJ"), ("song", "NOUN", "NN"), (".", ".", ".")]
    sentence = "".join(
        f"{n}\t{w}\t_\t{u}\t{x}\t_\t_\t_\t_\t_\n" for n, (w, u, x) in enumerate(rows, start=1)
    )
    variants = [sentence.replace("song", f"song{n}") for n in range(60)]
    (tmp_path / "a.conllu").write_text("\n".join(variants), "utf-8")
    (tmp_path / "v.txt").write_text("the 1 0\nsong0 0 1\nother 3 3\n")
    run = seqtasks.train(
        "pos",
        tmp_path / "a.conllu",
        layer="xpos",
        embeddings=str(tmp_path / "v.txt"),
        members=["recurrent"],
        out=tmp_path / "out",
        verbose=0,
        **{**SMALL, "epochs": 3},
    )
    names = {"accuracy", "accuracy_unknown", "baseline_accuracy", "confusions"}
    assert names <= set(run.scores) and "f1" not in run.scores
    assert run.config["task"] == "pos" and run.config["layer"] == "xpos"
    result = run("the song")
    assert set(result.tags) <= {"DT", "JJ", "NN", "."} and result.spans is None


def test_a_cell_of_ones_own(corpus, tmp_path, capsys):
    @keras.saving.register_keras_serializable(package="tests")
    class Cell(seqtasks.layers.GRUCell):
        pass

    options = {**SMALL, "epochs": 1, "members": ["recurrent"]}
    options |= {"bidirectional": False, "residual": True}
    run = seqtasks.train("ner", corpus, cell=Cell, out=tmp_path / "a", **options)
    assert run.config["cell"] == "tests>Cell"
    (member,) = run.model.members
    assert type(member.encoder.recurrences[0].cell) is Cell  # of one direction
    assert "note: --residual adds nothing with one layer" in capsys.readouterr().out
    with pytest.raises(InputError, match=r"expected a class registered with Keras"):
        seqtasks.train("ner", corpus, cell=type("Other", (Cell,), {}), out=tmp_path / "b")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("ner", "a O\nb B-X\nc D-X\n", r"train.conll, line 1 \(token 3 from there, 'c'\)"),
        ("pos", "a N\nb\n", "train.conll, line 2: expected 2 columns"),
        ("pos", "a N\n\nb N\n", r"too few different rows|expected 2 to \d+ different tags"),
    ],
)
def test_bad_data_gets_one_message(name, content, message, tmp_path):
    (tmp_path / "train.conll").write_text(content)
    for split in ("dev", "test"):
        (tmp_path / f"{split}.conll").write_text("a O\n")
    with pytest.raises(SystemExit, match=message):
        command(["train", name, "--data", str(tmp_path), "--out", str(tmp_path / "o")])
