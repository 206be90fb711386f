"""Every layer keeps the same promises: one list of checks for every row of the catalogue."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from catalogue import BATCH, FEATURES, LAYERS, TIME
from heavy import HEAVY

rows = pytest.mark.parametrize("name", LAYERS)
LENGTHS = [6, 4, 1, 3]
MASK = np.arange(TIME)[None] < np.array(LENGTHS)[:, None]


def inputs(batch=BATCH, time=TIME):
    return np.random.default_rng(1).normal(size=(batch, time, FEATURES)).astype("float32")


def randomised(layer):
    layer.build((BATCH, None, FEATURES))
    rng = np.random.default_rng(2)
    layer.set_weights([rng.normal(size=w.shape) * 0.5 for w in layer.get_weights()])
    return layer


def make(name, **options):
    return randomised(LAYERS[name].make(**options))


@rows
def test_symbolic_shape_is_the_eager_shape_also_with_unknown_batch_and_time(name):
    layer = make(name)
    eager = layer(inputs()).shape
    symbolic = layer(keras.Input((None, FEATURES)))
    assert symbolic.shape[0] is None and symbolic.shape[-1] == eager[-1]
    assert len(symbolic.shape) == len(eager)
    assert tuple(layer.compute_output_shape((BATCH, TIME, FEATURES))) == tuple(eager)
    graph = tf.function(layer, input_signature=[tf.TensorSpec([None, None, FEATURES])])
    np.testing.assert_allclose(graph(inputs()), layer(inputs()), atol=1e-5)
    assert graph(inputs(2, 9)).shape[0] == 2


@rows
def test_configuration_and_keras_file_round_trip_without_custom_objects(name, tmp_path):
    layer = make(name)
    twin = type(layer).from_config(layer.get_config())
    assert twin.get_config() == layer.get_config()
    sequence, mask = keras.Input((None, FEATURES)), keras.Input((None,), dtype="bool")
    model = keras.Model([sequence, mask], layer(sequence, mask=mask))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    feed = [inputs(), MASK]
    np.testing.assert_allclose(loaded(feed), model(feed), atol=1e-6)


@rows
def test_masked_steps_do_not_matter(name):
    """Alone is as in a batch is as with more padding; garbage under the mask changes nothing."""
    layer, row, x = make(name), LAYERS[name], inputs()
    y = np.array(layer(x, mask=MASK))
    garbage = np.where(MASK[..., None], x, 1e3).astype("float32")
    np.testing.assert_allclose(layer(garbage, mask=MASK), y, atol=1e-5)
    padded = np.concatenate([x, np.ones_like(x)], axis=1)
    more = np.array(layer(padded, mask=np.concatenate([MASK, np.zeros_like(MASK)], axis=1)))
    for n, length in enumerate(LENGTHS):
        alone = np.array(layer(x[n : n + 1, :length]))[0]
        steps = len(alone) if row.sequences else slice(None)
        if "backwards" in name:  # the outputs come in reverse: padding is read first
            np.testing.assert_allclose(y[n, -length:], alone, atol=1e-5)
            continue
        expected = alone if not row.sequences else alone[:steps]
        np.testing.assert_allclose(y[n, :steps] if row.sequences else y[n], expected, atol=1e-5)
        np.testing.assert_allclose(
            more[n, :steps] if row.sequences else more[n], expected, atol=1e-5
        )


@rows
@pytest.mark.parametrize("kind", ["right", "left", "holes"])
def test_gradients_are_finite_and_zero_on_masked_steps(name, kind):
    layer, x = make(name), tf.constant(inputs())
    mask = {"right": MASK, "left": MASK[:, ::-1], "holes": np.roll(MASK, 2, axis=1) ^ MASK}[kind]
    mask = mask.copy()
    mask[2] = False  # a row with no step at all
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, mask=mask, training=True)
        loss = tf.reduce_sum(tf.where(tf.math.is_finite(y), y * y, np.nan))
    dx, *dw = tape.gradient(loss, [x, *[w.value for w in layer.trainable_weights]])
    for gradient in (dx, *dw):
        assert gradient is not None and np.isfinite(tf.convert_to_tensor(gradient)).all()
    assert not np.any(np.array(dx)[~mask])
    assert np.any(np.array(dx)[mask])


KERAS_NEEDS_ROWS = {
    "AttentionDecoder",
    "CausalConvolution",
    "RNN lstm hard",
    "RNN zoneout",
}  # its own operations


@pytest.mark.parametrize("name", [name for name in LAYERS if name not in KERAS_NEEDS_ROWS])
def test_a_batch_of_no_rows(name):
    layer, given = make(name), inputs()
    whole = layer(given, mask=MASK)
    for training in (False, True):
        none = layer(given[:0], mask=MASK[:0], training=training)
        assert tuple(none.shape) == (0, *whole.shape[1:])


@rows
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "bfloat16"])
def test_runs_in_bfloat16(name, policy):
    layer = make(name, dtype=policy)
    with tf.GradientTape() as tape:
        y = layer(inputs(), mask=MASK, training=True)
        loss = tf.reduce_sum(y)
    assert (
        y.dtype == (LAYERS[name].dtype or tf.bfloat16) and np.isfinite(np.array(y, "float32")).all()
    )
    gradients = tape.gradient(loss, [w.value for w in layer.trainable_weights])
    assert all(g is not None for g in gradients)
    reference = make(name)(inputs(), mask=MASK)
    np.testing.assert_allclose(np.array(layer(inputs(), mask=MASK), "float32"), reference, atol=0.2)


@rows
def test_the_error_for_a_wrong_rank_says_expected_and_received(name):
    for layer in (LAYERS[name].make(), make(name)):
        with pytest.raises(ValueError, match=r"(?s)expected.*rank 3.*received.*2.*(Add|wrap)"):
            layer(np.ones((2, 3), "float32"))


@rows
def test_the_errors_for_wrong_features_and_wrong_masks_say_so(name):
    layer = make(name)
    with pytest.raises(ValueError, match="expected 3 features"):
        layer(np.ones((2, 5, 4), "float32"))
    for wrong in (np.ones((2, 4), bool), np.ones((2,), bool), np.ones((2, 5, 1), bool)):
        with pytest.raises(ValueError, match="expected a boolean mask"):
            layer(np.ones((2, 5, 3), "float32"), mask=wrong)


@pytest.mark.parametrize("name", HEAVY)
@pytest.mark.parametrize("jit", [pytest.param(True, marks=pytest.mark.slow), "auto"])
def test_trains_in_fit(name, jit):
    keras.utils.set_random_seed(0)
    row = LAYERS[name]
    model = keras.Sequential([keras.layers.Masking(), row.make(), keras.layers.Dense(1)])
    model.compile("adam", "mse", jit_compile=jit)
    y = np.zeros(model(inputs()).shape, "float32")
    losses = model.fit(inputs(), y, epochs=2, batch_size=2, verbose=0, shuffle=False).history[
        "loss"
    ]
    assert np.isfinite(losses).all()


@rows
def test_works_in_a_subclassed_model_and_time_distributed(name):
    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = LAYERS[name].make()

        def call(self, x, training=False):
            return self.inner(x, training=training)

    assert Subclassed()(inputs()).shape[0] == BATCH
    y = keras.layers.TimeDistributed(make(name))(np.stack([inputs(), inputs()], axis=1))
    np.testing.assert_allclose(y[:, 0], make(name)(inputs()), atol=1e-5)
