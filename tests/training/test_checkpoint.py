"""A run that is stopped and resumed ends with the weights of one that was not."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.data import length_batches
from seqtasks.errors import InputError
from seqtasks.training.checkpoint import Checkpoint

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


def fit(file, *, epochs=5, patience=None, average=1, resume=False, callbacks=(), first=()):
    model = make_model()
    checkpoint = Checkpoint(file, "val_loss", "min", patience, average)
    done = checkpoint.restore(model) if resume else 0
    train = length_batches(
        ROWS, encode, batch_size=8, shuffle_seed=lambda: int(model.optimizer.iterations)
    )
    validation = length_batches(ROWS[:16], encode, batch_size=8)
    averages = keras.callbacks.SwapEMAWeights()
    model.fit(
        train,
        validation_data=validation,
        initial_epoch=done,
        epochs=epochs,
        callbacks=[*first, checkpoint, averages, *callbacks],
        shuffle=False,
        verbose=0,
    )
    checkpoint.use_best(model)
    return model, checkpoint


@pytest.mark.parametrize("killed_in", [0, 1, 3])
def test_killed_and_resumed_equals_uninterrupted(tmp_path, killed_in):
    whole, kept = fit(tmp_path / "whole.npz")
    with pytest.raises(Killed):
        fit(tmp_path / "cut.npz", callbacks=[KillBefore(killed_in)])
    resumed, again = fit(tmp_path / "cut.npz", resume=True)
    for expected, received in zip(whole.weights, resumed.weights, strict=True):
        np.testing.assert_array_equal(received, expected)
    assert again.best_epoch == kept.best_epoch
    losses = [[row["val_loss"] for row in checkpoint.history] for checkpoint in (kept, again)]
    assert losses[0] == losses[1] and len(losses[0]) == 5


def test_best_epoch_is_the_one_used(tmp_path):
    model, checkpoint = fit(tmp_path / "c.npz")
    validation = length_batches(ROWS[:16], encode, batch_size=8)
    best = min(row["val_loss"] for row in checkpoint.history)
    assert checkpoint.history[checkpoint.best_epoch]["val_loss"] == best
    assert model.evaluate(validation, verbose=0) == pytest.approx(best, abs=1e-6)


class Weights(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.of = []

    def on_test_end(self, logs=None):
        self.of.append(self.model.get_weights())


def test_the_mean_of_the_best_epochs_also_when_resumed(tmp_path):
    seen = Weights()
    model, checkpoint = fit(tmp_path / "whole.npz", average=3, first=[seen])
    losses = [row["val_loss"] for row in checkpoint.history]
    assert checkpoint.best_epochs == sorted(range(5), key=losses.__getitem__)[:3]
    assert checkpoint.best_epochs[0] == checkpoint.best_epoch
    for n, weight in enumerate(model.get_weights()):
        expected = np.mean([seen.of[epoch][n] for epoch in checkpoint.best_epochs], axis=0)
        np.testing.assert_allclose(weight, expected, atol=1e-6)
    with pytest.raises(Killed):
        fit(tmp_path / "cut.npz", average=3, callbacks=[KillBefore(3)])
    resumed, _ = fit(tmp_path / "cut.npz", average=3, resume=True)
    for received, expected in zip(resumed.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(received, expected)


def test_patience_stops_and_stays_stopped(tmp_path):
    checkpoint = Checkpoint(tmp_path / "c.npz", "val_accuracy", "max", patience=2)
    for value, out in [(0.5, False), (0.7, False), (0.7, False), (0.6, True)]:
        checkpoint.history.append({"val_accuracy": value, "seconds": 1.0})
        assert checkpoint.out_of_patience is out
    assert checkpoint.best_epoch == 1  # the earliest of equals
    assert checkpoint.training_seconds == 4.0


def test_a_diverged_epoch_is_never_best(tmp_path):
    checkpoint = Checkpoint(tmp_path / "c.npz", "val_loss", "min")
    checkpoint.history = [{"val_loss": float("nan")}, {"val_loss": 2.0}]
    assert checkpoint.best_epoch == 1


def test_another_model_is_refused(tmp_path):
    fit(tmp_path / "c.npz", epochs=1)
    other = keras.Sequential([keras.layers.Dense(3)])
    other.build((None, 2))
    other.compile("adam", "mse")
    with pytest.raises(
        InputError, match=r"holds another model .* Expected .* found .* Resume with"
    ):
        Checkpoint(tmp_path / "c.npz", "val_loss", "min").restore(other)


def test_unknown_monitor_says_what_there_is(tmp_path):
    checkpoint = Checkpoint(tmp_path / "c.npz", "val_f1", "max")
    with pytest.raises(ValueError, match=r"Expected 'val_f1' .* Received: \['loss'\]"):
        checkpoint.on_epoch_end(0, {"loss": 1.0})
