"""`seqtasks train` as a user runs it: what it prints, leaves, and says to bad input."""

import csv
import gzip
import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from small_run import SMALL

import seqtasks
from seqtasks.cli import main
from seqtasks.errors import InputError
from seqtasks.training import EpochEnd

ROWS = [
    row
    for n in range(60)
    for row in ((f"good film {n}", "positive"), (f"dull film {n}", "negative"))
]


def write_tsv(path, rows=ROWS, header="text\tlabel"):
    path.write_text("\n".join([header, *("\t".join(row) for row in rows)]) + "\n", "utf-8")
    return str(path)


def run(*arguments):
    main(["train", *map(str, arguments)])


class TestFinishedRun:
    def test_prints_only_what_is_ours(self, finished):
        folder, done = finished
        assert done.stderr == ""
        lines = [line for line in done.stdout.splitlines() if line]
        assert lines[0].startswith("sentiment: text classification")
        assert "train: 8,000 rows (negative 4,000, positive 4,000)" in lines
        assert lines[lines.index("Epoch 1/2") - 1].startswith("compiling")
        assert any(line.startswith("best epoch ") and " of 2 " in line for line in lines)
        assert any(line.startswith("accuracy") for line in lines)
        assert lines[-2:] == [
            f"saved in {folder}; to use it:",
            f'  seqtasks predict {folder} "some text"',
        ]

    def test_leaves_the_run_folder(self, finished):
        folder, _ = finished
        assert {path.name for path in folder.iterdir()} == {
            "saved_model",
            "model.keras",
            "config.json",
            "run.json",
            "tokenizers.json",
            "scores.json",
            "history.csv",
            "learning_curves.png",
            "predictions.jsonl",
            "report.html",
            "errors.csv",
            "confusion_matrix.png",
            "checkpoint.npz",
        }
        config = json.loads((folder / "config.json").read_text())
        assert config["task"] == "sentiment" and config["units"] == 4 and config["epochs"] == 2
        with (folder / "history.csv").open() as file:
            rows = list(csv.DictReader(file))
        assert [row["epoch"] for row in rows] == ["1", "2"]
        assert {"loss", "val_loss", "accuracy", "val_accuracy"} <= set(rows[0])
        for picture in folder.glob("*.png"):
            assert picture.read_bytes().startswith(b"\x89PNG")

    def test_scores_are_those_of_the_reloaded_model(self, finished):
        """Against a count over the raw test rows through `tf.saved_model.load`."""
        from seqtasks.data.samples.sentiment import streams

        folder, _ = finished
        scores = json.loads((folder / "scores.json").read_text())
        rows = list(streams()["test"])
        loaded = tf.saved_model.load(folder / "saved_model")
        predicted = loaded.signatures["serving_default"](tf.constant([text for text, _ in rows]))[
            "label"
        ].numpy()
        right = sum(
            answer.decode() == label for answer, (_, label) in zip(predicted, rows, strict=True)
        )
        assert scores["accuracy"] == right / len(rows)
        for name in ("macro_f1", "weighted_f1", "baseline_accuracy", "training_seconds"):
            assert 0 <= scores[name]
        assert scores["baseline_accuracy"] < 0.8
        assert scores["seed"] == 0 and scores["data"] == "sample" and scores["versions"]

    def test_keras_file_gives_the_served_logits(self, finished):
        import keras

        folder, _ = finished
        model = keras.models.load_model(folder / "model.keras")
        vocabulary = model.members[0].embedding.input_dim
        assert np.array(model(np.array([[4, vocabulary - 1]]))["logits"]).shape == (1, 2)

    @pytest.mark.slow
    def test_a_process_with_tensorflow_alone_gives_the_same_labels(self, finished):
        folder, _ = finished
        texts = ["the soup was not at all bad", "món phở không hề ngon chút nào", "", "\x00 xyz"]
        program = f"""
import sys
for name in ("seqtasks", "keras", "tasks"):
    sys.modules[name] = None  # importing it raises
import json
import tensorflow as tf
model = tf.saved_model.load({str(folder / "saved_model")!r})
outputs = model.signatures["serving_default"](text=tf.constant({texts!r}))
print(json.dumps([label.decode() for label in outputs["label"].numpy()]))
"""
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        expected = seqtasks.load(folder)(texts)
        assert json.loads(done.stdout) == [result.label for result in expected]

    def test_a_session_based_loader_gives_the_same_probabilities(self, finished):
        """As the C API and TensorFlow Serving load it."""
        folder, _ = finished
        texts = ["the soup was not at all bad", "món phở không hề ngon chút nào", ""]
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            meta = tf.compat.v1.saved_model.load(session, ["serve"], str(folder / "saved_model"))
            signature = meta.signature_def["serving_default"]
            received = session.run(
                signature.outputs["probabilities"].name, {signature.inputs["text"].name: texts}
            )
        expected = [[*result.probabilities.values()] for result in seqtasks.load(folder)(texts)]
        np.testing.assert_allclose(received, expected, atol=1e-6)

    @pytest.mark.slow
    def test_saved_model_cli_runs_it(self, finished):
        folder, _ = finished
        command = [
            *(sys.executable, "-m", "tensorflow.python.tools.saved_model_cli"),
            *("run", "--dir", str(folder / "saved_model"), "--tag_set", "serve"),
            *("--signature_def", "serving_default"),
            *("--input_exprs", 'text=["the soup was not at all bad", ""]'),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found = seqtasks.load(folder)(["the soup was not at all bad", ""])
        assert str(np.array([result.label.encode() for result in found])) in done.stdout


class TestSeedAndResume:
    @pytest.mark.slow
    def test_same_seed_same_run_and_another_seed_another(self, tmp_path):
        data = write_tsv(tmp_path / "d.tsv")
        for name, seed in [("a", 1), ("b", 1), ("c", 2)]:
            options = ["--seed", seed, "--out", tmp_path / name, *SMALL]
            run("sentiment", "--data", data, *options)
        a, b, c = (checkpoint_arrays(tmp_path / name) for name in "abc")
        assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
        assert not all(np.array_equal(x, y) for x, y in zip(a, c, strict=True))

    @pytest.mark.slow
    def test_interrupted_then_resumed_is_as_never_interrupted(self, monkeypatch, tmp_path):
        data = write_tsv(tmp_path / "d.tsv")
        options = ["sentiment", "--data", data, *SMALL]
        run(*options, "--out", tmp_path / "whole")

        begin = EpochEnd.on_epoch_begin

        def stop_in_second_epoch(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt
            begin(self, epoch, logs)

        with monkeypatch.context() as patch:
            patch.setattr(EpochEnd, "on_epoch_begin", stop_in_second_epoch)
            with pytest.raises(SystemExit, match=r"interrupted; .* seqtasks train .* --resume"):
                run(*options, "--out", tmp_path / "cut")
        run(*options, "--out", tmp_path / "cut", "--resume")
        weights = [checkpoint_arrays(tmp_path / name) for name in ("whole", "cut")]
        assert all(np.array_equal(x, y) for x, y in zip(*weights, strict=True))
        scores = [json.loads((tmp_path / n / "scores.json").read_text()) for n in ("whole", "cut")]
        assert scores[0]["accuracy"] == scores[1]["accuracy"]

        with pytest.raises(SystemExit, match="cannot resume with other options: units was 4, is 5"):
            run(*options, "--units", 5, "--out", tmp_path / "cut", "--resume")


def checkpoint_arrays(folder):
    with np.load(folder / "checkpoint.npz") as saved:
        return [saved[name] for name in sorted(saved.files) if name != "history"]


# What is written to train.tsv (bytes), more options, what the message must say.
BAD_DATA = {
    "empty file": (b"", [], "train.tsv: the file is empty"),
    "header only": (b"text\tlabel\n", [], "no rows after the header"),
    "missing column": (
        b"words\tforms\tlabel\na\tb\tc\n",
        [],
        "line 1: expected one column named 'text'",
    ),
    "ragged row": (b"text\tlabel\na\tb\nc\n", [], "train.tsv, line 3: expected 2 columns, found 1"),
    "invalid UTF-8": (b"text\tlabel\na\tb\n\xff\tb\n", [], "train.tsv, line 3: expected UTF-8"),
    "NUL byte": (b"text\tlabel\na\0\tb\n", [], "train.tsv, line 2: holds a NUL byte"),
    "1 MB line": (b"text\tlabel\n" + b"x" * 1_000_000, [], "train.tsv, line 2: longer than"),
    "one class": (b"text\tlabel\n" + b"".join(b"t%d\ta\n" % n for n in range(99)), [], "labels"),
    "few rows": (b"text\tlabel\na\tb\nc\td\n", [], "too few different rows"),
    "other fields": (b"text\tlabel\na\tb\n", ["--text-field", "t"], "column named 't'"),
}


class TestBadInput:
    @pytest.mark.parametrize("case", BAD_DATA)
    def test_bad_data_gets_one_message(self, case, tmp_path):
        content, options, message = BAD_DATA[case]
        (tmp_path / "train.tsv").write_bytes(content)
        with pytest.raises(SystemExit) as stopped:
            run("sentiment", "--data", tmp_path, "--out", tmp_path / "out", *options)
        assert str(stopped.value).startswith("error: ")
        assert message in str(stopped.value)

    def test_a_label_seen_only_in_test_is_named_with_its_line(self, tmp_path):
        write_tsv(tmp_path / "train.tsv")
        write_tsv(tmp_path / "test.tsv", [("fine", "positive"), ("meh", "neutral")])
        message = r"test.tsv, line 3: the label 'neutral' is not in the training split"
        with pytest.raises(SystemExit, match=message):
            run("sentiment", "--data", tmp_path, "--out", tmp_path / "out")

    @pytest.mark.parametrize(
        ("data", "message"),
        [("nowhere.tsv", "no such file or folder"), ("tfds:nosuchset", "no data set of this name")],
    )
    def test_data_that_do_not_exist(self, data, message, tmp_path):
        with pytest.raises(SystemExit, match=message):
            run("sentiment", "--data", data, "--out", tmp_path / "out")

    def test_an_out_that_cannot_be_written(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(
            SystemExit, match=r"^error: .*run: cannot be written to .* another --out"
        ):
            run("sentiment", "--out", tmp_path / "file" / "run")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["sentiment", "--epoch", "3"], "--epochs"),
            (["sentiment", "--epochs", "0"], "--epochs: expected at least 1, found 0"),
            (["sentiment", "--dropout", "1.0"], "--dropout: expected"),
            (["sentiment", "--seed", "5000000000"], "--seed: expected at least 0 and at most"),
            (["sentiment", "--optimizer", "adamw"], "adamw"),
        ],
    )
    def test_wrong_command_lines(self, arguments, message, capsys):
        with pytest.raises(SystemExit) as stopped:
            run(*arguments)
        assert stopped.value.code == 2
        assert message in capsys.readouterr().err

    def test_a_finished_run_is_not_overwritten_unasked(self, finished):
        folder, _ = finished
        before = (folder / "run.json").read_bytes()
        with pytest.raises(SystemExit, match=r"holds a finished run\. Replace it with --overwrite"):
            run("ner", "--out", folder)
        with pytest.raises(SystemExit, match="no such file or folder"):
            run("ner", "--out", folder, "--overwrite", "--data", "nowhere")
        assert (folder / "run.json").read_bytes() == before
        assert seqtasks.load(folder).task == "sentiment"

    def test_a_task_that_does_not_exist_gets_the_nearest(self):
        with pytest.raises(SystemExit, match=r"no task 'sentimant'\. Did you mean sentiment"):
            run("sentimant")

    @pytest.mark.slow
    def test_a_run_that_diverges_leaves_nothing_that_answers(self, tmp_path):
        data = write_tsv(tmp_path / "d.tsv")
        options = ["--learning-rate", "1e30", "--clip-norm", "0", "--out", tmp_path / "out", *SMALL]
        with pytest.raises(SystemExit, match=r"error: .*(not finite|diverged).* --learning-rate"):
            run("sentiment", "--data", data, *options)
        with pytest.raises(InputError, match=r"not finished|no such folder"):
            seqtasks.load(tmp_path / "out")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "floor"), [("trec", 0.75), ("uit_vsfc", 0.85)])
def test_real_corpora_in_english_and_vietnamese(shared_data, tmp_path, name, floor):
    """Three passes over real questions and real feedback already tell the classes apart."""
    options = ["--data", shared_data / name, "--out", tmp_path / "out", "--epochs", "3"]
    run("sentiment", *options, "--members", "convolutional", "ngram")
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert scores["accuracy"] > floor
    assert sum(map(sum, scores["confusion_matrix"])) == {"trec": 500, "uit_vsfc": 3166}[name]


class TestOptions:
    def test_help_imports_nothing_heavy(self, tmp_path):
        program = """
import sys
from seqtasks.cli import main
try:
    main({arguments})
except SystemExit:
    pass
heavy = {{"tensorflow", "keras", "numpy", "sklearn", "matplotlib"}} & set(sys.modules)
print("heavy:", sorted(heavy))
"""
        for arguments, expected in [
            (["--help"], "seqtasks COMMAND --help"),
            (["train", "--help"], "text classification: sentiment"),
            (["train", "sentiment", "--help"], "--learning-rate"),
            (["predict", "--help"], "--temperature"),
            (["tasks"], "named entities"),
        ]:
            done = subprocess.run(
                [sys.executable, "-c", program.format(arguments=arguments)],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=True,
            )
            assert expected in done.stdout
            assert "heavy: []" in done.stdout

    def test_options_are_shown_in_groups(self, capsys):
        with pytest.raises(SystemExit):
            run("sentiment", "--help")
        printed = capsys.readouterr().out
        for group in ("run options", "data options", "network options", "training options"):
            assert group in printed

    @pytest.mark.slow
    def test_csv_gz_with_other_names_characters_and_token_budget(self, tmp_path):
        content = "id,review,stars\n" + "".join(
            f'{n},"{text}, really",{label}\n' for n, (text, label) in enumerate(ROWS)
        )
        (tmp_path / "d.csv.gz").write_bytes(gzip.compress(content.encode()))
        fields = ["--text-field", "review", "--label-field", "stars"]
        run(
            *("sentiment", "--data", tmp_path / "d.csv.gz", "--out", tmp_path / "out", *fields),
            *("--tokenizer", "character", "--token-budget", "200", "--cell", "gru", *SMALL),
            *("--pooling", "attention", "last", "--layers", "2", "--residual"),
            *("--optimizer", "rmsprop", "--clip-norm", "0", "--members", "recurrent"),
        )
        scores = json.loads((tmp_path / "out" / "scores.json").read_text())
        assert scores["labels"] == ["negative", "positive"]
