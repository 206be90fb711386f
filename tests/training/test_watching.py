"""What is measured and shown while a model trains, against NumPy and TensorBoard's own reader."""

import importlib.util
import re
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import seqtasks
from seqtasks.errors import InputError
from seqtasks.training.progress import Progress, one_line
from seqtasks.training.watching import TrainingWatch
from seqtasks.wording import duration

RNG = np.random.default_rng(5)
X, Y = (RNG.normal(size=(24, n)).astype("float32") for n in (3, 1))
RATE, LIMIT = 0.1, 1.6


def least_squares():
    """The norm of the gradient of each of six updates by SGD, clipped; in NumPy."""
    w, norms = np.zeros((3, 1)), []
    for start in range(0, 24, 4):
        x, y = X[start : start + 4], Y[start : start + 4]
        gradient = 2 * x.T @ (x @ w - y) / 4
        norms.append(np.linalg.norm(gradient))
        w -= RATE * gradient * min(1, LIMIT / norms[-1])
    return np.array(norms), w


def fitted(watched):
    """The weights of the same in Keras, and what was measured."""
    model = keras.Sequential([keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(RATE, global_clipnorm=LIMIT), "mse")
    batches = tf.data.Dataset.from_tensor_slices((X, Y)).batch(4)
    watch = TrainingWatch(model.optimizer, lambda x: tf.math.count_nonzero(x > 0))
    if not watched:
        model.fit(batches, verbose=0, shuffle=False)
        return model.get_weights()[0], None
    with watch.attached():
        watch.start()
        model.fit(watch.counted(batches), verbose=0, shuffle=False)
        watch.stop()
    assert "apply" not in vars(model.optimizer)
    return model.get_weights()[0], watch.measured()


def test_norms_and_clipping_are_those_of_numpy_and_change_nothing():
    norms, weights = least_squares()
    assert 0 < (norms > LIMIT).sum() < 6
    plain, _ = fitted(watched=False)
    watched, found = fitted(watched=True)
    np.testing.assert_array_equal(plain, watched)
    np.testing.assert_allclose(watched, weights, atol=1e-5)
    assert found["gradient_norm"] == pytest.approx(norms.mean(), rel=1e-4)
    assert found["clipped"] == pytest.approx((norms > LIMIT).mean(), abs=1e-6)
    assert found["learning_rate"] == pytest.approx(RATE)
    assert found["tokens_per_second"] > 0


def test_tokens_are_those_of_the_batches_read():
    optimizer = keras.optimizers.SGD(RATE)
    watch = TrainingWatch(optimizer, tf.math.count_nonzero)
    ids = tf.data.Dataset.from_tensors((tf.constant([[3, 4, 0], [5, 0, 0]]), 1)).repeat(7)
    watch.start()
    assert sum(1 for _ in watch.counted(ids)) == 7
    watch.stop()
    seconds = watch._seconds
    assert watch.measured()["tokens_per_second"] == pytest.approx(21 / seconds)
    assert TrainingWatch(optimizer).counted(ids) is ids
    assert "tokens_per_second" not in TrainingWatch(optimizer).measured()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A run of two epochs that writes, its event files, and what it printed."""
    import contextlib
    import io

    folder, printed = tmp_path_factory.mktemp("watched"), io.StringIO()
    with contextlib.redirect_stdout(printed):
        run = seqtasks.train(
            "generation",
            ["to be or not to be, that is the question. " * 60],
            out=folder / "writer",
            tensorboard=folder / "board",
            epochs=2,
            units=8,
            embedding_size=8,
            batch_size=8,
            bptt=16,
            length=20,
            verbose=2,
        )
    return run, folder / "board" / "writer", printed.getvalue()


def test_the_history_has_what_was_measured(written):
    run, *_ = written
    for row in run.history:
        assert row["gradient_norm"] > 0 and 0 <= row["clipped"] <= 1
        assert row["learning_rate"] > 0 and row["tokens_per_second"] > 0
    assert run.history[1]["learning_rate"] < run.history[0]["learning_rate"]


def test_tensorboard_reads_the_history(written):
    run, board, _ = written
    events = EventAccumulator(str(board), size_guidance={"tensors": 0}).Reload()
    tags = set(events.Tags()["tensors"])
    assert {"loss/training", "loss/validation", "gradient_norm/training", "sample"} <= tags
    for name in ("loss", "val_loss", "gradient_norm", "learning_rate"):
        split = "validation" if name.startswith("val_") else "training"
        found = events.Tensors(f"{name.removeprefix('val_')}/{split}")
        values = [float(tf.make_ndarray(event.tensor_proto)) for event in found]
        assert values == pytest.approx([row[name] for row in run.history], rel=1e-5)
        assert [event.step for event in found] == [1, 2]


def test_each_epoch_shows_a_sample_and_all_but_the_last_the_time_left(written):
    run, _, printed = written
    assert len(re.findall(r"^  sample: .", printed, flags=re.MULTILINE)) == 2
    assert len(re.findall(r"^  1 epoch more: about .+ left$", printed, flags=re.MULTILINE)) == 1
    last = printed.rpartition("  sample: ")[2].splitlines()[0]
    assert one_line(run("", length=20).continuation) == last  # of the last epoch, which is kept


def test_without_tensorboard_the_extra_is_named(monkeypatch, tmp_path):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "tensorboard" else find(name)
    )
    with pytest.raises(InputError, match=r'pip install "seqtasks\[tensorboard\]"'):
        seqtasks.train("sentiment", [("a", "b")], out=tmp_path / "x", tensorboard="board")
    assert not (tmp_path / "x.partial").exists()


def test_lines_within_long_epochs(monkeypatch):
    from seqtasks.training import progress

    now, said = [0.0], []
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    callback = Progress(said.append, 100, lambda: "a\nb", within=True)
    callback.set_params({"epochs": 3})
    callback.set_model(types.SimpleNamespace(stop_training=False))
    callback.on_epoch_begin(0)
    for batch in range(100):
        now[0] += 1
        callback.on_train_batch_end(batch)
    now[0] += 20  # validation
    callback.on_epoch_end(0)
    assert said == [
        f"  batch {n} of 100, {duration(100 - n)} left in epoch 1" for n in (30, 60, 90)
    ]
    callback.on_epoch_begin(1)
    assert said[3:] == ["  2 epochs more: about 4 min 0 s left", "  sample: a ⏎ b"]


def test_samples_are_short():
    assert one_line("x" * 300) == "x" * 200 + " ..."
