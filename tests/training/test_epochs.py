"""A run that is stopped and resumed ends with the weights of one that was not."""

import dataclasses
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.data import length_batches
from seqtasks.errors import InputError
from seqtasks.layers.kernels import compilation
from seqtasks.training import (
    Checkpoint,
    EpochEnd,
    Monitor,
    TrainingSetup,
    ValidationScore,
    best_epochs,
    fit,
)

ROWS = [("x" * (1 + n % 7), str(n % 2)) for n in range(64)]


def encode(texts, labels):
    ids = tf.cast(tf.strings.unicode_decode(texts, "UTF-8"), tf.int32) - 119
    return ids, tf.strings.to_number(labels, tf.int32)


def make_model():
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.layers.Embedding(3, 4),
            keras.layers.Dropout(0.5),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(2),
        ]
    )
    model.build((None, None))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.05, use_ema=True, ema_momentum=0.9), loss)
    return model


class Killed(Exception):
    pass


class KillBefore(keras.callbacks.Callback):
    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if len(self.model.history.epoch) == self.epoch and batch == 2:
            raise Killed


def make_setup(model, **more):
    train = length_batches(
        ROWS, encode, batch_size=8, shuffle_seed=lambda: int(model.optimizer.iterations)
    )
    return TrainingSetup(
        model=model,
        train=train,
        validation=length_batches(ROWS[:16], encode, batch_size=8),
        predictor=None,
        evaluate=None,
        monitor=Monitor("val_loss", "min"),
        corpus={},
        **more,
    )


def train(file, *, epochs=5, patience=None, average=1, resume=False, callbacks=(), **more):
    model = make_model()
    checkpoint = Checkpoint(file, {"train": "abc"})
    if resume:
        checkpoint.restore(model)
    epoch_end = EpochEnd(make_setup(model, **more), checkpoint, patience, average)
    fit(epoch_end.setup, epoch_end, epochs, callbacks, verbose=0)
    return model, epoch_end


@pytest.mark.parametrize("killed_in", [0, 1, 3])
def test_killed_and_resumed_equals_uninterrupted(tmp_path, killed_in):
    whole, kept = train(tmp_path / "whole.npz")
    with pytest.raises(Killed):
        train(tmp_path / "cut.npz", callbacks=[KillBefore(killed_in)])
    resumed, again = train(tmp_path / "cut.npz", resume=True)
    for expected, received in zip(whole.weights, resumed.weights, strict=True):
        np.testing.assert_array_equal(received, expected)
    assert again.best == kept.best
    losses = [[row["val_loss"] for row in found.history] for found in (kept, again)]
    assert losses[0] == losses[1] and len(losses[0]) == 5


@pytest.mark.parametrize("epochs, longer, expected", [(2, 60, False), (60, 1, True)])
def test_a_resumed_run_compiles_or_not_as_it_began(tmp_path, epochs, longer, expected):
    """Eight steps an epoch: 480 are worth it, 16 are not."""
    asked = []

    class Watch(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            asked.append(compilation.compiling())

    file, quick = tmp_path / "run.npz", KillBefore(1)
    with pytest.raises(Killed):
        train(file, epochs=epochs, callbacks=[Watch(), quick])
    train(file, epochs=max(2, longer), resume=True, patience=1, callbacks=[Watch()])
    assert asked == [expected, expected]


def test_the_best_epoch_is_the_one_used(tmp_path):
    model, epoch_end = train(tmp_path / "c.npz")
    validation = length_batches(ROWS[:16], encode, batch_size=8)
    best = min(row["val_loss"] for row in epoch_end.history)
    assert epoch_end.history[epoch_end.best[0]]["val_loss"] == best
    assert model.evaluate(validation, verbose=0) == pytest.approx(best, abs=1e-6)


class Weights:
    """The averaged weights as they are validated, taken by a calibration that changes nothing."""

    def __init__(self, model):
        self.of, self.trained = [], model

    def __call__(self):
        self.of.append(self.trained.get_weights())
        return {}


def test_the_mean_of_the_best_epochs_also_when_resumed(tmp_path):
    model = make_model()
    checkpoint = Checkpoint(tmp_path / "whole.npz", {"train": "abc"})
    recorder = Weights(model)
    epoch_end = EpochEnd(make_setup(model, calibrate=recorder), checkpoint, None, 3)
    fit(epoch_end.setup, epoch_end, 5, verbose=0)
    losses = [row["val_loss"] for row in epoch_end.history]
    assert epoch_end.best == sorted(range(5), key=losses.__getitem__)[:3]
    for n, weight in enumerate(model.get_weights()):
        expected = np.mean([recorder.of[epoch][n] for epoch in epoch_end.best], axis=0)
        np.testing.assert_allclose(weight, expected, atol=1e-6)
    with pytest.raises(Killed):
        train(tmp_path / "cut.npz", average=3, callbacks=[KillBefore(3)])
    resumed, _ = train(tmp_path / "cut.npz", average=3, resume=True)
    for received, expected in zip(resumed.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(received, expected)


def test_calibrate_then_score_then_keep(tmp_path):
    """What calibration sets is scored and kept; what it measures chooses the epoch."""
    order, model = [], make_model()
    bias = model.layers[-1].bias

    def calibrate():
        order.append("calibrate")
        bias.assign([0.0, 7.0])
        return {"val_tuned": float(len(order))}

    def score():
        order.append("score")
        return float(bias[1])

    setup = make_setup(
        model, calibrate=calibrate, validation_score=ValidationScore("val_bias", score)
    )
    setup = dataclasses.replace(setup, monitor=Monitor("val_tuned", "max"))
    epoch_end = EpochEnd(setup, Checkpoint(tmp_path / "c.npz"), None, 1)
    seen = []
    logger = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append({**logs}))
    fit(setup, epoch_end, 2, [logger], verbose=0)
    assert order == ["calibrate", "score"] * 2
    assert [row["val_bias"] for row in epoch_end.history] == [7.0, 7.0]
    assert seen[1]["val_tuned"] == 3.0 and epoch_end.best == [1]
    assert bias.numpy().tolist() == [0.0, 7.0]


@pytest.mark.parametrize(
    ("rows", "monitor", "expected"),
    [
        ([(0.5, 1), (0.9, 1), (0.7, 1)], Monitor("val_f1", "max"), [1, 2, 0]),
        ([(0.5, 1), (0.9, 1), (0.7, 1)], Monitor("val_f1", "min"), [0, 2, 1]),
        # Ties go to the lower loss, then to the later epoch.
        ([(1.0, 3), (1.0, 1), (1.0, 2)], Monitor("val_f1", "max"), [1, 2, 0]),
        ([(1.0, 2), (1.0, 2), (0.9, 1)], Monitor("val_f1", "max"), [1, 0, 2]),
        ([(math.nan, 1), (0.1, math.nan), (math.inf, 0)], Monitor("val_f1", "max"), [1]),
        ([], Monitor("val_f1", "max"), []),
    ],
)
def test_best_epochs(rows, monitor, expected):
    history = [{"val_f1": f1, "val_loss": loss} for f1, loss in rows]
    assert best_epochs(history, monitor) == expected


def test_patience_stops_and_stays_stopped(tmp_path):
    setup = dataclasses.replace(make_setup(make_model()), monitor=Monitor("val_accuracy", "max"))
    epoch_end = EpochEnd(setup, Checkpoint(tmp_path / "c.npz"), 2, 1)
    for value, out in [(0.5, False), (0.7, False), (0.6, False), (0.6, True)]:
        epoch_end.history.append({"val_accuracy": value, "seconds": 1.0})
        assert epoch_end.out_of_patience is out
    assert epoch_end.best == [1]
    assert epoch_end.checkpoint.training_seconds == 4.0
    fit(setup, resumed(epoch_end), 99, verbose=0)  # does not train on


def resumed(epoch_end):
    """As restored: with the weights of the best epoch."""
    epoch_end.checkpoint.kept = {1: epoch_end.setup.model.get_weights()}
    return epoch_end


class Diverges(keras.callbacks.Callback):
    """Makes the weights NaN before some update of some epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch, self.now = epoch, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if self.now == self.epoch and batch == 3:
            self.model.layers[-1].kernel.assign(np.full((4, 2), np.nan))


def test_a_loss_that_is_not_finite_ends_the_training_at_once(tmp_path):
    with pytest.raises(InputError, match=r"not finite at update 4 of epoch 1: .* --learning-rate"):
        train(tmp_path / "c.npz", callbacks=[Diverges(0)])
    said = []
    model = make_model()
    epoch_end = EpochEnd(make_setup(model), Checkpoint(tmp_path / "d.npz"), None, 1)
    fit(epoch_end.setup, epoch_end, 5, [Diverges(2)], 0, said.append)
    assert "update 4 of epoch 3: training stopped there; the weights of epoch" in said[0]
    assert len(epoch_end.history) == 2
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


class DivergesLast(keras.callbacks.Callback):
    """Makes the weights NaN in the last update of the second epoch, whose loss is a number."""

    def on_train_batch_end(self, batch, logs=None):
        if len(self.model.history.epoch) == 1 and batch + 1 == self.params["steps"]:
            self.model.layers[-1].kernel.assign(np.full((4, 2), np.nan))


def test_weights_that_are_not_finite_are_not_even_validated(tmp_path):
    """A score of predictions may be a number all the same, and would take them for a model."""
    said, model = [], make_model()
    setup = make_setup(model, validation_score=ValidationScore("val_bleu", lambda: 0.0))
    setup = dataclasses.replace(setup, monitor=Monitor("val_bleu", "max"))
    epoch_end = EpochEnd(setup, Checkpoint(tmp_path / "c.npz"), None, 1)
    fit(setup, epoch_end, 5, [DivergesLast()], 0, said.append)
    assert "weights are not finite after epoch 2: training stopped there" in said[0]
    assert len(epoch_end.history) == 1
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_another_model_is_refused(tmp_path):
    train(tmp_path / "c.npz", epochs=1)
    other = keras.Sequential([keras.layers.Dense(3)])
    other.build((None, 2))
    other.compile("adam", "mse")
    with pytest.raises(
        InputError, match=r"holds another model .* Expected .* found .* Resume with"
    ):
        Checkpoint(tmp_path / "c.npz", {"train": "abc"}).restore(other)


def test_another_corpus_is_refused(tmp_path):
    train(tmp_path / "c.npz", epochs=1)
    with pytest.raises(InputError, match=r"the train split is not the one that the run began with"):
        Checkpoint(tmp_path / "c.npz", {"train": "xyz"}).restore(make_model())


@pytest.mark.parametrize("keep", [0, 10, 1000, -50])
def test_a_truncated_checkpoint_is_named(tmp_path, keep):
    train(tmp_path / "c.npz", epochs=1)
    content = (tmp_path / "c.npz").read_bytes()
    (tmp_path / "c.npz").write_bytes(content[:keep])
    with pytest.raises(InputError, match=r"c\.npz: the checkpoint is damaged .* Begin anew"):
        Checkpoint(tmp_path / "c.npz", {"train": "abc"}).restore(make_model())


def test_unknown_monitor_says_what_there_is(tmp_path):
    setup = dataclasses.replace(make_setup(make_model()), monitor=Monitor("val_f1", "max"))
    epoch_end = EpochEnd(setup, Checkpoint(tmp_path / "c.npz"), None, 1)
    with pytest.raises(ValueError, match=r"Expected 'val_f1' .* Received: \['loss'\]"):
        epoch_end.on_epoch_end(0, {"loss": 1.0})
