"""MultiSourceAttention against its parts, alone, in a cell and in a decoder."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks import layers

BATCH, TARGET, FIRST, SECOND = 3, 4, 5, 6
RNG = np.random.default_rng(0)
X = RNG.normal(size=(BATCH, TARGET, 3)).astype("float32")
ONE = RNG.normal(size=(BATCH, FIRST, 3)).astype("float32")
TWO = RNG.normal(size=(BATCH, SECOND, 2)).astype("float32")
SEEN = [
    np.arange(FIRST) < np.array([5, 2, 3])[:, None],
    np.arange(SECOND) < np.array([1, 6, 4])[:, None],
]
REAL = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 1, 1]], bool)
PAIRS = {
    "plain": lambda: [layers.AdditiveAttention(4), layers.BilinearAttention()],
    "heads, coverage": lambda: [layers.MultiHeadAttention(2, 3), layers.CoverageAttention(4)],
    "with states": lambda: [
        layers.CoverageAttention(4),
        layers.MonotonicAttention(layers.BilinearAttention()),
    ],
    "monotonic": lambda: [
        layers.MonotonicAttention(layers.BilinearAttention(), score_bias=0.5),
        layers.BilinearAttention(use_scale=True),
    ],
}
every = pytest.mark.parametrize("name", PAIRS)


def randomised(layer):
    rng = np.random.default_rng(1)
    for weight in layer.trainable_weights:
        weight.assign(rng.normal(size=weight.shape) * 0.7)
    return layer


def decoder(name, **options):
    attention = layers.MultiSourceAttention(PAIRS[name]())
    made = layers.AttentionDecoder(6, "gru", attention, **options)
    made.build([X.shape, ONE.shape, TWO.shape])
    return randomised(made)


@every
def test_contexts_stand_side_by_side_with_weights_of_each_memory(name):
    layer = layers.MultiSourceAttention(PAIRS[name]())
    layer.build([X.shape, ONE.shape, TWO.shape])
    randomised(layer)
    given = [X, ONE, TWO]
    y, weights = layer(given, mask=[REAL, *SEEN], return_attention_scores=True)
    parts = [
        attention([X, memory], mask=[REAL, seen], return_attention_scores=True)
        for attention, memory, seen in zip(layer.attentions, given[1:], SEEN, strict=True)
    ]
    np.testing.assert_allclose(y, np.concatenate([c for c, _ in parts], axis=-1), atol=1e-6)
    for found, (_, expected) in zip(weights, parts, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-6)
    assert y.shape == layer.compute_output_shape([x.shape for x in given])


def test_a_decoder_is_its_equation():
    """A NumPy loop: a cell without input feeding, two contexts, one combination."""
    made = decoder("plain", input_feeding=False)
    outputs, weights = made([X, ONE, TWO], mask=[None, *SEEN], return_attention_scores=True)
    kernel, bias = (w.numpy() for w in made.bridge.weights)
    means = [
        np.stack([m[n][s[n]].mean(axis=0) for n in range(BATCH)])
        for m, s in zip((ONE, TWO), SEEN, strict=True)
    ]
    state = np.tanh(np.concatenate(means, axis=-1) @ kernel + bias)
    w, u, b, v = (w.numpy() for w in made.attention.attentions[0].weights)
    (bilinear,) = (w.numpy() for w in made.attention.attentions[1].weights)
    combine, offset = (w.numpy() for w in made.cell.combine.weights)
    for t in range(TARGET):
        state = np.array(made.cell.cell(X[:, t], [tf.constant(state)])[0])
        for n in range(BATCH):
            scores = [
                np.tanh(state[n] @ w + ONE[n] @ u + b) @ v[:, 0],
                TWO[n] @ bilinear @ state[n],
            ]
            contexts = []
            for m, memory in enumerate((ONE, TWO)):
                e = np.exp(scores[m]) * SEEN[m][n]
                np.testing.assert_allclose(weights[m][n, t], e / e.sum(), atol=1e-5)
                contexts.append(e / e.sum() @ memory[n])
            expected = np.tanh(np.concatenate([state[n], *contexts]) @ combine + offset)
            np.testing.assert_allclose(outputs[n, t], expected, atol=1e-5)


@every
@pytest.mark.parametrize("feeding", [True, False])
@pytest.mark.parametrize("training", [True, False])
def test_at_once_is_step_by_step(name, feeding, training):
    made = decoder(name, input_feeding=feeding)
    given, masks = [X, ONE, TWO], [REAL, *SEEN]
    whole = made(given, mask=masks, training=training)
    options = {"return_attention_scores": True, "training": training}
    outputs, weights = made(given, mask=masks, **options)
    np.testing.assert_allclose(whole, outputs, atol=1e-5)
    states, memory = made.start([ONE, TWO], SEEN)
    doubled = [np.repeat(state, 2, axis=0) for state in states]
    for t in range(2):
        output, states, rows = made.step(X[:, t], states, memory, training)
        kept = REAL[:, t]
        np.testing.assert_allclose(np.array(output)[kept], np.array(whole)[kept, t], atol=1e-5)
        for row, of_all in zip(rows, weights, strict=True):
            np.testing.assert_allclose(np.array(row)[kept], np.array(of_all)[kept, t], atol=1e-5)
        both, doubled, _ = made.step(np.repeat(X[:, t], 2, axis=0), doubled, memory, training)
        np.testing.assert_allclose(both, np.repeat(output, 2, axis=0), atol=1e-5)
        if not kept.all():
            break


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_functional_model_copies_covers_is_saved_and_exported(tmp_path):
    x, one, two = keras.Input((None, 3)), keras.Input((None, 3)), keras.Input((None, 2))
    ids = keras.Input((None,), dtype="int32")
    attention = layers.MultiSourceAttention(
        [layers.CoverageAttention(4), layers.BilinearAttention()]
    )
    made = layers.AttentionDecoder(6, "gru", attention, copy=True, coverage_loss=0.5)
    outputs, weights = made([x, one, two])
    assert [w.shape for w in weights] == [(None, None, None)] * 2
    y = layers.PointerGenerator(5, 2)([outputs, weights[0], ids])
    model = keras.Model([x, one, two, ids], y)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    given = [X, ONE, TWO, RNG.integers(0, 7, (BATCH, FIRST)).astype("int32")]
    model.fit(given, np.zeros((BATCH, TARGET), "int32"), verbose=0)
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(
        keras.models.load_model(tmp_path / "model.keras")(given), model(given), atol=1e-5
    )
    model.export(tmp_path / "saved", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "saved"))
    np.testing.assert_allclose(served.serve(given), model(given), atol=1e-5)
    assert model([one[:0] for one in given]).shape == (0, TARGET, 7)


def test_in_keras_own_loop_with_an_empty_memory():
    attention = layers.MultiSourceAttention(
        [layers.BilinearAttention(), layers.CoverageAttention(3)]
    )
    cell = layers.AttentionCell(layers.GRUCell(4), attention, [3, 2])
    loop = keras.layers.RNN(cell, return_sequences=True)
    assert loop(X).shape == (BATCH, TARGET, 4)
    again = layers.AttentionCell.from_config(cell.get_config())
    assert again.memory_features == [3, 2] and again.state_size == cell.state_size


def test_misuse_is_said():
    with pytest.raises(ValueError, match=r"a list of attention layers, one for each memory"):
        layers.MultiSourceAttention([])
    attention = layers.MultiSourceAttention(PAIRS["plain"]())
    with pytest.raises(ValueError, match=r"a list of 2 numbers of features.*received \[3\]"):
        layers.AttentionCell(layers.GRUCell(4), attention, [3])
    with pytest.raises(ValueError, match=r"received 2 inputs.*with MultiSourceAttention"):
        layers.AttentionDecoder(4, attention=attention)([X, ONE])
    with pytest.raises(ValueError, match=r"memory_features: expected"):
        layers.AttentionCell(layers.GRUCell(4), layers.BilinearAttention(), [3, 2])
