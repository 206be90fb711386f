"""The translation recipe from its command line to `seqtasks predict`."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import train
from seqtasks import export
from seqtasks.__main__ import main
from seqtasks.errors import InputError
from tasks import translation

SMALL = ["--epochs", "2", "--units", "8", "--embedding-size", "8", "--encoder-layers", "1"]
SMALL += ["--vocabulary-size", "200", "--batch-size", "16", "--jit", "off"]


def write_corpus(folder):
    rng = np.random.default_rng(0)
    words = {"rot": "red", "groß": "big", "haus": "house", "hund": "dog", "und": "and"}
    for name, size in (("train", 64), ("val", 8), ("test_2016", 8), ("test_2017", 8)):
        german = [" ".join(rng.choice(list(words), size=rng.integers(2, 6))) for _ in range(size)]
        english = [" ".join(words[w] for w in line.split()) for line in german]
        (folder / f"{name}.de").write_text("\n".join(german) + "\n", "utf-8")
        (folder / f"{name}.en").write_text("\n".join(english) + "\n", "utf-8")
    return folder


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["train.py", "translation", *map(str, arguments)])
    train.main()


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--input-feeding", "--tokenizer", "word", "--no-joint", "--coverage-penalty", "0.1"],
        ["--encoder", "transformer", "--subword-sharpness", "0.5", "--token-budget", "200"],
        ["--encoder", "conv", "--tokenizer", "character", "--scheduled-sampling", "0.2"],
        ["--tokenizer", "bpe", "--bpe-dropout", "0.1", "--curriculum", "1", "--average", "2"],
    ],
    ids=[
        "plain",
        "input feeding, words",
        "transformer, drawn subwords",
        "conv, characters",
        "byte pairs, curriculum",
    ],
)
@pytest.mark.filterwarnings("ignore:.*ran out of data.*:UserWarning")
def test_trains_scores_and_translates(options, tmp_path, monkeypatch, capsys):
    data, out = write_corpus(tmp_path), tmp_path / "run"
    arguments = ["--data", data, "--source", "de", "--target", "en", "--out", out, *SMALL]
    run(monkeypatch, *arguments, *options)
    scores = json.loads((out / "scores.json").read_text("utf-8"))
    assert list(scores["test_sets"]) == ["test_2016", "test_2017"]
    for name in ("bleu", "bleu_lowercased", "chrf", "perplexity", "exact_match"):
        assert scores[name] == scores["test_sets"]["test_2016"][name]
    assert scores["bleu_signature"].startswith("nrefs:1|case:mixed")
    capsys.readouterr()
    texts = ["rot haus", "", "groß hund und haus"]
    main(["predict", str(out), "--nbest", "2", "--show-attention", str(tmp_path / "a.png"), "hund"])
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert (tmp_path / "a.png").exists()
    main(["predict", str(out), "--json", *texts])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    served = export.SavedPredictor(out).serve(tf.constant(texts))["translation"].numpy()
    assert [line["translation"] for line in lines] == [x.decode() for x in served]


@pytest.mark.slow
def test_the_saved_model_answers_without_keras_and_as_the_live_one(tmp_path, monkeypatch):
    data = write_corpus(tmp_path)
    config = translation.Config(
        data=str(data),
        source="de",
        target="en",
        units=8,
        embedding_size=8,
        vocabulary_size=60,
        jit="off",
    )
    task = translation.build(config)
    export.save(tmp_path, task)
    texts = ["rot haus und hund", ""]
    plain = "import sys, tensorflow as tf; m = tf.saved_model.load(sys.argv[1]);"
    plain += "print(m.serve(tf.constant(sys.argv[2:]))['translation'].numpy().tolist())"
    command = [sys.executable, "-c", plain, str(tmp_path / "saved_model"), *texts]
    out = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    live = task.predictor.serve(tf.constant(texts))["translation"].numpy().tolist()
    assert out.stdout.strip() == str(live), out.stderr[-2000:]


def test_refuses_what_cannot_be_trained(tmp_path):
    data = str(write_corpus(tmp_path))
    with pytest.raises(InputError, match="expected two languages"):
        translation.build(translation.Config(data=data, source="de", target="de"))
    with pytest.raises(InputError, match="vocabulary of 3 subwords: expected at least"):
        translation.build(
            translation.Config(data=data, source="de", target="en", vocabulary_size=3)
        )
