"""Seq2Seq: step by step is all at once, padding does not matter, round trips, sampling."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.layers import LayerNormLSTMCell
from seqtasks.models import Seq2Seq
from seqtasks.training.losses import SmoothedCrossentropy

SOURCE = np.array([[5, 6, 7, 0, 0], [8, 9, 10, 11, 12], [4, 0, 0, 0, 0]])
TARGET = np.array([[2, 5, 6, 7], [2, 8, 0, 0], [2, 9, 10, 0]])
SIZES = {"source_size": 15, "target_size": 13, "embedding_size": 6, "units": 8}
MODELS = {
    "default": {"decoder_layers": 2},
    "one layer, additive": {"attention": "additive"},
    "input feeding": {"input_feeding": True, "attention": "dot"},
    "input feeding, normalised": {"input_feeding": True, "attention": "normalized_additive"},
    "heads": {"attention": "multi_head", "decoder_layers": 2},
    "heads, input feeding": {"input_feeding": True, "attention": "multi_head"},
    "scaled": {"attention": "scaled_bilinear", "decoder_layers": 2},
    "transformer": {"encoder": "transformer", "encoder_layers": 2, "decoder_layers": 2},
    "conv": {"encoder": "conv", "encoder_layers": 2, "decoder_layers": 2},
    "shared, deep": {"shared": True, "source_size": 13, "encoder_layers": 2, "decoder_layers": 3},
    "gru, deep, residual": {
        "cell": "gru",
        "encoder_layers": 2,
        "decoder_layers": 3,
        "residual": True,
    },
    "one direction": {"bidirectional": False, "encoder_layers": 2, "residual": True},
    "gru, input feeding": {"cell": "gru", "input_feeding": True},
    "a cell by class": {"cell": LayerNormLSTMCell, "decoder_layers": 2},
}


def make(name, **options):
    keras.utils.set_random_seed(3)
    model = Seq2Seq(**{**SIZES, **MODELS[name], **options}, seed=1)
    model.build()
    return model


def test_one_direction_reads_from_left_to_right():
    model = make("one direction")
    read = lambda ids: np.array(model.encode(np.array([ids]))[0].value)  # noqa: E731
    first, other = read([5, 6, 7, 8, 9]), read([5, 6, 7, 10, 9])
    same = np.isclose(first, other).all(axis=-1)[0]
    assert same.tolist() == [True] * 3 + [False] * 2 and first.shape[-1] == SIZES["units"]
    assert (
        not np.isclose(
            *(
                np.array(make("default").encode(np.array([ids]))[0].value)
                for ids in ([5, 6, 7, 8, 9], [5, 6, 7, 10, 9])
            )
        )
        .all(axis=-1)
        .any()
    )


every_model = pytest.mark.parametrize("name", MODELS)


@every_model
def test_step_by_step_is_all_at_once_also_with_several_rows_to_a_source(name):
    model = make(name)
    whole = np.array(model((SOURCE, TARGET)))
    assert whole.shape == (3, 4, 13)
    memory, states = model.encode(SOURCE)
    _, weights = model.decode(TARGET, memory, states)
    doubled = [np.repeat(s, 2, axis=0) for s in states]
    for t in range(4):
        logits, states, looked = model.step(TARGET[:, t], states, memory)
        np.testing.assert_allclose(logits, whole[:, t], atol=1e-5)
        np.testing.assert_allclose(np.sum(looked, axis=1), 1, atol=1e-5)
        assert not np.array(looked)[SOURCE == 0].any()
        if weights is not None:
            np.testing.assert_allclose(looked, weights[:, t], atol=1e-5)
        two, doubled, _ = model.step(np.repeat(TARGET[:, t], 2), doubled, memory)
        np.testing.assert_allclose(two, np.repeat(logits, 2, axis=0), atol=1e-5)


@every_model
def test_padding_does_not_matter_and_the_future_is_not_seen(name):
    model = make(name)
    whole = np.array(model((SOURCE, TARGET)))
    more = model((np.pad(SOURCE, [[0, 0], [0, 7]]), np.pad(TARGET, [[0, 0], [0, 2]])))
    np.testing.assert_allclose(more[:, :4], whole, atol=1e-5)
    for row in range(3):
        source = SOURCE[row][SOURCE[row] > 0][None]
        np.testing.assert_allclose(model((source, TARGET[row : row + 1]))[0], whole[row], atol=1e-5)
    for t in range(1, 4):
        changed = TARGET.copy()
        changed[:, t] = 11
        after = np.array(model((SOURCE, changed)))
        np.testing.assert_allclose(after[:, :t], whole[:, :t], atol=1e-6)
        assert np.abs(after[:, t:] - whole[:, t:]).max() > 1e-4


@every_model
@pytest.mark.slow
def test_learns_saves_and_loads(name, tmp_path):
    model = make(name, dropout=0.1, word_dropout=0.1)
    data = ((SOURCE, TARGET), np.roll(TARGET, -1, axis=1))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.05), loss, jit_compile=False)
    history = model.fit(*data, epochs=12, verbose=0, shuffle=False).history["loss"]
    assert history[-1] < 0.7 * history[0]
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert loaded.get_config() == model.get_config()
    np.testing.assert_allclose(loaded((SOURCE, TARGET)), model((SOURCE, TARGET)), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    "attention", ["additive", "normalized_additive", "bilinear", "dot", "multi_head"]
)
@pytest.mark.parametrize("input_feeding", [False, True])
def test_a_compiled_step_equals_one_that_is_not(input_feeding, attention):
    losses = []
    for jit in (False, True):
        model = make("one layer, additive", input_feeding=input_feeding, attention=attention)
        model.compile("sgd", SmoothedCrossentropy(0.1), jit_compile=jit)
        batch = (SOURCE, TARGET), np.roll(TARGET, -1, axis=1)
        losses.append([model.train_on_batch(*batch) for _ in range(3)])
    np.testing.assert_allclose(*losses, rtol=1e-4)


@every_model
def test_every_weight_gets_a_gradient(name):
    model = make(name)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model((SOURCE, TARGET), training=True) ** 2)
    gradients = tape.gradient(loss, [w.value for w in model.trainable_weights])
    assert all(g is not None for g in gradients)
    assert np.isfinite(float(loss))


def test_a_source_of_padding_only_is_finite():
    logits = make("default")((np.zeros((2, 3), int), TARGET[:2]))
    assert np.isfinite(np.array(logits)).all()


def test_scheduled_sampling_rises_and_replaces_real_targets_only():
    model = make("default", scheduled_sampling=0.9, sampling_updates=10)
    memory, states = model.encode(SOURCE)
    changed = []
    for _ in range(10):
        fed = np.array(model._sampled(tf.constant(TARGET), memory, states))
        assert (fed[TARGET <= 2] == TARGET[TARGET <= 2]).all()
        changed.append((fed != TARGET).mean())
    assert np.mean(changed[:3]) < np.mean(changed[-3:])
    guesses = np.argmax(model((SOURCE, TARGET)), axis=-1)[:, :-1]
    assert ((fed[:, 1:] == TARGET[:, 1:]) | (fed[:, 1:] == guesses)).all()
    plain = make("default")
    np.testing.assert_allclose(model((SOURCE, TARGET)), plain((SOURCE, TARGET)), atol=1e-6)


def test_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"as many source ids as target ids.* received 15 and 13"):
        Seq2Seq(**SIZES, shared=True)
    with pytest.raises(ValueError, match=r"encoder to be one of 'rnn'.* received 'cnn'"):
        Seq2Seq(**SIZES, encoder="cnn")
    with pytest.raises(ValueError, match=r"attention to be one of .* received 'none'"):
        Seq2Seq(**SIZES, attention="none")
    with pytest.raises(ValueError, match=r"not depend on .* the step before, received 'coverage'"):
        Seq2Seq(**SIZES, attention="coverage")
    with pytest.raises(ValueError, match=r"one decoder layer with input feeding, .*_layers=3"):
        Seq2Seq(**SIZES, input_feeding=True, decoder_layers=3)
