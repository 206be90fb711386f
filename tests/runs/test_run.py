"""A run in the hand, trained on rows in memory; and what is no run."""

import contextlib
import io
import json
import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

import seqtasks
from seqtasks.data.samples import sentiment
from seqtasks.errors import InputError
from seqtasks.results import Classification
from seqtasks.runs import Run
from seqtasks.runs.json_files import write_json
from seqtasks.runs.manifest import read_manifest, write_manifest
from seqtasks.runs.predictions_file import pool_predictions

ROWS = list(sentiment.streams()["train"])[:300]
TEXTS = [text for text, _ in ROWS]
TINY = {"members": ("ngram",), "batch_size": 16, "verbose": 0}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run, what it printed, and the metrics that a callback saw."""
    folder, seen, printed = tmp_path_factory.mktemp("memory") / "run", [], io.StringIO()
    spy = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append({**logs}))
    with contextlib.redirect_stdout(printed):
        run = seqtasks.train("sentiment", ROWS, out=folder, epochs=2, callbacks=[spy], **TINY)
    return run, printed.getvalue(), seen


@pytest.fixture
def run(trained):
    return trained[0]


def test_verbose_0_prints_nothing_and_callbacks_see_validation(trained):
    run, printed, seen = trained
    assert printed == ""
    assert [row["val_loss"] for row in seen] == [row["val_loss"] for row in run.history]
    assert {"loss", "accuracy", "val_accuracy"} <= set(seen[0])


class TestInTheHand:
    def test_is_what_loading_its_folder_gives(self, run):
        again = seqtasks.load(str(run.path))
        assert isinstance(run, Run) and isinstance(again, Run)
        assert (again.task, again.kind) == ("sentiment", "classification")
        assert again.config == run.config and again.config["data"] == "rows in memory"
        assert again.scores == run.scores and again.history == run.history
        assert len(run.history) == run.manifest.epochs == 2
        assert again(TEXTS[:5]) == run(TEXTS[:5])

    def test_a_text_gives_a_result_and_several_a_list(self, run):
        one = run(TEXTS[0])
        assert isinstance(one, Classification) and one.text == TEXTS[0]
        assert sum(one.probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert run([TEXTS[0]]) == [one] and run([]) == []
        for form in (tuple, iter, np.array):
            assert run(form(TEXTS[:3])) == run(TEXTS[:3])
        assert [result.text for result in run(["", "\0", "a\ud800"])] == ["", "\0", "a?"]

    def test_results_are_json(self, run):
        for result in run([*TEXTS[:3], "", "phở 👍\x00"]):
            found = json.loads(json.dumps(result.to_dict(), allow_nan=False))
            assert found == {
                "text": result.text,
                "label": result.label,
                "probabilities": dict(result.probabilities),
            }

    def test_a_stream_is_read_a_piece_at_a_time(self, run):
        read = []
        texts = (read.append(text) or text for text in TEXTS)
        stream = run.stream(texts, chunk_size=10)
        assert read == []
        assert next(stream).text == TEXTS[0] and read == TEXTS[:10]
        rest = [result.label for result in stream]
        assert rest == [result.label for result in run(TEXTS)[1:]] and read == TEXTS

    def test_evaluate_counts_as_scikit_learn_does(self, run):
        found = [result.label for result in run(TEXTS)]
        labels = [label for _, label in ROWS]
        for corpus in (ROWS, {"train": ROWS[:9], "test": ROWS}):
            scores = run.evaluate(corpus)
            assert scores["accuracy"] == pytest.approx(accuracy_score(labels, found))
            assert scores["macro_f1"] == pytest.approx(f1_score(labels, found, average="macro"))
        assert 0.5 < run.evaluate(ROWS)["accuracy"] < 1
        dicts = [{"body": text, "label": label} for text, label in ROWS]
        assert run.evaluate(dicts, text_field="body") == run.evaluate(ROWS)

    def test_the_model_gives_what_is_served(self, run):
        """Keras's own softmax over its logits, bias correction included."""
        ids = run.tokenizer(TEXTS[:6]).to_tensor()
        logits = run.model(ids)["logits"]
        answers = run(TEXTS[:6])
        chances = keras.ops.softmax(logits).numpy()
        served = [[*answer.probabilities.values()] for answer in answers]
        np.testing.assert_allclose(chances, served, atol=1e-5)

    def test_it_shows_itself(self, run):
        assert repr(run).startswith(f"<Run sentiment at {run.path}: accuracy=")
        page = run._repr_html_()
        assert "<td>accuracy</td>" in page and f"{run.scores['baseline_accuracy']:.4f}" in page

    @pytest.mark.slow
    def test_one_import_is_enough_for_the_keras_file(self, run):
        program = """
import sys
import seqtasks.models
import keras
assert "seqtasks.runs" not in sys.modules
print(keras.models.load_model(sys.argv[1]).count_params())
"""
        done = subprocess.run(
            [sys.executable, "-c", program, str(run.path / "model.keras")],
            capture_output=True,
            text=True,
            check=True,
        )
        assert int(done.stdout) == run.model.count_params()

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda run: run(), "expected either texts or tokens, received neither"),
            (lambda run: run("a", tokens=["a"]), "received both"),
            (lambda run: run(3), r"expected texts, found int \(3\)"),
            (lambda run: run(b"a"), "expected texts, found bytes"),
            (lambda run: run(["a", None]), "text 2: expected a str, found NoneType"),
            (lambda run: run(["a", b"b"]), "text 2: expected a str, found bytes"),
            (lambda run: run(tokens=["a"]), "'tokens' does not apply to a run of kind class"),
            (lambda run: run("a", n_best=2), "'n_best' does not apply .* takes no options"),
            (lambda run: run([], length=2), "'length' does not apply"),
            (lambda run: [*run.stream(["a"], chunk_size=0)], "chunk_size: expected at least 1"),
            (lambda run: run.continue_text("a"), "expected a run that generates text"),
            (lambda run: run.evaluate([]), "there are none"),
            (lambda run: run.evaluate(ROWS[:1] + [("a", None)]), "row 2: 'label' is missing"),
            (lambda run: run.evaluate(ROWS, text_feild="a"), r"Did you mean text_field"),
        ],
    )
    def test_what_it_cannot_do_is_one_sentence(self, run, call, message):
        with pytest.raises(InputError, match=message):
            call(run)


# What is done to a copy of a finished run, what is then asked of it, and the message.
LOAD = seqtasks.load
HALVES = {
    "no run.json": ("run.json", LOAD, "has no run.json: .* older version .* or lost files"),
    "no SavedModel": ("saved_model", LOAD, r"saved_model/\S+: cannot be read .* train it again"),
    "no graph": ("saved_model/saved_model.pb", LOAD, r"saved_model\.pb: cannot be read"),
    "no variables": ("saved_model/variables", LOAD, r"variables/variables\S+: cannot be read"),
    "no model": ("model.keras", lambda p: LOAD(p).model, r"model\.keras: cannot be read"),
    "no options": ("config.json", lambda p: LOAD(p).config, r"config\.json: cannot be read"),
    "no scores": ("scores.json", lambda p: LOAD(p).scores, r"scores\.json: cannot be read"),
    "no history": ("history.csv", lambda p: LOAD(p).history, r"history\.csv: cannot be read"),
    "no tokenizers": ("tokenizers.json", lambda p: LOAD(p).tokenizer, "cannot be read"),
}


class TestWhatIsNoRun:
    @pytest.mark.parametrize("case", HALVES)
    def test_half_a_run(self, run, tmp_path, case):
        name, ask, message = HALVES[case]
        folder = shutil.copytree(run.path, tmp_path / "run")
        damaged = folder / name
        shutil.rmtree(damaged) if damaged.is_dir() else damaged.unlink()
        with pytest.raises(InputError, match=message) as told:
            ask(folder)
        assert len(str(told.value).splitlines()) == 1

    @pytest.mark.parametrize("name", [n for n, *_ in HALVES.values() if "." in n])
    def test_a_truncated_file(self, run, tmp_path, name):
        folder = shutil.copytree(run.path, tmp_path / "run")
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])
        with pytest.raises(InputError, match=r"damaged|cannot be (read|loaded)"):
            damaged = seqtasks.load(folder)
            for attribute in ("model", "config", "scores", "history", "tokenizers"):
                getattr(damaged, attribute)

    def test_a_changed_byte_of_any_file(self, run, tmp_path):
        """What is read when a run is loaded, looked at or trained on is what was written."""
        folder = shutil.copytree(run.path, tmp_path / "run")
        unread = {"learning_curves.png", "confusion_matrix.png", "report.html", "errors.csv"}
        files = [path for path in folder.rglob("*") if path.is_file() and path.name not in unread]
        assert len(files) > 9
        for path in files:
            whole = path.read_bytes()
            content = bytearray(whole)
            content[len(content) // 2] ^= 1
            path.write_bytes(content)
            with pytest.raises(InputError, match=rf"{path.name}: damaged"):
                damaged = seqtasks.load(folder)
                for attribute in ("model", "config", "scores", "history", "tokenizers"):
                    getattr(damaged, attribute)
                pool_predictions(tmp_path / "pool.jsonl", [({}, folder)])
                again = {"out": folder, "resume": True, "epochs": 3, **TINY}
                seqtasks.train("sentiment", ROWS, **again)
            path.write_bytes(whole)
        assert seqtasks.load(folder)(TEXTS[:3]) == run(TEXTS[:3])

    def test_code_in_a_strangers_model_is_not_run(self, run, tmp_path):
        folder = shutil.copytree(run.path, tmp_path / "run")
        code = keras.Sequential([keras.Input([1]), keras.layers.Lambda(lambda x: print("!") or x)])
        code.save(folder / "model.keras")
        write_manifest(folder, read_manifest(folder))
        with pytest.raises(InputError, match=r"model\.keras: cannot be read .*[Ll]ambda"):
            _ = seqtasks.load(folder).model

    def test_a_changed_setting(self, run, tmp_path):
        folder = shutil.copytree(run.path, tmp_path / "run")
        manifest = json.loads((folder / "run.json").read_text())
        write_json(folder / "run.json", {**manifest, "kind": "multilabel"})
        with pytest.raises(InputError, match=r"run\.json: damaged"):
            seqtasks.load(folder)

    @pytest.mark.parametrize(
        ("found", "message"),
        [(99, "format 99; this version .* reads format 3. Upgrade seqtasks"), (0, "Train it ag")],
    )
    def test_a_run_of_another_version(self, run, tmp_path, found, message):
        folder = shutil.copytree(run.path, tmp_path / "run")
        manifest = json.loads((folder / "run.json").read_text())
        write_json(folder / "run.json", {**manifest, "format": found})
        with pytest.raises(InputError, match=message):
            seqtasks.load(folder)

    def test_other_folders(self, tmp_path):
        with pytest.raises(InputError, match=r"no such folder\. Expected the folder of a finished"):
            seqtasks.load(tmp_path / "nowhere")
        with pytest.raises(InputError, match="no finished run in it"):
            seqtasks.load(tmp_path)


class Stops(keras.callbacks.Callback):
    """Raises before the third batch of some epoch, counted from 1."""

    def __init__(self, error, epoch):
        super().__init__()
        self.error, self.epoch, self.now = error, epoch, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch + 1

    def on_train_batch_begin(self, batch, logs=None):
        if (self.now, batch) == (self.epoch, 2):
            raise self.error


class TestReplacing:
    @pytest.fixture
    def old(self, run, tmp_path):
        """A finished run of three epochs, as far as its history says, to be replaced."""
        folder = shutil.copytree(run.path, tmp_path / "run")
        (folder / "mine.txt").write_text("the old one")
        return folder

    def intact(self, folder):
        assert (folder / "mine.txt").read_text() == "the old one"
        return seqtasks.load(folder)("a").label in ("negative", "positive")

    def test_not_unasked(self, old):
        with pytest.raises(InputError, match=r"holds a finished run.*overwrite=True in Python"):
            seqtasks.train("sentiment", ROWS, out=old, epochs=1, **TINY)
        assert self.intact(old) and not old.with_name("run.partial").exists()

    @pytest.mark.parametrize("error", [RuntimeError("failed"), KeyboardInterrupt()], ids=repr)
    def test_the_old_run_stays_where_no_epoch_is_finished(self, old, error):
        options = {"out": old, "epochs": 2, "callbacks": [Stops(error, 1)], **TINY}
        with pytest.raises(type(error)):
            seqtasks.train("sentiment", ROWS, overwrite=True, **options)
        assert self.intact(old)

    def test_a_callback_that_fails_leaves_the_old_run_and_a_checkpoint(self, old):
        failing = [Stops(RuntimeError("failed"), 2)]
        options = {"out": old, "epochs": 2, **TINY}
        with pytest.raises(RuntimeError, match="failed"):
            seqtasks.train("sentiment", ROWS, overwrite=True, callbacks=failing, **options)
        assert self.intact(old)
        with pytest.raises(InputError, match=r"holds an unfinished run.*resume=True in Python"):
            seqtasks.train("sentiment", ROWS, **options)
        new = seqtasks.train("sentiment", ROWS, resume=True, **options)
        assert len(new.history) == 2 and not (old / "mine.txt").exists()
        assert [path.name for path in old.parent.iterdir()] == ["run"]

    def test_bad_data_leave_the_old_run(self, old):
        with pytest.raises(InputError, match="row 301"):
            rows = [*ROWS, ("a", None)]
            seqtasks.train("sentiment", rows, out=old, overwrite=True, **TINY)
        assert self.intact(old)

    def test_an_interrupt_keeps_the_best_epoch_and_may_be_resumed(self, old, run, capsys):
        options = {"out": old, **TINY, "verbose": 2}
        stop = [Stops(KeyboardInterrupt(), 2)]
        cut = seqtasks.train("sentiment", ROWS, overwrite=True, epochs=2, callbacks=stop, **options)
        printed = capsys.readouterr().out
        assert "interrupted: the best of 1 finished epochs is kept" in printed
        assert "best epoch 1 of 1 (val_loss)" in printed
        assert len(cut.history) == 1 and cut.path == old and not (old / "mine.txt").exists()
        resumed = seqtasks.train("sentiment", ROWS, resume=True, epochs=2, **options)
        # As if it had never been interrupted: `run` had the same rows and seed.
        for mine, never in zip(resumed.model.weights, run.model.weights, strict=True):
            np.testing.assert_array_equal(mine, never)

    @pytest.mark.slow
    def test_an_interrupt_during_export_loses_nothing(self, old, monkeypatch):
        from seqtasks.runs.training import saving

        def interrupt(*_):
            raise KeyboardInterrupt

        options = {"out": old, "epochs": 1, **TINY}
        with monkeypatch.context() as patch:
            patch.setattr(saving, "export", interrupt)
            with pytest.raises(KeyboardInterrupt):
                seqtasks.train("sentiment", ROWS, overwrite=True, **options)
        assert self.intact(old)
        new = seqtasks.train("sentiment", ROWS, resume=True, **options)
        assert len(new.history) == 1
