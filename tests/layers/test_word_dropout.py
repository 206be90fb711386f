"""WordDropout replaces real words only, at its rate, and only in training."""

import keras
import numpy as np
import pytest

from seqtasks.layers import WordDropout

IDS = np.tile(np.array([[5, 6, 7, 0]]), (500, 1))


def test_replaces_a_share_of_the_real_words():
    dropped = np.array(WordDropout(0.3, seed=1)(IDS, training=True))
    real = IDS > 0
    assert set(np.unique(dropped)) == {0, 1, 5, 6, 7}
    assert (dropped[~real] == 0).all()
    assert (dropped[real] == 1).mean() == pytest.approx(0.3, abs=0.05)
    kept = real & (dropped != 1)
    assert (dropped[kept] == IDS[kept]).all()


@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_reads_all_outside_training(rate):
    np.testing.assert_array_equal(WordDropout(rate)(IDS), IDS)


def test_other_ids_and_configuration():
    layer = WordDropout(0.999999, unknown=9, padding=7, seed=2)
    again = WordDropout.from_config(layer.get_config())
    for one in (layer, again):
        np.testing.assert_array_equal(one(IDS[:1], training=True), [[9, 9, 7, 9]])


def test_is_a_layer_of_a_model(tmp_path):
    inputs = keras.Input((None,), dtype="int32")
    keras.Model(inputs, WordDropout(0.5)(inputs)).save(tmp_path / "m.keras")
    model = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(model(IDS), IDS)


@pytest.mark.parametrize("rate", [-0.1, 1.0, "x"])
def test_refuses_other_rates(rate):
    with pytest.raises(ValueError, match=r"expected .*rate.* received"):
        WordDropout(rate)
