"""`--patience`: every task stops by its own score on the validation split."""

import keras
import numpy as np
import pytest

import seqtasks

TAGS = [(f"Anna saw{n} Huế", "B-PER O B-LOC") for n in range(24)]
TEXTS = [(f"a {word} film {n}", word) for n in range(24) for word in ("good", "bad")]
PAIRS = [(f"number {n} .", f"số {n} .") for n in range(30)]
WORDS = ["to be or not to be, that is the question. " * 200]


class Spoil(keras.callbacks.Callback):
    """Puts noise in place of all weights before every epoch but the first."""

    def on_epoch_begin(self, epoch, logs=None):
        for weight in self.model.trainable_weights if epoch else ():
            noise = np.random.default_rng(epoch).normal(size=weight.shape)
            weight.assign(30 * noise)


CASES = {
    "sentiment": (TEXTS, "val_loss", {"members": ("ngram",)}),
    "ner": (TAGS, "val_span_f1", {"members": ("linear",)}),
    "pos": (TAGS, "val_accuracy", {"members": ("linear",), "transitions": False}),
    "generation": (WORDS, "val_perplexity", {"units": 8, "batch_size": 4}),
    "translation": (
        PAIRS,
        "val_bleu",
        {"units": 8, "embedding_size": 8, "beams": 1, "vocabulary_size": 40, "ema_momentum": 0.0},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("task", CASES)
def test_training_stops_after_so_many_epochs_without_a_better_one(task, tmp_path, capsys):
    rows, monitor, options = CASES[task]
    options = {"batch_size": 8, "patience": 2, "epochs": 9, **options}
    run = seqtasks.train(
        task, rows, out=tmp_path / "run", verbose=2, callbacks=[Spoil()], **options
    )
    best = run.manifest.best_epoch
    assert run.manifest.epochs == best + 2 < 9
    assert f"best epoch {best} of {best + 2} ({monitor})" in capsys.readouterr().out
    assert all(monitor in row for row in run.history)
