"""PointerGenerator and the copy option of the decoder: the paper's equations, and unseen ids."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks import layers

BATCH, TARGET, SOURCE, UNITS, KNOWN, COPIED = 3, 4, 5, 6, 7, 3
RNG = np.random.default_rng(0)
X = RNG.normal(size=(BATCH, TARGET, 2)).astype("float32")
MEMORY = RNG.normal(size=(BATCH, SOURCE, 4)).astype("float32")
SOURCE_IDS = np.array([[3, 7, 3, 8, 9], [6, 7, 0, 0, 0], [1, 1, 12, -1, 2]], "int32")
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 1, 1, 1, 1]], bool)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def decoder(feeding=True, attention="additive", cell="gru"):
    keras.utils.set_random_seed(1)
    made = layers.AttentionDecoder(UNITS, cell, attention, input_feeding=feeding, copy=True)
    made.build([X.shape, MEMORY.shape])
    for weight in made.trainable_weights:
        weight.assign(RNG.normal(size=weight.shape) * 0.7)
    return made


def test_the_distribution_is_the_papers():
    layer = layers.PointerGenerator(KNOWN, COPIED)
    outputs = RNG.normal(size=(BATCH, TARGET, UNITS)).astype("float32")
    p = RNG.uniform(0.1, 0.9, size=(BATCH, TARGET, 1)).astype("float32")
    weights = RNG.dirichlet(np.ones(SOURCE), size=(BATCH, TARGET)).astype("float32")
    found = layer([np.concatenate([outputs, p], axis=-1), weights, SOURCE_IDS])
    kernel, bias = layer.get_weights()
    for n in range(BATCH):
        for t in range(TARGET):
            expected = np.zeros(KNOWN + COPIED)
            expected[:KNOWN] = p[n, t] * softmax(outputs[n, t] @ kernel + bias)
            for s in range(SOURCE):
                if 0 <= SOURCE_IDS[n, s] < KNOWN + COPIED:
                    expected[SOURCE_IDS[n, s]] += (1 - p[n, t, 0]) * weights[n, t, s]
            logs = np.log(np.maximum(expected, 1e-10))
            np.testing.assert_allclose(found[n, t], logs, rtol=1e-4)
            if n < 2:
                np.testing.assert_allclose(np.exp(found[n, t]).sum(), 1, atol=1e-5)


@pytest.mark.parametrize("feeding", [True, False])
def test_the_gate_is_the_papers(feeding):
    """p_t = σ([c_t, h_t, x_t] w + b), with h of the cell and x as it was before feeding."""
    made = decoder(feeding)
    outputs, weights = made([X, MEMORY], mask=[None, MASK])
    states, memory = made.start(MEMORY, MASK)
    kernel, bias = made.cell.gate.get_weights()
    for t in range(TARGET):
        output, states, row = made.step(X[:, t], states, memory)
        h = np.array(states[1 if feeding else 0])
        for n in range(BATCH):
            context = np.array(row)[n] @ np.where(MASK[n, :, None], MEMORY[n], 0)
            p = sigmoid(np.concatenate([context, h[n], X[n, t]]) @ kernel[:, 0] + bias[0])
            np.testing.assert_allclose(output[n, -1], p, atol=1e-5)
        np.testing.assert_allclose(output, outputs[:, t], atol=1e-5)
        np.testing.assert_allclose(row, weights[:, t], atol=1e-5)


@pytest.mark.parametrize(
    ("attention", "feeding", "cell"),
    [("additive", True, "gru"), ("bilinear", False, "lstm"), ("coverage", True, "lstm")],
)
@pytest.mark.parametrize("training", [True, False])
def test_copying_changes_nothing_else_and_the_cell_runs_in_a_loop(
    attention, feeding, cell, training
):
    made = decoder(feeding, attention, cell)
    real = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 1, 1]], bool)
    outputs, weights = made([X, MEMORY], mask=[real, MASK], training=training)
    assert outputs.shape == (BATCH, TARGET, UNITS + 1) and weights.shape == (BATCH, TARGET, SOURCE)
    first = made.start(MEMORY, MASK)[0][1:] if feeding else made.start(MEMORY, MASK)[0]
    first = first[: len(made.cell.inner_sizes)]
    states = made.cell.start(MEMORY, MASK, first)
    looped = made.rnn(X, initial_state=states, mask=real, training=training)
    np.testing.assert_allclose(np.array(looped)[real], np.array(outputs)[real], atol=1e-5)
    assert not np.any(np.array(outputs)[~real]) and not np.any(np.array(weights)[~real])
    unmasked = made.rnn(
        X, initial_state=states, training=training
    )  # by a kernel, if there were one
    expected, _ = made([X, MEMORY], mask=[None, MASK], training=training)
    np.testing.assert_allclose(unmasked, expected, atol=1e-5)
    plain = layers.AttentionDecoder.from_config({**made.get_config(), "copy": False})
    plain.build([X.shape, MEMORY.shape])
    kept = [w for w in made.weights if "gate" not in w.path]
    plain.set_weights([w.numpy() for w in kept])
    without = plain([X, MEMORY], mask=[real, MASK], training=training)
    np.testing.assert_allclose(without, outputs[..., :-1], atol=1e-5)


RARE = 20  # ids from here on are names; half of them are never seen in training
KINDS = 10  # ids 2 to 9 are words; 1 is unknown


def copying_model(copy, length=4):
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    ids = KINDS if copy else 2 * RARE
    embed = keras.layers.Embedding(ids, 24)
    known = (lambda x: keras.ops.where(x < KINDS, x, 1)) if copy else (lambda x: x)
    memory = layers.Bidirectional(layers.GRU(24, return_sequences=True))(embed(known(source)))
    decoder = layers.AttentionDecoder(48, "gru", copy=copy)
    decoded = decoder([embed(known(target)), memory])
    if copy:
        logits = layers.PointerGenerator(KINDS, length)([*decoded, source])
    else:
        logits = keras.layers.Dense(ids)(decoded)
    model = keras.Model({"source": source, "target": target}, logits)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(5e-3), loss)
    return model


def sentences(count, names, seed, length=4):
    rng = np.random.default_rng(seed)
    ids = rng.integers(2, KINDS, (count, length))
    return np.where(rng.random((count, length)) < 0.5, rng.choice(names, (count, length)), ids)


def numbered(ids):
    """Names by their order in the row, from KINDS on: the ids that `PointerGenerator` copies."""
    result = ids.copy()
    for row in result:
        names = list(dict.fromkeys(row[row >= KINDS]))
        row[:] = [KINDS + names.index(id) if id >= KINDS else id for id in row]
    return result


def accuracy(model, ids, copy):
    """Of names, in sentences to be repeated, greedily decoded."""
    given = numbered(ids) if copy else ids
    fed = np.zeros_like(given)
    for t in range(given.shape[1]):
        found = np.argmax(model({"source": given, "target": fed}), axis=-1)
        fed[:, t + 1 :] = found[:, t : t + 1]
    return np.mean((found == given)[ids >= KINDS])


@pytest.mark.slow
def test_unseen_ids_are_copied_and_only_with_it():
    seen, unseen = np.arange(RARE, RARE + 10), np.arange(RARE + 10, 2 * RARE)
    for copy, least, most in ((True, 0.95, 1), (False, 0, 0.05)):
        keras.utils.set_random_seed(1)
        model = copying_model(copy)
        ids = sentences(3000, seen, 1)
        ids = numbered(ids) if copy else ids
        before = np.pad(ids[:, :-1], [[0, 0], [1, 0]])
        model.fit({"source": ids, "target": before}, ids, batch_size=64, epochs=6, verbose=0)
        assert accuracy(model, sentences(200, seen, 2), copy) > 0.9  # both have learned
        assert least <= accuracy(model, sentences(200, unseen, 3), copy) <= most


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_functional_model_with_masks_is_saved_and_exported(tmp_path):
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    embed = keras.layers.Embedding(KNOWN, 4, mask_zero=True)
    known = [keras.ops.where(x < KNOWN, x, 1) for x in (source, target)]
    decoded = layers.AttentionDecoder(UNITS, copy=True)([embed(known[1]), embed(known[0])])
    logits = layers.PointerGenerator(KNOWN, COPIED)([*decoded, source])
    model = keras.Model({"source": source, "target": target}, logits)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    ids = np.array([[3, 7, 3, 8, 9], [6, 7, 0, 0, 0]])
    feed = {"source": ids, "target": ids[:, :4]}
    model.fit(feed, ids[:, 1:], verbose=0)
    whole = np.array(model(feed))
    padded = {name: np.pad(x, [[0, 0], [0, 2]]) for name, x in feed.items()}
    np.testing.assert_allclose(np.array(model(padded))[:, :4], whole, atol=1e-5)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(feed), whole, atol=1e-5)
    model.export(tmp_path / "saved", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "saved"))
    np.testing.assert_allclose(
        served.serve({k: v.astype("int32") for k, v in feed.items()}), whole, atol=1e-5
    )


def test_misuse_is_said():
    layer = layers.PointerGenerator(4, 2)
    for wrong in ([X, X], [X[:, 0], MEMORY, SOURCE_IDS], X):
        with pytest.raises(ValueError, match=r"ranks 3, 3 and 2, received shapes"):
            layer(wrong)
    with pytest.raises(ValueError, match="copied_ids: expected"):
        layers.PointerGenerator(4, 0)
