"""The sequence-to-sequence pipeline from its command line to `seqtasks predict`."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

import seqtasks
from seqtasks.cli import main
from seqtasks.errors import InputError
from seqtasks.pipelines import sequence_to_sequence
from seqtasks.pipelines.options import with_options
from seqtasks.tasks import find

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


def run(*arguments):
    main(["train", "translation", *map(str, arguments)])


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--input-feeding", "--tokenizer", "word", "--no-joint", "--coverage-penalty", "0.1"],
        ["--encoder", "transformer", "--subword-sharpness", "0.5", "--token-budget", "200"],
        ["--encoder", "conv", "--tokenizer", "character", "--scheduled-sampling", "0.2"],
        ["--tokenizer", "bpe", "--bpe-dropout", "0.1", "--curriculum", "1", "--average", "2"],
        ["--no-bidirectional", "--residual", "--encoder-layers", "2", "--weight-decay", "0.1"],
    ],
    ids=[
        "plain",
        "input feeding, words",
        "transformer, drawn subwords",
        "conv, characters",
        "byte pairs, curriculum",
        "one direction, residual, weight decay",
    ],
)
@pytest.mark.filterwarnings("ignore:.*ran out of data.*:UserWarning")
def test_trains_scores_and_translates(options, tmp_path, capsys):
    data, out = write_corpus(tmp_path), tmp_path / "run"
    arguments = ["--data", data, "--source", "de", "--target", "en", "--out", out, *SMALL]
    run(*arguments, *options)
    scores = json.loads((out / "scores.json").read_text("utf-8"))
    assert list(scores["test_sets"]) == ["test_2016", "test_2017"]
    for name in ("bleu", "bleu_lowercased", "chrf", "perplexity", "exact_match"):
        assert scores[name] == scores["test_sets"]["test_2016"][name]
    assert scores["bleu_signature"].startswith("nrefs:1|case:mixed")
    capsys.readouterr()
    texts = ["rot haus", "", "groß hund und haus"]
    main(["predict", str(out), "--nbest", "2", "--show-attention", str(tmp_path / "a.png"), "hund"])
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert (tmp_path / "a.png").exists()
    main(["predict", str(out), "--json", *texts])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    results = seqtasks.load(out)(texts, n_best=2, attention=False)
    assert [line["translation"] for line in lines] == [r.translation for r in results]
    assert all(len(r.n_best) <= 2 for r in results)
    again = seqtasks.load(out).evaluate(data)
    assert again["test_sets"].keys() == scores["test_sets"].keys()
    assert again["bleu"] == scores["bleu"]


@pytest.mark.slow
def test_the_saved_model_answers_without_keras(tmp_path):
    data = write_corpus(tmp_path)
    run("--data", data, "--source", "de", "--target", "en", "--out", tmp_path / "run", *SMALL)
    texts = ["rot haus und hund", ""]
    plain = "import sys, tensorflow as tf; m = tf.saved_model.load(sys.argv[1]);"
    plain += "serve = m.signatures['serving_default'];"
    plain += "print(serve(tf.constant(sys.argv[2:]))['translation'].numpy().tolist())"
    command = [sys.executable, "-c", plain, str(tmp_path / "run" / "saved_model"), *texts]
    out = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    expected = [r.translation.encode() for r in seqtasks.load(tmp_path / "run")(texts)]
    assert out.stdout.strip() == str(expected), out.stderr[-2000:]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source": "de", "target": "de"}, "expected two languages"),
        (
            {"source": "de", "target": "en", "vocabulary_size": 3},
            "vocabulary of 3 subwords: expected at least",
        ),
        (
            {"source": "de", "target": "en", "bidirectional": False, "encoder": "transformer"},
            r"--no-bidirectional .* is for --encoder rnn: 'transformer' sees",
        ),
        (
            {"source": "de", "target": "en", "units": 9},
            "--units: expected an even number for an encoder in two directions, found 9",
        ),
    ],
)
def test_refuses_what_cannot_be_trained(tmp_path, options, message):
    data = write_corpus(tmp_path)
    with pytest.raises(InputError, match=message):
        seqtasks.train("translation", data, out=tmp_path / "run", verbose=0, **options)


def test_embeddings_begin_with_word_vectors(tmp_path):
    """Rows of words with a vector are its multiples, all by the same factor; others stay."""
    write_corpus(tmp_path)
    vectors = {"haus": [3.0, -1.0, 2.0], "hund": [0.5, 4.0, -2.0], "nie": [1.0, 1.0, 1.0]}
    lines = [" ".join([word, *map(str, values)]) for word, values in vectors.items()]
    (tmp_path / "vectors.txt").write_text("\n".join(lines) + "\n")
    task = find("translation")
    options = {"data": str(tmp_path), "source": "de", "target": "en", "tokenizer": "word"}
    options |= {"joint": False, "embedding_size": 3, "units": 8}

    def build(**more):
        config = with_options(task.config, {**options, **more}, "translation")
        keras.utils.set_random_seed(1)
        return sequence_to_sequence.build(config, task.corpus(config))

    plain, setup = build(), build(embeddings=tmp_path / "vectors.txt")
    tokens = setup.tokenizers["source"].vocabulary.tokens
    before, after = (np.array(s.model.source_embedding.embeddings) for s in (plain, setup))
    known = [tokens.index(word) for word in ("haus", "hund")]
    others = [n for n in range(len(tokens)) if n not in known]
    np.testing.assert_array_equal(after[others], before[others])
    ratios = after[known] / np.array([vectors["haus"], vectors["hund"]])
    np.testing.assert_allclose(ratios, ratios[0, 0], rtol=1e-5)
    assert after[known].std() == pytest.approx(before[known].std(), rel=1e-5)
    assert any("vectors for 2 of 5 tokens (40%)" in note for note in setup.notes)
    np.testing.assert_array_equal(
        plain.model.target_embedding.embeddings, setup.model.target_embedding.embeddings
    )


@pytest.mark.slow
def test_a_cell_of_ones_own(tmp_path, capsys):
    @keras.saving.register_keras_serializable(package="tests")
    class OwnCell(seqtasks.layers.GRUCell):
        pass

    data, options = write_corpus(tmp_path), {"source": "de", "target": "en", "vocabulary_size": 200}
    small = {"epochs": 1, "units": 8, "embedding_size": 8, "jit": "off", "residual": True}
    made = seqtasks.train(
        "translation",
        data,
        cell=OwnCell,
        decoder_layers=1,
        out=tmp_path / "run",
        **options,
        **small,
    )
    assert made.config["cell"] == "tests>OwnCell" and made("rot haus").translation is not None
    assert type(made.model.encoder.recurrences[0].forward_layer.cell) is OwnCell
    assert type(made.model.decoder.recurrences[0].cell) is OwnCell
    assert "--residual adds nothing: neither" in capsys.readouterr().out
