"""`seqtasks.train` with all that takes part: calibration, the best epoch, losses that burst."""

import contextlib
import io
import json

import keras
import numpy as np
import pytest
from nervaluate import Evaluator

import seqtasks
from seqtasks.data.samples import sentiment, tagging
from seqtasks.errors import InputError

pytestmark = pytest.mark.slow

NER = [
    (text.split(" "), tags.split(" ")) for text, tags in list(tagging.streams("ner")["train"])[:260]
]
SPLITS = {"train": NER[:200], "validation": NER[200:230], "test": NER[230:]}
TEXTS = list(sentiment.streams()["train"])[:200]
TINY = {"members": ("ngram",), "batch_size": 16}


class Watcher(keras.callbacks.Callback):
    """What a user's callback sees at the end of an epoch, and the biases that were tuned then."""

    def __init__(self):
        super().__init__()
        self.seen, self.biases = [], []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append({**logs})
        self.biases.append(self.model.tag_bias.numpy())


@pytest.fixture(scope="module")
def tagger(tmp_path_factory):
    """A run, its watcher and what it printed."""
    watcher, printed = Watcher(), io.StringIO()
    options = {"members": ("linear",), "epochs": 6, "verbose": 2, "callbacks": [watcher]}
    with contextlib.redirect_stdout(printed):
        folder = tmp_path_factory.mktemp("ner") / "run"
        run = seqtasks.train("ner", SPLITS, out=folder, **options)
    return run, watcher, printed.getvalue()


def nervaluate_f1(run, rows):
    """Strict F1 of spans by another library, of what the reloaded SavedModel predicts."""
    found = [list(answer.tags) for answer in run(tokens=[tokens for tokens, _ in rows])]
    types = sorted({tag[2:] for _, tags in rows for tag in tags if tag != "O"})
    evaluator = Evaluator([tags for _, tags in rows], found, tags=types, loader="list")
    return evaluator.evaluate()["overall"]["strict"].f1


@pytest.mark.slow
def test_the_epoch_with_the_best_score_is_kept(tagger):
    """The highest F1; of equal ones the lower loss, then the later epoch."""
    run, watcher, printed = tagger
    f1 = [row["val_span_f1"] for row in run.history]
    assert max(f1) > f1[0]  # there is something to choose
    ranked = [(row["val_span_f1"], -row["val_loss"], n) for n, row in enumerate(run.history)]
    best = max(ranked)[2] + 1
    assert run.manifest.best_epoch == run.scores["best_epoch"] == best
    assert f"best epoch {best} of 6 (val_span_f1)\n" in printed
    with np.load(run.path / "checkpoint.npz") as saved:
        assert json.loads(str(saved["kept"])) == [best - 1]
        for n, weight in enumerate(run.model.weights):
            np.testing.assert_array_equal(saved[f"epoch_{best - 1}_{n}"], weight)
    assert [row["val_span_f1"] for row in watcher.seen] == f1


@pytest.mark.slow
def test_the_score_that_chose_is_the_score_of_what_is_saved(tagger):
    """Calibrated, scored, kept and exported: one and the same model."""
    run, watcher, _ = tagger
    best = run.manifest.best_epoch - 1
    kept = run.history[best]["val_span_f1"]
    assert nervaluate_f1(run, SPLITS["validation"]) == pytest.approx(kept, abs=1e-6)
    assert nervaluate_f1(run, SPLITS["test"]) == pytest.approx(run.scores["f1"], abs=1e-6)
    np.testing.assert_array_equal(run.model.tag_bias, watcher.biases[best])


@pytest.mark.slow
def test_ties_go_to_the_better_loss_and_then_to_the_later_epoch(tmp_path):
    """A corpus without difficulty: F1 is 1 from some epoch on."""
    names = [("Anna", "B-PER"), ("Huế", "B-LOC"), ("Bank", "B-ORG")]
    rows = [([f"w{n % 3}", name], ["O", tag]) for n in range(40) for name, tag in names]
    data = {"train": rows, "validation": rows[:30], "test": rows[:30]}
    options = {"members": ("linear",), "epochs": 5, "learning_rate": 0.05, "verbose": 0}
    run = seqtasks.train("ner", data, out=tmp_path / "run", **options)
    tied = [n for n, row in enumerate(run.history) if row["val_span_f1"] == 1]
    assert len(tied) > 1
    losses = [run.history[n]["val_loss"] for n in tied]
    assert run.manifest.best_epoch == max(zip(np.negative(losses), tied, strict=True))[1] + 1
    assert run.manifest.best_epoch - 1 != tied[0]


class Bursts(keras.callbacks.Callback):
    """Makes a weight NaN in the second epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            weight = self.model.trainable_weights[-1]
            weight.assign(np.full(weight.shape, np.nan))


def test_a_loss_that_bursts_later_keeps_the_last_good_epoch_and_says_so(tmp_path, capsys):
    options = {"out": tmp_path / "run", "epochs": 4, "verbose": 2, **TINY}
    run = seqtasks.train("sentiment", TEXTS, callbacks=[Bursts()], **options)
    printed = capsys.readouterr().out
    assert "not finite at update 1 of epoch 2: training stopped there; the weights of" in printed
    assert "best epoch 1 of 1 (val_loss)" in printed
    assert all(np.isfinite(weight).all() for weight in run.model.get_weights())
    assert all(np.isfinite(list(run("a fine film").probabilities.values())))
    for name in ("scores.json", "run.json", "config.json"):
        text = (run.path / name).read_text("utf-8")
        json.loads(text, parse_constant=pytest.fail)  # of NaN and Infinity


class BurstsLast(keras.callbacks.Callback):
    """Makes weights NaN after the last update of the first epoch, whose loss is still finite."""

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 == self.params["steps"]:
            for weight in self.model.trainable_weights:
                weight.assign(np.full(weight.shape, np.nan))


@pytest.mark.slow
def test_weights_that_burst_in_the_last_update_are_not_taken_for_a_model(tmp_path):
    """F1 is a number all the same: 0, of no spans."""
    options = {"out": tmp_path / "run", "members": ("linear",), "epochs": 1, "verbose": 0}
    with pytest.raises(InputError, match=r"weights are not finite after epoch 1: .*diverged"):
        seqtasks.train("ner", SPLITS, callbacks=[BurstsLast()], **options)


@pytest.mark.parametrize(
    ("task", "data", "options"),
    [
        ("sentiment", TEXTS, {"members": ("convolutional",), "filters": 4}),
        pytest.param(
            "ner", SPLITS, {"members": ("recurrent",), "units": 4}, marks=pytest.mark.slow
        ),
    ],
    ids=["sentiment", "ner"],
)
def test_a_learning_rate_of_1e30_gives_no_run(tmp_path, task, data, options):
    """With clipped gradients too: there, the first update already makes weights of 1e28."""
    options = {"out": tmp_path / "run", "learning_rate": 1e30, "verbose": 0, **options}
    with pytest.raises(InputError, match=r"(not finite|diverged).*--learning-rate"):
        seqtasks.train(task, data, epochs=2, **options)
    with pytest.raises(InputError):
        seqtasks.load(tmp_path / "run")
