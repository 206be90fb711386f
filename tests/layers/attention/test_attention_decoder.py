"""AttentionDecoder: at once as step by step, in functional models, and as good as it should be."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks import layers

RNG = np.random.default_rng(4)
TARGETS = RNG.normal(size=(3, 5, 4)).astype("float32")
MEMORY = RNG.normal(size=(3, 6, 2)).astype("float32")
REAL = np.arange(5) < np.array([5, 3, 1])[:, None]
SEEN = np.arange(6) < np.array([6, 1, 4])[:, None]

DECODERS = {
    "lstm": lambda: layers.AttentionDecoder(7),
    "gru, additive": lambda: layers.AttentionDecoder(7, "gru", layers.AdditiveAttention(5)),
    "rnn, no input feeding": lambda: layers.AttentionDecoder(7, "rnn", input_feeding=False),
    "by name": lambda: layers.AttentionDecoder(7, "gru", "normalized_additive"),
    "heads": lambda: layers.AttentionDecoder(7, "gru", layers.MultiHeadAttention(2, 3)),
    "heads, no input feeding": lambda: layers.AttentionDecoder(
        7, "lstm", layers.MultiHeadAttention(2, 3, output_size=5), input_feeding=False
    ),
    "a class": lambda: layers.AttentionDecoder(7, layers.LayerNormLSTMCell),
}
every = pytest.mark.parametrize("name", DECODERS)


def make(name):
    keras.utils.set_random_seed(2)
    layer = DECODERS[name]()
    layer.build([TARGETS.shape, MEMORY.shape])
    for weight in layer.trainable_weights:
        weight.assign(RNG.normal(size=weight.shape) * 0.5)
    return layer


@pytest.mark.parametrize(
    ("name", "masks", "training"),
    [
        ("lstm", None, False),
        ("lstm", [REAL, SEEN], True),
        ("lstm", [None, SEEN], True),
        ("gru, additive", [REAL, SEEN], False),
        ("gru, additive", None, True),
        ("rnn, no input feeding", [REAL, None], False),
        ("heads", [REAL, SEEN], True),
        ("heads, no input feeding", [REAL, SEEN], False),
        ("a class", [REAL, SEEN], True),
    ],
)
def test_at_once_as_step_by_step(name, masks, training):
    layer = make(name)
    whole = layer([TARGETS, MEMORY], mask=masks, training=training)
    stepped, weights = layer([TARGETS, MEMORY], mask=masks, return_attention_scores=True)
    np.testing.assert_allclose(whole, stepped, atol=1e-5)
    real, seen = masks or [None, None]
    states, memory = layer.start(MEMORY, seen)
    for t in range(5):
        output, states, row = layer.step(TARGETS[:, t], states, memory)
        kept = np.ones(3, bool) if real is None else real[:, t]
        np.testing.assert_allclose(np.array(output)[kept], np.array(whole)[kept, t], atol=1e-5)
        np.testing.assert_allclose(np.array(row)[kept], np.array(weights)[kept, t], atol=1e-5)
    expected = np.ones((3, 5)) if real is None else real
    np.testing.assert_allclose(np.sum(weights, axis=-1), expected, atol=1e-5)
    if seen is not None:
        assert not np.any(np.array(weights)[np.broadcast_to(~seen[:, None], (3, 5, 6))])


@pytest.mark.slow
def test_gradients_of_the_weights_compile():
    layer = make("gru, additive")

    def gradients(targets, memory):
        with tf.GradientTape() as tape:
            outputs, weights = layer([targets, memory], return_attention_scores=True, training=True)
            loss = tf.reduce_sum(tf.sin(outputs)) + tf.reduce_sum(weights**2)
        return tape.gradient(loss, [w.value for w in layer.trainable_weights])

    expected = gradients(TARGETS, MEMORY)
    compiled = tf.function(gradients, jit_compile=True)(tf.constant(TARGETS), tf.constant(MEMORY))
    for a, b in zip(compiled, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@every
def test_it_is_the_cell_in_keras_own_loop(name):
    layer = make(name)
    cell = layer.cell
    first = layer.bridge(keras.ops.mean(MEMORY, axis=1))
    loop = keras.layers.RNN(cell, return_sequences=True)
    expected = loop(TARGETS, initial_state=cell.start(MEMORY, cell_states=first))
    np.testing.assert_allclose(layer([TARGETS, MEMORY]), expected, atol=1e-5)


def test_masked_memory_changes_nothing():
    layer = make("lstm")
    other = np.where(SEEN[:, :, None], MEMORY, 99.0).astype("float32")
    found = [layer([TARGETS, memory], mask=[None, SEEN]) for memory in (MEMORY, other)]
    np.testing.assert_allclose(*found, atol=1e-6)


def encoder_decoder(size=32):
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    read = keras.layers.Embedding(12, size, mask_zero=True)(source)
    memory = layers.Bidirectional(layers.LSTM(size, return_sequences=True))(read)
    before = keras.layers.Embedding(12, size, mask_zero=True)(target)
    decoded = layers.AttentionDecoder(2 * size)([before, memory])
    model = keras.Model({"source": source, "target": target}, keras.layers.Dense(12)(decoded))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(3e-3), loss, weighted_metrics=["accuracy"])
    return model


def pairs(count, seed, length=12):
    digits = np.random.default_rng(seed).integers(1, 11, (count, length)).astype("int32")
    reverse = digits[:, ::-1].copy()
    before = np.pad(reverse[:, :-1], [[0, 0], [1, 0]], constant_values=11)
    return {"source": digits, "target": before}, reverse


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_functional_model_is_masked_saved_loaded_and_exported(tmp_path):
    model = encoder_decoder(8)
    inputs, targets = pairs(6, 1, 4)
    model.fit(inputs, targets, verbose=0)
    whole = np.array(model(inputs))
    padded = {name: np.pad(x, [[0, 0], [0, 3]]) for name, x in inputs.items()}
    np.testing.assert_allclose(np.array(model(padded))[:, :4], whole, atol=1e-5)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(inputs), whole, atol=1e-6)
    model.export(tmp_path / "saved", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "saved"))
    np.testing.assert_allclose(served.serve(inputs), whole, atol=1e-5)


@pytest.mark.slow
def test_it_learns_to_reverse_twelve_digits():
    keras.utils.set_random_seed(1)
    model = encoder_decoder()
    model.fit(*pairs(20_000, 2), batch_size=128, epochs=5, verbose=0)
    decoder = next(x for x in model.layers if isinstance(x, layers.AttentionDecoder))
    encoder = keras.Model(model.input["source"], decoder.input[1])
    embed, classify = decoder.input[0]._keras_history.operation, model.layers[-1]
    inputs, targets = pairs(500, 3)
    states, memory = decoder.start(encoder(inputs["source"]))
    token, found = np.full(500, 11), []
    for _ in range(12):  # greedily, from its own tokens
        output, states, _ = decoder.step(embed(token), states, memory)
        token = np.argmax(classify(output), axis=-1)
        found.append(token)
    assert np.mean(np.all(np.stack(found, axis=1) == targets, axis=1)) >= 0.99


def test_misuse_is_said():
    with pytest.raises(ValueError, match=r"expected \[targets, memory\], received 3 inputs"):
        layers.AttentionDecoder(4)([TARGETS, MEMORY, MEMORY])
    with pytest.raises(ValueError, match="expected inputs of rank 3"):
        layers.AttentionDecoder(4)([TARGETS[:, 0], MEMORY])
    with pytest.raises(ValueError, match=r"boolean mask of shape \[batch, time\] = \(3, 5\)"):
        layers.AttentionDecoder(4)([TARGETS, MEMORY], mask=[REAL[:, :2], None])
