"""The recipe `tagging` from files to tagged strings: learned, saved, reloaded, served, printed."""

import dataclasses
import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import train
from seqtasks import export
from seqtasks.__main__ import main as command
from tasks import TASKS, tagging

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
    """A task fitted on four sentences, its scores before saving, and its folder."""
    folder = tmp_path_factory.mktemp("run") / "ner"
    folder.mkdir()
    keras.utils.set_random_seed(0)
    task = TASKS["ner"].build(tagging.Ner(data=str(corpus), **SMALL))
    averages = keras.callbacks.SwapEMAWeights()
    history = task.model.fit(
        task.train,
        validation_data=task.validation,
        epochs=SMALL["epochs"],
        callbacks=[averages],
        shuffle=False,
        verbose=0,
    )
    live = task.evaluate(task.predictor)
    export.save(folder, task)
    return task, history.history, live, folder


def test_it_learns_four_sentences(ner):
    task, history, live, _ = ner
    assert task.monitor == ("val_span_f1", "max")
    assert history["val_span_f1"][-1] == 1.0
    assert live["f1"] == live["precision"] == live["recall"] == live["accuracy"] == 1.0
    assert set(live["per_class"]) == {"LOC", "PER"}
    assert live["per_class"]["LOC"]["support"] == 4
    assert 0 <= live["baseline_f1"] < 1
    assert "tags are read as IOB1, learned as BIOES" in task.notes


def test_reloaded_as_live(ner):
    task, _, live, folder = ner
    assert task.evaluate(export.SavedPredictor(folder)) == live


def test_keras_file_gives_the_same_tags(ner):
    task, _, _, folder = ner
    model = keras.models.load_model(folder / "model.keras")
    features, _ = next(iter(task.validation))
    for before, after in zip(task.model.decode(features), model.decode(features), strict=True):
        np.testing.assert_allclose(after, before, atol=1e-6)


@pytest.mark.parametrize("signature", ["serving_default", "tokens"])
def test_a_session_based_loader_gives_the_same_spans(ner, signature):
    """As the C API and TensorFlow Serving load it."""
    *_, folder = ner
    texts = ["Anna Lee sings in Huế .", "", "xyz"]
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        meta = tf.compat.v1.saved_model.load(session, ["serve"], str(folder / "saved_model"))
        definition = meta.signature_def[signature]
        names = {name: tensor.name for name, tensor in definition.outputs.items()}
        received = session.run(names, {definition.inputs["text"].name: texts})
    expected = export.SavedPredictor(folder).serve(tf.constant(texts))
    for name, value in expected.items():
        if value.dtype == tf.string:
            np.testing.assert_array_equal(received[name], value.numpy())
        else:
            np.testing.assert_allclose(received[name], value, atol=1e-5)
    assert received["span_texts"].tolist()[0] == [b"Anna Lee", "Huế".encode()]


@pytest.mark.slow
def test_a_process_with_tensorflow_alone_gives_the_same_tags(ner):
    *_, folder = ner
    program = f"""
import sys
for name in ("seqtasks", "keras", "tasks"):
    sys.modules[name] = None  # importing it raises
import tensorflow as tf
model = tf.saved_model.load({str(folder / "saved_model")!r})
print(model.signatures["tokens"](text=tf.constant(["Lee saw Huế"]))["tags"].numpy().tolist())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[[b'B-PER', b'O', b'B-LOC']]"


class TestCommand:
    def test_entities_are_marked_in_the_sentence(self, ner, capsys):
        *_, folder = ner
        command(["predict", str(folder), "Anna Lee sings in New York.", "", "no song"])
        lines = capsys.readouterr().out.splitlines()
        assert lines == ["[Anna Lee PER] sings in [New York LOC].", "", "no song"]

    def test_json_gives_everything(self, ner, capsys):
        *_, folder = ner
        command(["predict", str(folder), "--json", "--tokens", "Lee saw  Hà_Nội"])
        (row,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert row["text"] == "Lee saw  Hà_Nội"
        assert [(t["text"], t["tag"], t["start"], t["end"]) for t in row["tokens"]] == [
            ("Lee", "B-PER", 0, 3),
            ("saw", "O", 4, 7),
            ("Hà_Nội", "B-LOC", 9, 15),
        ]
        spans = [(s["type"], s["text"], s["start"], s["end"]) for s in row["spans"]]
        assert spans == [("PER", "Lee", 0, 3), ("LOC", "Hà_Nội", 9, 15)]
        assert all(0.5 < item["confidence"] <= 1 for item in row["tokens"] + row["spans"])

    def test_tokens_need_a_tagger(self, finished):
        folder, _ = finished
        with pytest.raises(SystemExit, match="takes texts, not tokens"):
            command(["predict", str(folder), "--tokens", "a b"])


def test_pos_by_another_layer_with_vectors(tmp_path):
    """Through train.py's own `run`, on CoNLL-U, with word vectors and one member."""
    rows = [("the", "DET", "DT"), ("old", "ADJ", "JJ"), ("song", "NOUN", "NN"), (".", ".", ".")]
    sentence = "".join(
        f"{n}\t{w}\t_\t{u}\t{x}\t_\t_\t_\t_\t_\n" for n, (w, u, x) in enumerate(rows, start=1)
    )
    variants = [sentence.replace("song", f"song{n}") for n in range(60)]
    (tmp_path / "a.conllu").write_text("\n".join(variants), "utf-8")
    (tmp_path / "v.txt").write_text("the 1 0\nsong0 0 1\nother 3 3\n")
    config = tagging.Pos(
        data=str(tmp_path / "a.conllu"),
        layer="xpos",
        embeddings=str(tmp_path / "v.txt"),
        members=("recurrent",),
        out=str(tmp_path / "out"),
        **{**SMALL, "epochs": 3},
    )
    (tmp_path / "out").mkdir()
    train.run("pos", config, tmp_path / "out")
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert {"accuracy", "accuracy_unknown", "baseline_accuracy", "confusions"} <= set(scores)
    assert "f1" not in scores
    written = json.loads((tmp_path / "out" / "config.json").read_text())
    assert written["task"] == "pos" and written["layer"] == "xpos"
    served = export.SavedPredictor(tmp_path / "out").serve(tf.constant(["the song"]))
    assert set(served["tags"].numpy().ravel()) <= {b"DT", b"JJ", b"NN", b"."}
    assert "span_types" not in served


def test_both_configurations_are_on_the_command_line():
    for name, config in (("pos", tagging.Pos), ("ner", tagging.Ner)):
        assert TASKS[name].Config is config
    fields = {f.name: f.default for f in dataclasses.fields(tagging.Pos)}
    assert {*fields, "recall_margin", "mention_replacement"} == {
        f.name for f in dataclasses.fields(tagging.Ner)
    }


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("ner", "a O\nb B-X\nc D-X\n", r"train.conll, line 1 \(token 3 from there, 'c'\)"),
        ("pos", "a N\nb\n", "train.conll, line 2: expected 2 columns"),
        ("pos", "a N\n\nb N\n", "too few different rows|expected 2 to 1000 different tags"),
    ],
)
def test_bad_data_gets_one_message(name, content, message, monkeypatch, tmp_path):
    (tmp_path / "train.conll").write_text(content)
    for split in ("dev", "test"):
        (tmp_path / f"{split}.conll").write_text("a O\n")
    monkeypatch.setattr(
        sys, "argv", ["train.py", name, "--data", str(tmp_path), "--out", str(tmp_path / "o")]
    )
    with pytest.raises(SystemExit, match=message):
        train.main()
