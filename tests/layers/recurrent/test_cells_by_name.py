"""Cells by name, class and function: in a stack, saved and loaded, step by step."""

import functools
import gc
import weakref

import keras
import numpy as np
import pytest
from keras import ops

from seqtasks import layers
from seqtasks.layers import CELLS, Bidirectional, RecurrentStack, make_cell

X = np.random.default_rng(0).normal(size=(4, 6, 3)).astype("float32")
MASK = np.arange(6)[None] < np.array([6, 4, 1, 0])[:, None]


@keras.saving.register_keras_serializable(package="test")
class MinimalCell(keras.layers.Layer):
    """One state, no `training`, no `get_initial_state`: the least that Keras's RNN accepts."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, input_shape):
        self.gate = self.add_weight((input_shape[-1] + self.units, self.units), name="gate")

    def call(self, inputs, states):
        h = states[0]
        f = ops.sigmoid(ops.matmul(ops.concatenate([inputs, h], axis=-1), self.gate))
        return f * h + (1 - f), [f * h + (1 - f)]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="test")
class NestedCell(keras.layers.Layer):
    """Three states of nested sizes, and an output that is none of them."""

    def __init__(self, units, decay=0.5, recurrent_dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        self.units, self.decay, self.recurrent_dropout = units, decay, recurrent_dropout
        self.state_size, self.output_size = [[units, units], 1], units

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], self.units), name="kernel")

    def call(self, inputs, states, training=False):
        (fast, slow), count = states
        fast = ops.tanh(ops.matmul(inputs, self.kernel) + slow)
        slow, count = self.decay * slow + fast, count + 1
        return fast - slow / count, [[fast, slow], count]

    def get_config(self):
        own = {"units": self.units, "decay": self.decay}
        return {**super().get_config(), **own, "recurrent_dropout": self.recurrent_dropout}


@keras.saving.register_keras_serializable(package="test")
def zoneout_gru(units):
    return layers.ZoneoutCell(layers.GRUCell(units), 0.1)


FORMS = {
    **{name: name for name in CELLS},
    "function of a name": CELLS["projected_lstm"],
    "our class": layers.PeepholeLSTMCell,
    "class of Keras": keras.layers.GRUCell,
    "name of a class of Keras": "keras.layers>GRUCell",
    "class": MinimalCell,
    "name": "test>MinimalCell",
    "nested": NestedCell,
    "name of nested": "test>NestedCell",
    "function": zoneout_gru,
    "name of a function": "test>zoneout_gru",
}
WITHOUT_RECURRENT_WEIGHTS = {"mingru", "minlstm", "lru"}
forms = pytest.mark.parametrize("form", FORMS)


@forms
def test_configurations_round_trip(form):
    stack = RecurrentStack(5, FORMS[form], layers=2)
    config = stack.get_config()
    assert isinstance(config["cell"], str)
    twin = RecurrentStack.from_config(config)
    assert twin.get_config() == config
    assert [type(a.cell) for a in twin.recurrences] == [type(a.cell) for a in stack.recurrences]


@pytest.mark.parametrize("form", ["layer_norm_gru", "projected_lstm", "lru", "nested", "function"])
@pytest.mark.parametrize("layer", [RecurrentStack, layers.PyramidalRNN])
def test_a_model_is_loaded_with_its_cell(layer, form, tmp_path):
    inputs = keras.Input((None, 3))
    model = keras.Model(inputs, layer(5, FORMS[form], layers=2, bidirectional=True)(inputs))
    assert model.output_shape == (None, None, 10)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(X), model(X), atol=1e-6)


@forms
def test_steps_and_pieces_are_the_sequence(form):
    stack = RecurrentStack(5, FORMS[form], layers=2, residual=True, return_state=True)
    whole, *last = stack(X)
    assert [tuple(s.shape) for s in (whole, *last)] == list(stack.compute_output_shape(X.shape))
    assert len(stack.compute_mask(X, MASK)) == 1 + len(last)
    states = stack.get_initial_state(4)
    for t in range(6):
        y, states = stack.step(X[:, t], states)
        np.testing.assert_allclose(y, whole[:, t], atol=1e-5)
    first, *between = stack(X[:, :2])
    second, *end = stack(X[:, 2:], initial_state=between)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, atol=1e-5)
    for a, b, c in zip(states, end, last, strict=True):
        np.testing.assert_allclose(a, c, atol=1e-5)
        np.testing.assert_allclose(b, c, atol=1e-5)


def test_a_stack_of_nested_states_is_its_equation_also_where_masked():
    stack = RecurrentStack(5, NestedCell, return_state=True)
    y, *states = stack(X, mask=MASK)
    kernel = np.array(stack.trainable_weights[0])
    for row in range(4):
        fast, slow = np.zeros(5), np.zeros(5)
        for t in range(MASK[row].sum()):
            fast = np.tanh(X[row, t] @ kernel + slow)
            slow = 0.5 * slow + fast
            np.testing.assert_allclose(y[row, t], fast - slow / (t + 1), atol=1e-5)
        for found, expected in zip(states, (fast, slow, [MASK[row].sum()]), strict=True):
            np.testing.assert_allclose(found[row], expected, atol=1e-5)
    assert not np.any(np.array(y)[~MASK])


@pytest.mark.parametrize("options", [{"stateful": True}, {"learn_initial_state": True}])
def test_nested_states_are_carried_and_learned(options):
    stack = RecurrentStack(5, NestedCell, layers=2, bidirectional=False, **options)
    plain = RecurrentStack(5, NestedCell, layers=2)
    stack.build(X.shape)
    plain.build(X.shape)
    plain.set_weights([np.array(w) for w in stack.weights if w.path.endswith("kernel")])
    if "stateful" in options:
        found = np.concatenate([stack(X[:, :3]), stack(X[:, 3:])], axis=1)
        np.testing.assert_allclose(found, plain(X), atol=1e-5)
    else:
        np.testing.assert_allclose(stack(X), plain(X), atol=1e-5)
        assert len(stack.trainable_weights) == 2 * (1 + 3)


@pytest.mark.parametrize("name", CELLS)
def test_a_named_cell_has_the_output_asked_for_and_takes_all_dropout(name):
    weight_drop = 0.0 if name in WITHOUT_RECURRENT_WEIGHTS else 0.2
    stack = RecurrentStack(
        5, name, recurrent_dropout=0.5, weight_drop=weight_drop, dropout=0.1, seed=3
    )
    y = stack(X, training=True)
    assert y.shape == (4, 6, 5) == stack.compute_output_shape(X.shape)
    assert not np.allclose(y, stack(X))
    inner = stack.recurrences[0].cell
    inner = inner.cell if weight_drop else inner
    assert inner.recurrent_dropout == 0.5 and inner.seed == 3


def test_options_go_to_the_constructor_that_has_them_and_are_refused_elsewhere():
    stack = RecurrentStack(5, NestedCell, recurrent_dropout=0.3, dtype="mixed_bfloat16")
    inner = stack.recurrences[0].cell.cell
    assert inner.recurrent_dropout == 0.3 and inner.compute_dtype == "bfloat16"
    assert make_cell(layers.LayerNormLSTMCell, 5, recurrent_dropout=0.3).recurrent_dropout == 0.3
    assert make_cell("gru", 5, reset_after=False).reset_after is False
    assert (
        make_cell(lambda units, **options: MinimalCell(units, **options), 4, name="x").name == "x"
    )
    message = r"RecurrentStack: expected .* takes `recurrent_dropout`, received .* 0\.3. Add an arg"
    for cell in (MinimalCell, "test>MinimalCell", zoneout_gru):
        RecurrentStack(5, cell, seed=1)
        with pytest.raises(ValueError, match=message.replace(" 0", ".*0")):
            RecurrentStack(5, cell, recurrent_dropout=0.3)
    for cell in (MinimalCell, *WITHOUT_RECURRENT_WEIGHTS):
        with pytest.raises(ValueError, match=r"expected a cell with a weight `recurrent_kernel`"):
            RecurrentStack(5, cell, weight_drop=0.3)(X)


def test_the_error_for_an_unknown_name_lists_the_names_and_how_to_register_one():
    for name in ("lstmm", "mine>Unknown", "keras.layers>Unknown"):
        with pytest.raises(ValueError, match=f"received cell='{name}'") as caught:
            RecurrentStack(5, name)
        message = str(caught.value)
        assert all(repr(cell) in message for cell in CELLS)
        assert "register_keras_serializable" in message


@pytest.mark.parametrize(
    "cell, message",
    [
        (3, "a name, a class, or a function"),
        (layers.LSTMCell(5), "cannot serve several layers"),
        (functools.partial(layers.LSTMCell), "function with a name"),
        (lambda units: units, "to make a cell"),
        (lambda units: keras.layers.StackedRNNCells([MinimalCell(units)]), "layers=2"),
    ],
)
def test_what_makes_no_cell_is_refused(cell, message):
    with pytest.raises(ValueError, match=rf"expected .*{message}"):
        RecurrentStack(5, cell)


def test_an_unregistered_class_is_loaded_from_custom_objects(tmp_path):
    class Unregistered(MinimalCell):
        pass

    inputs = keras.Input((None, 3))
    model = keras.Model(inputs, RecurrentStack(5, Unregistered)(inputs))
    model.save(tmp_path / "model.keras")
    with pytest.raises(TypeError, match="received cell='Unregistered'"):  # Keras wraps ours
        keras.models.load_model(tmp_path / "model.keras")
    custom = {"Unregistered": Unregistered}
    loaded = keras.models.load_model(tmp_path / "model.keras", custom_objects=custom)
    np.testing.assert_allclose(loaded(X), model(X), atol=1e-6)


def test_wrappers_take_cells_of_nested_states_and_without_initial_ones():
    for inner in (NestedCell, MinimalCell):
        layer = Bidirectional(layers.RNN(layers.ResidualCell(inner(3)), return_sequences=True))
        plain = RecurrentStack(3, inner)
        layer.build(X.shape)
        plain.build(X.shape)
        plain.set_weights(layer.forward_layer.get_weights())
        np.testing.assert_allclose(layer(X)[..., :3], plain(X) + X, atol=1e-5)


def test_the_layer_that_keras_copies_lives_on():
    """Else another object gets its id, by which Keras finds shared objects while it loads a file:

    once in some 50 times two layers of a loaded PyramidalRNN had one cell.
    """
    layer = layers.RNN(NestedCell(3))
    alive = weakref.ref(layer)
    both = layers.Bidirectional(layer)
    del layer
    gc.collect()
    assert alive() is not None and alive() not in both._flatten_layers()
