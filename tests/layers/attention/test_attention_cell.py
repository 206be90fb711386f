"""AttentionCell and Bridge against NumPy twins, in our RNN and in Keras's."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks import layers

BATCH, TIME, SOURCE, FEATURES, MEMORY, UNITS = 3, 4, 5, 2, 6, 7
RNG = np.random.default_rng(0)
X = RNG.normal(size=(BATCH, TIME, FEATURES)).astype("float32")
MEM = RNG.normal(size=(BATCH, SOURCE, MEMORY)).astype("float32")
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 0, 0, 0]], bool)


def make(feeding=True, cell=None):
    cell = layers.AttentionCell(
        cell or layers.SimpleRNNCell(UNITS),
        layers.BilinearAttention(),
        MEMORY,
        units=4,
        input_feeding=feeding,
    )
    cell.build((None, FEATURES))
    rng = np.random.default_rng(1)
    for weight in cell.trainable_weights:
        weight.assign(rng.normal(size=weight.shape) * 0.5)
    return cell


def twin(cell, feeding):
    inner, attention, combine = (
        [w.numpy() for w in part.weights] for part in (cell.cell, cell.attention, cell.combine)
    )
    outputs, shares = np.zeros((BATCH, TIME, 4)), np.zeros((BATCH, TIME, SOURCE))
    for n in range(BATCH):
        h, a = np.zeros(UNITS), np.zeros(4)
        for t in range(TIME):
            x = np.concatenate([X[n, t], a]) if feeding else X[n, t]
            h = np.tanh(x @ inner[0] + h @ inner[1] + inner[2])
            e = np.exp(MEM[n] @ attention[0] @ h) * MASK[n]
            shares[n, t] = e / max(e.sum(), 1e-9)
            context = shares[n, t] @ MEM[n]
            a = np.tanh(np.concatenate([h, context]) @ combine[0] + combine[1])
            outputs[n, t] = a
    return outputs, shares


@pytest.mark.parametrize("rnn", [layers.RNN, keras.layers.RNN])
@pytest.mark.parametrize("feeding", [True, False])
def test_is_its_equation_inside_both_rnns(feeding, rnn):
    cell = make(feeding)
    states = cell.start(MEM, MASK)
    y = rnn(cell, return_sequences=True)(X, initial_state=states)
    np.testing.assert_allclose(y, twin(cell, feeding)[0], atol=1e-5)


ATTENTIONS = {
    "additive": lambda: layers.AdditiveAttention(5),
    "bilinear": layers.BilinearAttention,
    "dot": lambda: layers.DotProductAttention(scaled=True),
    "additive, normalised": lambda: layers.AdditiveAttention(5, normalize=True),
    "bilinear, learned scale": lambda: layers.BilinearAttention(use_scale=True),
}
CELLS = {
    "lstm": layers.LSTMCell,
    "gru": layers.GRUCell,
    "rnn": layers.SimpleRNNCell,
    "without bias": lambda units: layers.LSTMCell(units, use_bias=False),
}


def stepped(cell, x, states, mask):
    """Outputs and last states, one step after another."""
    outputs, held = [], tf.zeros((BATCH, cell.units))
    for t in range(TIME):
        output, new = cell(x[:, t], states, training=True)
        real = tf.constant(mask[:, t, None])
        held, states = (
            tf.where(real, output, held),
            [tf.where(real, n, s) for n, s in zip(new, states, strict=True)],
        )
        outputs.append(held)
    return tf.stack(outputs, 1), states


@pytest.mark.parametrize("feeding", [True, False])
@pytest.mark.parametrize("attention", ATTENTIONS)
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.slow
def test_a_whole_sequence_at_once_is_its_steps_and_so_are_the_gradients(cell, attention, feeding):
    cell = layers.AttentionCell(
        CELLS[cell](MEMORY), ATTENTIONS[attention](), MEMORY, units=4, input_feeding=feeding
    )
    cell.build((None, FEATURES))
    rng = np.random.default_rng(1)
    for weight in cell.trainable_weights:
        weight.assign(rng.normal(size=weight.shape) * 0.5)
    first = [rng.normal(size=(BATCH, MEMORY)).astype("float32") for _ in cell.inner_sizes]
    mask = np.ones((BATCH, TIME), bool)
    if not feeding:
        mask[1, [0, 3]] = mask[2, 1] = False
    rnn = layers.RNN(cell, return_sequences=True, return_state=True)
    rnn.build((BATCH, None, FEATURES))

    def at_once(x, states):
        outputs, *states = rnn(
            x, initial_state=states, mask=None if feeding else mask, training=True
        )
        return outputs, states

    def everything(run, x, memory, *first):
        with tf.GradientTape() as tape:
            tape.watch([x, memory, first])
            outputs, states = run(x, cell.start(memory, MASK, list(first)))
            loss = tf.reduce_sum(tf.sin(outputs))
            loss += sum(tf.reduce_sum(tf.cos(state)) for state in states[:-3])
        sources = [x, memory, *first, *[w.value for w in cell.trainable_weights]]
        return [outputs, *states, *tape.gradient(loss, sources)]

    assert cell.scan(tf.constant(X), cell.start(MEM, MASK, first), None, True)
    given = [tf.constant(x) for x in (X, MEM, *first)]
    expected = everything(lambda x, states: stepped(cell, x, states, mask), *given)
    unknown = [tf.TensorSpec([None] * len(x.shape[:-1]) + x.shape[-1:]) for x in given]
    graphs = [
        functools.partial(everything, at_once),
        tf.function(lambda *x: everything(at_once, *x), input_signature=unknown),
        tf.function(lambda *x: everything(at_once, *x), jit_compile=True),
    ]
    for run in graphs:
        for found, wanted in zip(run(*given), expected, strict=True):
            np.testing.assert_allclose(found, wanted, atol=2e-5)


def test_a_score_of_ones_own_is_stepped():
    class Near(layers.BilinearAttention):
        def _scores(self, query, keys):
            return -tf.reduce_sum((query[:, :, None] - keys[:, None]) ** 2, -1)

    cell = layers.AttentionCell(layers.LSTMCell(MEMORY), Near(), MEMORY)
    cell.build((None, FEATURES))
    assert cell.scan(tf.constant(X), cell.start(MEM, MASK), None, True) is None


@pytest.mark.parametrize("feeding", [True, False])
def test_dropout_in_the_cell(feeding):
    """Its masks are drawn for what the cell gets: inputs with what is fed, its own state."""
    inner = layers.LSTMCell(UNITS, dropout=0.5, recurrent_dropout=0.5, seed=1)
    rnn = layers.RNN(make(feeding, inner), return_sequences=True)
    one, two = (np.array(rnn(X, training=True)) for _ in range(2))
    assert np.isfinite(one).all() and np.abs(one - two).max() > 1e-3
    np.testing.assert_allclose(rnn(X), rnn(X))


def test_the_weights_of_a_step_and_several_rows_to_a_memory():
    cell = make()
    outputs, shares = twin(cell, True)
    memory = cell.attention.project(MEM, mask=MASK)
    states = [np.zeros((BATCH, 4), "float32"), np.zeros((BATCH, UNITS), "float32")]
    doubled = [np.repeat(s, 2, axis=0) for s in states]
    for t in range(TIME):
        _, states, weights = cell.read(X[:, t], states, memory)
        np.testing.assert_allclose(weights, shares[:, t], atol=1e-5)
        y2, doubled, weights2 = cell.read(np.repeat(X[:, t], 2, axis=0), doubled, memory)
        np.testing.assert_allclose(y2, np.repeat(outputs[:, t], 2, axis=0), atol=1e-5)
        np.testing.assert_allclose(weights2, np.repeat(weights, 2, axis=0), atol=1e-6)


def test_gradients_reach_all_weights_and_the_memory():
    cell = make(cell=layers.LSTMCell(5))
    rnn = layers.RNN(cell, return_sequences=True, return_state=True)
    memory = tf.constant(MEM)
    with tf.GradientTape() as tape:
        tape.watch(memory)
        first = layers.Bridge([5, 5])(tf.reduce_mean(memory, axis=1))
        y, *states = rnn(X, initial_state=cell.start(memory, MASK, first))
        loss = tf.reduce_sum(y)
    gradients = tape.gradient(loss, [memory, *[w.value for w in cell.trainable_weights]])
    assert all(g is not None and np.isfinite(np.array(g)).all() for g in gradients)
    assert y.shape == (BATCH, TIME, 4) and len(states) == 6


def test_a_bridge_is_its_equation():
    bridge = layers.Bridge([2, 3])
    x = RNG.normal(size=(4, 5)).astype("float32")
    a, b = bridge(x)
    expected = np.tanh(x @ bridge.kernel.numpy() + bridge.bias.numpy())
    np.testing.assert_allclose(np.concatenate([a, b], axis=-1), expected, atol=1e-5)
    assert layers.Bridge.from_config(bridge.get_config()).sizes == [2, 3]


@keras.saving.register_keras_serializable(package="tests")
class Reader(keras.Model):
    """Reads its second input while it reads the first."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.rnn = layers.RNN(make(), return_sequences=True)

    def build(self, shapes):
        self.rnn.build(shapes[0])

    def call(self, inputs):
        x, memory = inputs
        return self.rnn(x, initial_state=self.rnn.cell.start(memory))


def test_a_model_with_a_memory_is_saved_and_loaded(tmp_path):
    model = Reader()
    expected = model([X, MEM])
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert len(loaded.weights) == 6
    np.testing.assert_allclose(loaded([X, MEM]), expected, atol=1e-6)


def test_refuses_sizes_that_cannot_be():
    with pytest.raises(ValueError, match=r"memory_features: expected .* received units=0"):
        layers.AttentionCell(layers.GRUCell(3), layers.BilinearAttention(), 0)
    with pytest.raises(ValueError, match="expected a cell"):
        layers.AttentionCell(keras.layers.Dense(3), layers.BilinearAttention(), 2)
