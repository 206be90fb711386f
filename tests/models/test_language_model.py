"""LanguageModel: its three ways to run agree, states are carried, and the dropouts train."""

import keras
import numpy as np
import pytest

from seqtasks.models import LanguageModel, LanguageModelEnsemble

IDS = np.array([[4, 5, 6, 7, 8, 9], [9, 8, 7, 6, 5, 4]])
MODELS = {
    "lstm": {"units": 5},
    "gru, deep, residual, tied": {
        "units": 5,
        "cell": "gru",
        "layers": 3,
        "residual": True,
        "tie_output": True,
    },
    "rnn": {"units": 5, "cell": "rnn"},
    "all dropouts": {
        "units": 5,
        "layers": 2,
        "dropout": 0.5,
        "token_dropout": 0.2,
        "embedding_dropout": 0.3,
        "weight_drop": 0.4,
        "variational": True,
    },
    "ensemble": [{"units": 5}, {"units": 3, "cell": "gru", "layers": 2}],
}
every_model = pytest.mark.parametrize("name", MODELS)


def make(name, **options):
    keras.utils.set_random_seed(3)
    sizes, several = MODELS[name], isinstance(MODELS[name], list)
    members = [
        LanguageModel(12, embedding_size=4, **one, **options)
        for one in (sizes if several else [sizes])
    ]
    model = LanguageModelEnsemble(members) if several else members[0]
    model.build()
    return model


def logits_of(model, inputs):
    outputs = model(inputs)
    return np.array(outputs["logits"] if isinstance(model, LanguageModelEnsemble) else outputs)


@every_model
def test_windows_reading_and_stepping_agree(name):
    model = make(name, rows=2)
    whole = logits_of(model, IDS)
    assert whole.shape == (2, 6, 12)
    found = keras.tree.map_structure(lambda x: tuple(x.shape), model(IDS))
    assert model.compute_output_shape((2, 6)) == found
    assert model.compute_output_shape(((2, 6), (2,))) == found

    begins = np.array([True, True])
    windows = [logits_of(model, (IDS[:, :2], begins)), logits_of(model, (IDS[:, 2:], ~begins))]
    np.testing.assert_allclose(np.concatenate(windows, 1), whole, atol=1e-5)

    first, states = model.read(IDS[:, :4], model.get_initial_state(2))
    second, _ = model.read(IDS[:, 4:], states)
    np.testing.assert_allclose(np.concatenate([first, second], 1), whole, atol=1e-5)

    states, stepped = model.get_initial_state(2), []
    for t in range(6):
        logits, states = model.step(IDS[:, t], states)
        stepped.append(logits)
    np.testing.assert_allclose(np.stack(stepped, 1), whole, atol=1e-5)


def test_the_future_does_not_matter_and_padding_is_skipped():
    model = make("lstm")
    whole = np.array(model(IDS))
    changed = IDS.copy()
    changed[:, 4:] = 10
    np.testing.assert_allclose(model(changed)[:, :4], whole[:, :4], atol=1e-6)
    padded = np.insert(IDS, 3, 0, axis=1)
    found = np.delete(np.array(model(padded)), 3, axis=1)
    np.testing.assert_allclose(found, whole, atol=1e-5)


def test_rows_that_begin_forget_and_the_others_do_not():
    model = make("lstm", rows=2)
    alone = np.array(model((IDS, np.array([True, True]))))
    again = np.array(model((IDS, np.array([True, False]))))
    np.testing.assert_allclose(again[0], alone[0], atol=1e-6)
    assert np.abs(again[1] - alone[1]).max() > 1e-3


def test_validation_leaves_the_states_of_training_alone():
    model = make("lstm", rows=2)
    no, yes = np.array([False, False]), np.array([True, True])
    model((IDS, yes), training=True)
    expected = model.carried[0].numpy()
    model((IDS[:, ::-1], no), training=False)
    np.testing.assert_array_equal(model.carried[0].numpy(), expected)
    assert np.abs(model.carried_in_validation[0].numpy() - expected).max() > 1e-3


def test_a_model_without_rows_says_so():
    with pytest.raises(ValueError, match=r"expected ids alone, .* Pass rows="):
        make("lstm")((IDS, np.array([True, True])))


@every_model
def test_fits_what_it_has_seen_and_survives_a_file(name, tmp_path):
    model = make(name, rows=2)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.02), loss)
    data = ((IDS[:, :-1], np.array([True, True])), IDS[:, 1:])
    before = model.evaluate(*data, verbose=0)
    model.fit(*data, epochs=60, verbose=0, shuffle=False)
    assert model.evaluate(*data, verbose=0) < before - 0.5
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(logits_of(loaded, IDS), logits_of(model, IDS), atol=1e-6)
    assert loaded.get_config() == model.get_config()


def test_an_ensemble_has_the_mean_of_its_members_probabilities():
    model = make("ensemble")
    each = [keras.ops.softmax(member(IDS)) for member in model.members]
    np.testing.assert_allclose(np.exp(logits_of(model, IDS)), np.mean(each, axis=0), atol=1e-6)


def test_members_of_an_ensemble_learn_as_if_alone():
    """One plain SGD step in the ensemble is half a step of each member on its own."""

    def train(model, rate):
        loss = keras.losses.SparseCategoricalCrossentropy(True)
        model.compile(keras.optimizers.SGD(rate), loss, jit_compile=False)
        model.train_on_batch((IDS[:, :-1], np.array([True, True])), IDS[:, 1:])

    together, alone = (make("ensemble", rows=2) for _ in range(2))
    train(together, 1.0)
    for one, other in zip(together.members, alone.members, strict=True):
        train(other, 0.5)
        for received, expected in zip(one.trainable_weights, other.trainable_weights, strict=True):
            np.testing.assert_allclose(received, expected, atol=1e-6)
