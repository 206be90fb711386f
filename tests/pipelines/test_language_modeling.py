"""The language modeling pipeline as a user runs it: scores, resuming, sources, bad input."""

import json
import math
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

import seqtasks
from seqtasks.cli import main as command
from seqtasks.data.samples import manual

SMALL = ["--units", "12", "--embedding-size", "8", "--batch-size", "8", "--bptt", "16"]
TEXT = "".join(text for text, _ in manual.streams()["validation"])[:30000]


def run(*arguments):
    command(["train", "generation", *map(str, arguments)])


def scores_of(folder):
    return json.loads((folder / "scores.json").read_text())


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run on one text file with Vietnamese in it."""
    folder = tmp_path_factory.mktemp("generation")
    text = "Trăm năm trong cõi người ta, chữ tài chữ mệnh khéo là ghét nhau. " * 40 + TEXT
    (folder / "text.txt").write_text(text, "utf-8")
    run("--data", folder / "text.txt", "--out", folder / "run", *SMALL)
    return folder / "run", text


def test_it_learns_and_reports(trained):
    folder, text = trained
    scores = scores_of(folder)
    assert scores["tokens"] == len(text) - int(len(text) * 0.9)
    assert scores["perplexity"] < scores["ngram_perplexities"]["1-gram"]
    assert scores["bits_per_character"] == pytest.approx(math.log2(scores["perplexity"]))
    assert scores["perplexity_windowed"] > 1
    assert "validation" in scores["scored_on"] or "last tenth" in scores["scored_on"]


def test_the_score_is_that_of_the_reloaded_model_on_the_text(trained):
    """Character by character through `score_after`, without our metric."""
    folder, text = trained
    predictor = seqtasks.load(folder).predictor
    held_out = text[int(len(text) * 0.9) :]
    outputs = predictor.signatures["score"](text=tf.constant([held_out]))
    expected = math.exp(-float(outputs["log_probability"][0]) / int(outputs["tokens"][0]))
    assert scores_of(folder)["perplexity"] == pytest.approx(expected, rel=1e-4)
    x, y = held_out[256], held_out[257:513]  # the second window
    outputs = predictor.signatures["score_after"](text=tf.constant([y]), previous=tf.constant([x]))
    assert int(outputs["tokens"][0]) == 256


def test_the_command_streams_what_the_model_generates(trained, capsys):
    folder, _ = trained
    options = ["--length", "40", "--temperature", "0.5", "--seed", "3", "--top-k", "9"]
    command(["predict", str(folder), "Trăm", *options])
    printed = capsys.readouterr().out
    expected = seqtasks.load(folder).predictor.signatures["generate"](
        text=tf.constant(["Trăm"]),
        length=tf.constant([40]),
        temperature=tf.constant([0.5]),
        top_k=tf.constant([9]),
        top_p=tf.constant([1.0]),
        seed=tf.constant([3]),
    )
    assert printed == "Trăm" + expected["text"].numpy()[0].decode() + "\n"
    command(["predict", str(folder), "Trăm", *options, "--json"])
    assert "Trăm" + json.loads(capsys.readouterr().out)["continuation"] + "\n" == printed


@pytest.mark.parametrize(
    ("option", "value"),
    [("--length", "0"), ("--temperature", "-1"), ("--top-p", "0"), ("--top-k", "-2")],
)
def test_settings_that_mean_nothing(trained, option, value):
    with pytest.raises(SystemExit) as error:
        command(["predict", str(trained[0]), "x", option, value])
    name = option.removeprefix("--").replace("-", "_")
    assert f"{name}: expected" in str(error.value)


@pytest.mark.slow
def test_documents_end(tmp_path):
    rows = "\n".join(["text", *(f"dòng số {n}." for n in range(600))])
    (tmp_path / "d.tsv").write_text(rows + "\n", "utf-8")
    run("--data", tmp_path / "d.tsv", "--out", tmp_path / "run", *SMALL, "--epochs", 9)
    predictor = seqtasks.load(tmp_path / "run").predictor
    texts = predictor.signatures["serving_default"](text=tf.constant(["dòng", "", "dòng số "]))[
        "text"
    ].numpy()
    assert all(len(text.decode()) < 60 for text in texts)
    assert scores_of(tmp_path / "run")["perplexity"] < 3


@pytest.mark.slow
def test_words(tmp_path):
    (tmp_path / "t.txt").write_text(TEXT)
    arguments = ["--data", tmp_path / "t.txt", "--out", tmp_path / "run", "--tokenizer", "word"]
    run(*arguments, *SMALL, "--tie-output", "--vary-bptt", "--epochs", 1)
    scores = scores_of(tmp_path / "run")
    assert scores["unknown"] > 0 and "perplexity_windowed" not in scores
    assert scores["bits_per_character"] < math.log2(scores["perplexity"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_subwords(capsys, tmp_path, kind):
    text = TEXT[:20000] + "Trăm năm  trong cõi\n\tngười ta.\n" * 300
    (tmp_path / "t.txt").write_text(text, "utf-8")
    folder = tmp_path / "run"
    arguments = ["--data", tmp_path / "t.txt", "--out", folder, "--tokenizer", kind]
    run(*arguments, *SMALL, "--vocabulary-size", 300, "--epochs", 3)
    scores, held_out = scores_of(folder), text[int(len(text) * 0.9) :]
    assert scores["unknown"] == 0 and "perplexity_windowed" not in scores
    assert scores["tokens"] < len(held_out) / 1.5  # they are longer than characters
    nats = math.log(scores["perplexity"]) * scores["tokens"]
    assert scores["bits_per_character"] == pytest.approx(nats / len(held_out) / math.log(2))
    predictor = seqtasks.load(folder).predictor
    outputs = predictor.signatures["score"](text=tf.constant([held_out]))
    assert -float(outputs["log_probability"][0]) == pytest.approx(nats, rel=1e-4)
    capsys.readouterr()
    command(["predict", str(folder), "Trăm năm", "--length", "300", "--temperature", "0.8"])
    printed = capsys.readouterr().out
    generated = (
        predictor.signatures["serving_default"](text=tf.constant(["Trăm năm"]))["text"]
        .numpy()[0]
        .decode()
    )
    assert printed == f"Trăm năm{generated}\n" and " " in generated and "▁" not in generated


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"short", "too short: expected at least 128 tokens"),
        (b"good line\nbad \xff byte\n" * 99, "line 2: expected UTF-8"),
    ],
)
def test_bad_texts(tmp_path, content, message):
    (tmp_path / "t.txt").write_bytes(content)
    with pytest.raises(SystemExit, match=message):
        run("--data", tmp_path / "t.txt", "--out", tmp_path / "run", *SMALL)


@pytest.mark.slow
@pytest.mark.parametrize("content", ["a" * 20000, "một dòng " * 3000])
def test_odd_texts(tmp_path, content):
    """One character repeated; one gigantic line."""
    (tmp_path / "t.txt").write_text(content, "utf-8")
    run("--data", tmp_path / "t.txt", "--out", tmp_path / "run", *SMALL)
    assert scores_of(tmp_path / "run")["perplexity"] < 3


@pytest.mark.slow
def test_tfds_and_files_give_the_same_scores(tmp_path, shared_tfds, shared_data):
    text = (shared_data / "tiny_shakespeare" / "input.txt").read_text()
    places = (0, 1003854, 1059624, len(text))
    for name, a, b in zip(("train", "valid", "test"), places, places[1:], strict=False):
        (tmp_path / f"{name}.txt").write_text(text[a:b])
    small = [*SMALL[:-2], "--bptt", "64", "--batch-size", "64", "--epoch-tokens", "40000"]
    run("--data", tmp_path, "--out", tmp_path / "a", *small)
    tfds = ["--data", "tfds:tiny_shakespeare", "--data-dir", shared_tfds]
    run(*tfds, "--out", tmp_path / "b", *small)
    a, b = scores_of(tmp_path / "a"), scores_of(tmp_path / "b")
    for name in ("perplexity", "perplexity_windowed", "validation_perplexity", "tokens"):
        assert a[name] == b[name]


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--dropout", "0.3", "--vary-bptt", "--ema-momentum", ".9", "--weight-decay", "0.1"],
    ],
)
def test_killed_and_resumed_it_ends_bit_for_bit_the_same(tmp_path, options):
    (tmp_path / "t.txt").write_text(TEXT)
    # An epoch of 9 windows ends in the middle of a pass: the state is carried on.
    arguments = [
        sys.executable,
        "-m",
        "seqtasks",
        "train",
        "generation",
        "--data",
        str(tmp_path / "t.txt"),
    ]
    arguments += [*SMALL, "--epochs", "8", "--epoch-tokens", "1152", "--layers", "2", *options]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run([*arguments, "--out", str(whole)], check=True, capture_output=True)
    process = subprocess.Popen([*arguments, "--out", str(killed)], stdout=subprocess.DEVNULL)
    work = tmp_path / "killed.partial"
    while not (work / "checkpoint.npz").exists():
        time.sleep(0.01)
    time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = shutil.copy(work / "checkpoint.npz", tmp_path / "kept.npz")
    with np.load(kept) as saved:
        assert 1 <= len(json.loads(str(saved["history"]))) <= 8
    subprocess.run([*arguments, "--out", str(killed), "--resume"], check=True, capture_output=True)
    with np.load(whole / "checkpoint.npz") as a, np.load(killed / "checkpoint.npz") as b:
        assert set(a.files) == set(b.files)
        for name in a.files:
            if name != "history":
                np.testing.assert_array_equal(a[name], b[name], err_msg=name)
    assert scores_of(whole)["perplexity"] == scores_of(killed)["perplexity"]


@pytest.mark.slow
def test_members_are_saved_scored_and_generate(tmp_path, capsys):
    (tmp_path / "text.txt").write_text(TEXT, "utf-8")
    out = tmp_path / "run"
    arguments = ["--data", tmp_path / "text.txt", "--out", out, *SMALL, "--epochs", "1"]
    run(*arguments, "--members", "2")
    predictor = seqtasks.load(out).predictor
    import keras

    model = seqtasks.load(out).model
    ids = np.array([[2, 5, 6, 7]])
    each = [keras.ops.softmax(member(ids)) for member in model.members]
    np.testing.assert_allclose(np.exp(model(ids)["logits"]), np.mean(each, axis=0), atol=1e-5)
    assert scores_of(out)["perplexity"] < scores_of(out)["ngram_perplexities"]["1-gram"] * 1.5
    assert predictor.signatures["serving_default"](text=tf.constant(["the "]))["text"].numpy()[0]
    capsys.readouterr()
    command(["predict", str(out), "the ", "--length", "20"])
    assert len(capsys.readouterr().out) >= 20
