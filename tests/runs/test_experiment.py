"""Experiments: seeds and folds, interrupted and resumed, and what they refuse."""

import csv
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

import seqtasks
from seqtasks.cli import main
from seqtasks.data.samples import sentiment
from seqtasks.errors import InputError
from seqtasks.runs.experiment import score_statistics

ROWS = list(sentiment.streams()["train"])[:120]
TINY = {"members": ("ngram",), "batch_size": 16, "epochs": 2, "verbose": 0}


def train(out, **options):
    return seqtasks.train("sentiment", ROWS, out=out, **{**TINY, **options})


def weights_of(run):
    with np.load(run / "checkpoint.npz") as saved:
        return {name: saved[name] for name in saved.files if name != "history"}


def assert_same_run(one, other):
    a, b = weights_of(one), weights_of(other)
    assert a.keys() == b.keys()
    for name, value in a.items():
        np.testing.assert_array_equal(value, b[name], err_msg=name)
    for name in ("predictions.jsonl", "config.json"):
        assert (one / name).read_text() == (other / name).read_text()
    # All but the seconds.
    a, b = (json.loads((run / "scores.json").read_text()) for run in (one, other))
    assert {**a, "training_seconds": 0} == {**b, "training_seconds": 0}


class Stop(keras.callbacks.Callback):
    """Interrupts in the second epoch of the second training that it sees."""

    def __init__(self):
        super().__init__()
        self.trainings = 0

    def on_train_begin(self, logs=None):
        self.trainings += 1

    def on_epoch_begin(self, epoch, logs=None):
        if (self.trainings, epoch) == (2, 1):
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """The folder of an experiment with the seeds 0 and 1."""
    return train(tmp_path_factory.mktemp("seeds") / "out", seeds=(0, 1)).path


@pytest.fixture(scope="module")
def folds(tmp_path_factory):
    """The folder of an experiment of three folds."""
    return train(tmp_path_factory.mktemp("folds") / "out", folds=3, epochs=1).path


class TestSeeds:
    def test_each_is_the_run_of_that_seed(self, seeds, tmp_path):
        alone = train(tmp_path / "alone", seed=1)
        assert_same_run(alone.path, seeds / "seed-1")
        assert weights_of(seeds / "seed-0").keys() == weights_of(seeds / "seed-1").keys()
        assert any(
            not np.array_equal(value, weights_of(seeds / "seed-1")[name])
            for name, value in weights_of(seeds / "seed-0").items()
        )

    def test_mean_and_deviation_as_numpy_has_them(self, seeds):
        found = seqtasks.Experiment(seeds)
        assert found.task == "sentiment" and found.plan.seeds == (0, 1)
        for name in ("accuracy", "macro_f1", "baseline_accuracy"):
            values = [run.scores[name] for run in found.runs]
            score = found.scores[name]
            assert score["values"] == values and score["mean"] == pytest.approx(np.mean(values))
            assert score["std"] == pytest.approx(np.std(values, ddof=1))
        assert not {"seed", "training_seconds", "parameters"} & found.scores.keys()
        assert found.scores == json.loads((seeds / "scores.json").read_text())

    def test_it_shows_itself(self, seeds, capsys):
        found = seqtasks.Experiment(str(seeds))
        mean = f"{found.scores['accuracy']['mean']:.4f}"
        assert repr(found).startswith(
            f"<Experiment sentiment, 2 seeds, at {seeds}: accuracy={mean}±"
        )
        assert mean in found._repr_html_()
        main(["info", str(seeds)])
        printed = capsys.readouterr().out
        assert "an experiment of 2 seeds: seed-0, seed-1" in printed and mean in printed
        assert "test scores" in printed

    def test_a_run_of_it_is_a_run_and_it_is_none(self, seeds, capsys):
        main(["predict", str(seeds / "seed-1"), "the soup was fine"])
        assert "the soup was fine" in capsys.readouterr().out
        with pytest.raises(InputError, match=r"experiment of several runs: seed-0, seed-1\. Name"):
            seqtasks.load(seeds)
        with pytest.raises(InputError, match=r"holds one run, no experiment\. Use seqtasks\.load"):
            seqtasks.Experiment(seeds / "seed-0")
        with pytest.raises(InputError, match="no finished experiment"):
            seqtasks.Experiment(seeds.parent / "nowhere")

    def test_its_options_may_be_used_again(self, seeds, tmp_path):
        config = json.loads((seeds / "config.json").read_text())
        assert "seed" not in config and config["members"] == ["ngram"]
        run = seqtasks.train(
            "sentiment", ROWS, out=tmp_path / "run", config=seeds, epochs=1, verbose=0
        )
        assert run.config["batch_size"] == 16

    def test_the_deviation_is_that_of_a_sample(self):
        found = score_statistics([{"f1": value} for value in (0.5, 0.7, 0.9, 0.6)])
        assert found["f1"]["std"] == pytest.approx(np.std([0.5, 0.7, 0.9, 0.6], ddof=1))

    def test_one_seed_has_no_deviation(self):
        found = score_statistics([{"f1": 0.5, "seed": 3, "note": "a", "bad": float("nan")}])
        assert found == {"f1": {"mean": 0.5, "std": None, "values": [0.5]}}


class TestResume:
    def test_interrupted_then_resumed_with_a_seed_added(self, seeds, tmp_path):
        """As if it had never been interrupted; no seed is trained twice."""
        out, stop = tmp_path / "out", Stop()
        with pytest.raises(KeyboardInterrupt):
            train(out, seeds=(0, 1), callbacks=[stop])
        work = tmp_path / "out.partial"
        assert (work / "seed-0" / "run.json").is_file() and not out.exists()
        assert (work / "seed-1.partial" / "checkpoint.npz").is_file()
        first = (work / "seed-0" / "run.json").stat().st_mtime_ns
        with pytest.raises(InputError, match=r"this experiment is not finished.*--resume"):
            seqtasks.load(out)
        for refused in ({}, {"seeds": (0, 1)}):
            with pytest.raises(InputError, match=r"out\.partial: holds an unfinished experiment"):
                train(out, **refused)
        with pytest.raises(InputError, match="holds an experiment of several runs"):
            train(out, resume=True)
        epochs = []
        seen = keras.callbacks.LambdaCallback(on_epoch_begin=lambda n, logs: epochs.append(n))
        found = train(out, seeds=(0, 1, 2), resume=True, callbacks=[seen])
        assert epochs == [1, 0, 1]  # the second epoch of seed 1, both of seed 2
        assert [*found.plan.names] == ["seed-0", "seed-1", "seed-2"]
        assert (out / "seed-0" / "run.json").stat().st_mtime_ns == first
        for name in ("seed-0", "seed-1"):
            assert_same_run(seeds / name, out / name)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]

    def test_a_seed_added_to_a_finished_one(self, seeds, tmp_path):
        out = shutil.copytree(seeds, tmp_path / "out")
        seen = Stop()
        found = train(out, seeds=(5, 0, 1), resume=True, callbacks=[seen])
        assert seen.trainings == 1 and len(found.scores["accuracy"]["values"]) == 3
        assert found.scores["accuracy"]["values"][1:] == [
            run.scores["accuracy"] for run in seqtasks.Experiment(seeds).runs
        ]

    def test_more_epochs_train_every_run_further(self, seeds, tmp_path):
        out = shutil.copytree(seeds, tmp_path / "out")
        found = train(out, seeds=(0, 1), resume=True, epochs=3)
        assert [run.manifest.epochs for run in found.runs] == [3, 3]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"batch_size": 8}, "cannot resume with other options: batch_size was 16, is 8"),
            ({"seeds": (0, 2)}, r"with --seeds 0 1, to be resumed with --seeds 0 2\. .*may be add"),
            ({"seeds": None, "folds": 3}, "with --seeds 0 1, to be resumed with --folds 3"),
            ({"test": False}, "to be resumed with --seeds 0 1 2 --no-test"),
            ({"seeds": None}, "holds an experiment of several runs"),
        ],
    )
    def test_what_cannot_be_resumed(self, seeds, tmp_path, change, message):
        out = shutil.copytree(seeds, tmp_path / "out")
        with pytest.raises(InputError, match=message):
            train(out, **{"seeds": (0, 1, 2), "resume": True, **change})
        assert seqtasks.Experiment(out).scores == seqtasks.Experiment(seeds).scores

    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
    def test_another_corpus_is_refused(self, seeds, tmp_path, order):
        out = shutil.copytree(seeds, tmp_path / "out")
        options = {**TINY, "out": out, "seeds": order, "resume": True}
        with pytest.raises(InputError, match="the corpus is not the one that the runs beside it"):
            seqtasks.train("sentiment", ROWS[1:], **options)

    def test_a_run_is_not_resumed_as_an_experiment(self, seeds, tmp_path):
        out = shutil.copytree(seeds / "seed-0", tmp_path / "out")
        with pytest.raises(InputError, match=r"holds one run, no experiment\. Resume it without"):
            train(out, seeds=(0, 1), resume=True)

    @pytest.mark.slow
    @pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
    def test_a_killed_process_is_resumed(self, tmp_path, sent):
        lines = "\n".join(["text\tlabel", *("\t".join(row) for row in ROWS)])
        (tmp_path / "rows.tsv").write_text(lines + "\n", "utf-8")
        options = ["--data", "rows.tsv", "--members", "ngram", "--batch-size", "4"]
        options += ["--epochs", "30", "--patience", "30", "--seeds", "0", "1"]
        command = [sys.executable, "-m", "seqtasks", "train", "sentiment", *options]
        with subprocess.Popen(
            [*command, "--out", "cut"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            wanted = tmp_path / "cut.partial" / "seed-1.partial" / "checkpoint.npz"
            while not wanted.exists() and process.poll() is None:
                time.sleep(0.02)
            os.kill(process.pid, sent)
            printed = process.communicate()[0]
        assert not (tmp_path / "cut").exists(), printed
        if sent == signal.SIGINT:
            assert "--seeds 0 1 --out cut --resume" in printed
        for out in (["--out", "cut", "--resume"], ["--out", "whole"]):
            subprocess.run([*command, *out], cwd=tmp_path, check=True, capture_output=True)
        for name in ("seed-0", "seed-1"):
            assert_same_run(tmp_path / "cut" / name, tmp_path / "whole" / name)
        scores = [(tmp_path / out / "scores.json").read_text() for out in ("cut", "whole")]
        assert scores[0] == scores[1]


class TestReport:
    def test_of_all_rows_of_all_folds(self, folds, opened_where_possible, capsys):
        lines = (folds / "predictions.jsonl").read_text("utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        wrong = [row for row in rows if row["reference"] != row["prediction"]]
        with (folds / "errors.csv").open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
        assert sorted(row["text"] for row in found) == sorted(row["text"] for row in wrong)
        page = (folds / "report.html").read_text("utf-8")
        assert f"Each of {len(rows):,} rows" in page and (folds / "fold-1/report.html").is_file()
        assert f"{seqtasks.Experiment(folds).scores['accuracy']['mean']:.4f}" in page
        main(["report", str(folds)])
        assert capsys.readouterr().out.strip() == str(folds / "report.html")
        assert (folds / "report.html").read_text("utf-8") == page
        opened_where_possible(folds / "report.html")

    def test_of_seeds_each_run_has_its_own(self, seeds):
        assert (seeds / "seed-0" / "report.html").is_file()
        assert not (seeds / "report.html").exists()
        with pytest.raises(SystemExit, match="each run has its report: seed-0, seed-1"):
            main(["report", str(seeds)])

    def test_none_where_none_is_wanted(self, tmp_path):
        found = train(tmp_path / "out", folds=2, epochs=1, report=False)
        assert not [*found.path.rglob("report.html")]


class TestFolds:
    def test_pooled_predictions_hold_every_row_once(self, folds):
        lines = (folds / "predictions.jsonl").read_text("utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        assert sorted((row["text"], row["reference"]) for row in rows) == sorted(ROWS)
        found = seqtasks.Experiment(folds)
        for number, run in enumerate(found.runs, start=1):
            own = [row for row in rows if row["fold"] == number]
            right = sum(row["prediction"] == row["reference"] for row in own)
            assert run.scores["accuracy"] == pytest.approx(right / len(own))
            assert run.scores["partition"] == {"test": True, "fold": number, "folds": 3}
        accuracies = [run.scores["accuracy"] for run in found.runs]
        assert found.scores["accuracy"]["std"] == pytest.approx(statistics.stdev(accuracies))

    def test_a_fold_is_scored_again_as_it_was(self, tmp_path):
        lines = "\n".join(["text\tlabel", *("\t".join(row) for row in ROWS)])
        (tmp_path / "rows.tsv").write_text(lines + "\n", "utf-8")
        data = str(tmp_path / "rows.tsv")
        found = seqtasks.train(
            "sentiment", data, out=tmp_path / "out", folds=2, **{**TINY, "epochs": 1}
        )
        for run in found.runs:
            again = run.evaluate()
            assert again["accuracy"] == run.scores["accuracy"]
            assert again["scored_on"] == run.scores["scored_on"]

    def test_rows_in_memory_must_be_named(self, folds):
        run = seqtasks.load(folds / "fold-1")
        with pytest.raises(InputError, match=r"trained on rows in memory\. Name the data to score"):
            run.evaluate()


class TestRefused:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"seeds": ()}, r"--seeds: expected whole numbers of 0 or more, found \(\)"),
            ({"seeds": 3}, "--seeds: expected whole numbers of 0 or more, found 3"),
            ({"seeds": "012"}, "found '012'"),
            ({"seeds": (0, -1)}, "expected whole numbers of 0 or more"),
            ({"seeds": (0, 1.5)}, "expected whole numbers of 0 or more"),
            ({"seeds": (4, 0, 4)}, "expected each once, found 4 twice"),
            ({"seeds": (0, 2**40)}, "--seed: expected at least 0 and at most"),
            ({"folds": 1}, "--folds: expected a whole number of at least 2, found 1"),
            ({"folds": True}, "found True"),
            ({"folds": 2, "seeds": (0, 1)}, "--seeds and --folds: expected one of them"),
            ({"seed": 0, "seeds": (0, 1)}, "--seed and --seeds: expected one of them"),
            ({"folds": 200}, "expected at least 200 different texts, one a fold, found"),
        ],
    )
    def test_bad_input_leaves_nothing(self, tmp_path, options, message):
        with pytest.raises(InputError, match=message) as told:
            train(tmp_path / "out", **options)
        assert len(str(told.value).splitlines()) == 1 and not (tmp_path / "out").exists()
        with pytest.raises(InputError, match=message):  # and no unfinished experiment
            train(tmp_path / "out", **options)

    def test_a_finished_experiment_is_not_replaced_unasked(self, seeds, tmp_path):
        out = shutil.copytree(seeds, tmp_path / "out")
        for options in ({}, {"seeds": (7,)}, {"folds": 2}):
            with pytest.raises(InputError, match=r"holds a finished experiment.*--overwrite"):
                train(out, **options)
        assert seqtasks.Experiment(out).plan.seeds == (0, 1)
        found = train(out, seeds=(7,), overwrite=True, epochs=1)
        assert [path.name for path in out.glob("seed-*")] == ["seed-7"]
        assert found.scores["accuracy"]["std"] is None and "  -  " in found.table()

    def test_running_text_has_no_folds(self, tmp_path):
        with pytest.raises(InputError, match="a language model reads running text"):
            seqtasks.train("generation", ["a text"] * 9, out=tmp_path / "g", folds=2, verbose=0)

    def test_the_command_line_says_the_same(self, tmp_path):
        command = ["train", "sentiment", "--out", str(tmp_path / "out")]
        for options, message in (
            (["--seeds", "1", "1"], "--seeds: expected each once"),
            (["--folds", "1"], "--folds: expected a whole number of at least 2"),
            (["--seed", "1", "--seeds", "1", "2"], "--seed and --seeds"),
        ):
            with pytest.raises(SystemExit, match=f"^error: {message}"):
                main([*command, *options])


class TestWithoutTest:
    def test_validation_is_scored_and_the_test_split_later(self, tmp_path):
        out, rows = tmp_path / "out", ["text\tlabel", *("\t".join(row) for row in ROWS)]
        (tmp_path / "train.tsv").write_text("\n".join(rows) + "\n", "utf-8")
        (tmp_path / "test.tsv").write_bytes(b"")  # opening it would raise
        options = {**TINY, "epochs": 1}
        run = seqtasks.train("sentiment", str(tmp_path), out=out, test=False, **options)
        assert run.scores["split"] == "validation" and "test" not in run.scores["rows"]
        assert run.scores["scored_on"].endswith("train.tsv (validation tenth)")
        lines = (out / "predictions.jsonl").read_text("utf-8").splitlines()
        assert len(lines) == run.scores["rows"]["validation"]
        (tmp_path / "test.tsv").write_text("\n".join(rows[:30]) + "\n", "utf-8")
        later = run.evaluate()
        assert later["scored_on"].endswith("test.tsv") and later["accuracy"] > 0
        resumed = seqtasks.train("sentiment", str(tmp_path), out=out, resume=True, **options)
        assert resumed.scores["split"] == "test"
        assert resumed.scores["accuracy"] == later["accuracy"]

    def test_a_run_that_read_it_is_resumed_without(self, seeds, tmp_path):
        out = shutil.copytree(seeds / "seed-0", tmp_path / "out")
        run = train(out, resume=True, test=False)
        assert run.scores["split"] == "validation" and run.manifest.epochs == 2

    def test_seeds(self, tmp_path):
        found = train(tmp_path / "out", seeds=(0, 1), test=False, epochs=1)
        assert "validation scores" in found.table()
        assert all(run.scores["split"] == "validation" for run in found.runs)
