"""CRF against enumeration, on every backend."""

import os
import subprocess
from pathlib import Path

import crf_oracle
import keras
import numpy as np
import pytest
import tensorflow as tf
from crf_oracle import TAGS, case, expected, expected_gradients, ours
from test_backends import PYTHON

from seqtasks import layers
from seqtasks.layers.crf.forward_backward import SMALLEST
from seqtasks.text.bio import allowed_transitions

HERE = Path(__file__).parent


@pytest.fixture(scope="module", params=[False, True], ids=["free", "constrained"])
def wanted(request):
    given = case(request.param)
    found = {**expected(*given), **expected_gradients(*given)}
    for n in range(4):
        found[f"gradient call {n}"] = found[f"gradient gold {n}"]
    return request.param, found


def compare(found, wanted):
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, atol=1e-5, rtol=1e-5, err_msg=name)
    assert set(found) == set(wanted)


def test_equals_enumeration(wanted):
    constrained, values = wanted
    compare(ours(*case(constrained)), values)


@pytest.fixture(scope="module", params=["jax", "torch"])
def elsewhere(request, tmp_path_factory):
    """What the other backends compute, in processes of their own."""
    installed = subprocess.run([PYTHON, "-c", f"import {request.param}"], capture_output=True)
    if installed.returncode:
        pytest.skip(f"{request.param} is not installed for {PYTHON}; set SEQTASKS_BACKENDS_PYTHON")
    path = tmp_path_factory.mktemp(request.param) / "found.npz"
    roots = [str(HERE.parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "KERAS_BACKEND": request.param,
        "PYTHONPATH": os.pathsep.join(roots),
    }
    command = [PYTHON, str(HERE / "crf_oracle.py"), str(path)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=500)
    assert run.returncode == 0, run.stderr[-3000:]
    with np.load(path) as file:
        return dict(file)


@pytest.mark.slow
def test_equals_enumeration_on_other_backends(elsewhere, wanted):
    constrained, values = wanted
    prefix = f"{constrained}|"
    compare(
        {k.removeprefix(prefix): elsewhere[k] for k in elsewhere if k.startswith(prefix)}, values
    )


@pytest.mark.parametrize("jit", [False, True])
def test_the_exact_way_takes_over_where_probabilities_underflow(jit):
    """O O and B I score the same, but B is 200 nats behind after the first step."""
    labels = ["O", "B", "I"]
    layer = layers.CRF(3, allowed_transitions(labels, "bio"))
    emissions = tf.constant([[[200.0, 0.0, 0.0], [0.0, -300.0, 200.0], [0.0, -300.0, -300.0]]])
    layer.build(emissions.shape)

    @tf.function(jit_compile=jit)
    def call(emissions):
        with tf.GradientTape() as tape:
            tape.watch(emissions)
            chain = layer(emissions)
            loss = tf.reduce_sum(layer.log_likelihood(emissions, tf.constant([[1, 2, 0]])))
        return chain, layer.marginals(emissions), loss, tape.gradient(loss, emissions)

    chain, marginals, loss, gradient = call(emissions)
    half = [[[0.5, 0.5, 0], [0.5, 0, 0.5], [1, 0, 0]]]
    np.testing.assert_allclose(marginals, half, atol=1e-5)
    np.testing.assert_allclose(loss, np.log(0.5), atol=1e-4)
    gold = [[[0, 1, 0], [0, 0, 1], [1, 0, 0]]]
    np.testing.assert_allclose(gradient, np.subtract(gold, half), atol=1e-4)
    np.testing.assert_allclose(np.exp(chain[0, 0, 0]), half[0][0], atol=1e-4)
    assert np.exp(-200.0) < SMALLEST


@pytest.mark.parametrize("constrained", [False, True])
@pytest.mark.parametrize("scale", [100.0, 1e4])
def test_extreme_emissions_keep_everything_finite(constrained, scale):
    given = case(constrained, scale)
    found, wanted = ours(*given), expected(*given)
    assert all(np.isfinite(v).all() for k, v in found.items() if k != "k scores")
    np.testing.assert_array_equal(found["tags"], wanted["tags"])
    np.testing.assert_array_equal(found["decoder"], wanted["tags"])
    np.testing.assert_allclose(found["marginals"], wanted["marginals"], atol=1e-3)
    for name in ("gold", "partial", "call"):  # float32 has 7 digits
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-6, atol=1e-6 * scale)


def test_masks_are_where_the_steps_are_not():
    """Left, right padding and holes give what the bare sequence gives; labels there are ignored."""
    emissions, weights, _, _, _, constraints = case(True)
    layer = layers.CRF(TAGS, constraints)
    layer.build(emissions.shape)
    layer.set_weights(weights)
    bare, tags = emissions[:1, :3], np.array([[1, 2, 0]])
    likelihood = layer.log_likelihood(bare, tags).numpy()
    best = layer.viterbi(bare)[0].numpy()
    for places in ([0, 1, 2], [3, 4, 5], [1, 2, 4]):
        x, y, mask = np.full((1, 6, TAGS), np.nan, "float32"), np.full((1, 6), -1), np.zeros((1, 6))
        x[0], y[0, places], mask[0, places] = 1e9, tags, 1
        x[:, places] = bare
        np.testing.assert_allclose(layer.log_likelihood(x, y, mask), likelihood, atol=1e-5)
        np.testing.assert_array_equal(layer.viterbi(x, mask)[0].numpy()[:, places], best)
        loss = layers.CRFLoss()(y, layer(x, mask=mask))
        np.testing.assert_allclose(-loss, likelihood[0], atol=1e-5)


def test_long_sequences_keep_their_digits():
    rng = np.random.default_rng(0)
    emissions = rng.normal(size=(1, 10_000, 3)).astype("float32")
    layer = layers.CRF(3)
    layer.build(emissions.shape)
    marginals = tf.function(layer.marginals)(emissions).numpy()
    softmax = np.exp(emissions) / np.exp(emissions).sum(-1, keepdims=True)  # transitions are 0
    np.testing.assert_allclose(marginals, softmax, atol=1e-6)
    gold = emissions.argmax(-1)
    likelihood = np.log(softmax.max(-1).astype("float64")).sum()
    found = tf.function(layer.log_likelihood)(emissions, gold)
    np.testing.assert_allclose(found, likelihood, rtol=1e-6)
    np.testing.assert_array_equal(tf.function(layer.viterbi)(emissions)[0], gold)


def test_the_loss_takes_sample_weights_of_sequences():
    emissions, weights, mask, gold, _, _ = case(False)
    layer = layers.CRF(TAGS)
    layer.build(emissions.shape)
    layer.set_weights(weights)
    chain = layer(emissions, mask=mask)
    each = layers.CRFLoss(reduction="none")(gold, chain).numpy()
    weighted = layers.CRFLoss()(gold, chain, sample_weight=np.array([1.0, 0, 2, 0])).numpy()
    np.testing.assert_allclose(weighted, (each[0] + 2 * each[2]) / 4, rtol=1e-6)


def test_accuracy_counts_every_step_alike_over_batches_of_any_length():
    layer, metric, right, steps = layers.CRF(3), layers.CRFAccuracy(), 0, 0
    rng = np.random.default_rng(3)
    for time, real in ((4, (4, 1)), (9, (2, 3))):
        emissions, tags = rng.normal(size=(2, time, 3)), rng.integers(0, 3, (2, time))
        mask = np.arange(time) < np.array(real)[:, None]
        metric.update_state(tags, layer(emissions, mask=mask))
        right += ((layer.viterbi(emissions, mask)[0].numpy() == tags) & mask).sum()
        steps += mask.sum()
    assert float(metric.result()) == pytest.approx(right / steps)


def test_runs_under_a_mixed_policy_in_full_precision():
    layer = layers.CRF(TAGS, dtype="mixed_bfloat16")
    emissions = case(False)[0]
    chain = layer(emissions)
    assert chain.dtype == "float32" == layer.variable_dtype
    np.testing.assert_allclose(chain, layers.CRF(TAGS)(emissions))
    half = tf.cast(emissions, "bfloat16")
    np.testing.assert_allclose(layer(half), layer(tf.cast(half, "float32")))


def test_errors_help():
    with pytest.raises(ValueError, match=r"expected `tags`|expected `units`"):
        layers.CRF(0)
    with pytest.raises(ValueError, match=r"three tables.*received shapes.*allowed_transitions"):
        layers.CRF(3, [[True] * 3, [True] * 3, [True] * 3])
    with pytest.raises(ValueError, match=r"expected 3 features.*Dense\(3\)"):
        layers.CRF(3)(np.ones((1, 2, 4)))
    with pytest.raises(ValueError, match=r"expected 3 features.*Dense\(3\)"):
        layers.CRF(3)(keras.Input((None, 4)))  # when a model is made, not when it is fitted
    assert crf_oracle.K > TAGS  # k-best meets rows with fewer permitted paths


class TestEdges:
    """Answers where there is nothing, too little or too much to choose from."""

    rng = np.random.default_rng(5)
    emissions = rng.normal(size=(2, 4, 3)).astype("float32")
    tags = np.array([[0, 1, 2, 0], [2, 2, 1, 0]])

    def layer(self, constraints=None):
        crf = layers.CRF(3, constraints)
        for weight in crf.weights:
            weight.assign(np.random.default_rng(6).normal(size=weight.shape))
        return crf

    @pytest.mark.parametrize("low", [-np.inf, -1e9, -1e30])
    def test_an_emission_of_minus_infinity_takes_its_tag_away(self, low):
        """As if the tag were forbidden at that step: the likelihood of partial labels says so."""
        crf, given = self.layer(), self.emissions.copy()
        given[0, 1, 2] = low
        permitted = np.ones((2, 4, 3), bool)
        permitted[0, 1, 2] = False
        total = crf.log_likelihood(self.emissions, permitted)
        plain = crf.log_likelihood(self.emissions, self.tags)
        np.testing.assert_allclose(
            crf.log_likelihood(given, self.tags), plain - total, rtol=1e-5, atol=1e-5
        )
        assert int(crf.viterbi(given)[0][0, 1]) != 2
        assert float(crf.marginals(given)[0, 1, 2]) == 0.0

    def test_a_step_of_minus_infinities_says_nothing(self):
        crf, given, flat = self.layer(), self.emissions.copy(), self.emissions.copy()
        given[0, 2], flat[0, 2] = -np.inf, 0.0
        for tags in (self.tags, self.tags[::-1]):
            np.testing.assert_allclose(
                crf.log_likelihood(given, tags), crf.log_likelihood(flat, tags), rtol=1e-5
            )
        np.testing.assert_array_equal(crf.viterbi(given)[0], crf.viterbi(flat)[0])

    @pytest.mark.parametrize("wrong", [-1, 3, 100])
    def test_tags_that_are_none_cost_like_forbidden_ones(self, wrong):
        crf, tags = self.layer(), self.tags.copy()
        tags[0, 1] = wrong
        mask = np.ones((2, 4), bool)
        found = crf.log_likelihood(self.emissions, tags, mask).numpy()
        assert found[0] < -0.9e9 and -50 < found[1] < 0
        loss = layers.CRFLoss(reduction=None)(tags, crf(self.emissions)).numpy()
        np.testing.assert_allclose(loss[1], -found[1], rtol=1e-5)
        assert loss[0] > 0.9e9
        mask[0, 1] = False  # on masked steps they may be anything
        masked = crf.log_likelihood(self.emissions, tags, mask).numpy()
        assert masked[0] > -50
        chain = crf(self.emissions, mask=mask)
        np.testing.assert_allclose(layers.CRFLoss(reduction=None)(tags, chain), -masked, rtol=1e-5)

    def test_constraints_that_leave_no_path(self):
        nothing = [[False] * 3] * 3
        crf = self.layer(([True] * 3, nothing, [True] * 3))
        mask = np.array([[True] * 4, [True] + [False] * 3])
        found = crf.log_likelihood(self.emissions, self.tags, mask).numpy()
        assert found[0] == np.float32(-1e9)
        assert -50 < found[1] < 0  # a single step has no transition
        assert crf.k_best(self.emissions, 1, mask)[1].numpy()[0, 0] == -np.inf
        for place in (0, 2):
            tables = [[True] * 3, [[True] * 3] * 3, [True] * 3]
            tables[place] = [False] * 3
            with pytest.raises(ValueError, match=r"permit some tag to be (first|last)"):
                layers.CRF(3, tables)

    def test_a_batch_of_no_rows(self):
        crf, none = self.layer(), np.zeros((0, 4, 3), "float32")
        shapes = [
            crf(none).shape,
            crf.log_likelihood(none, np.zeros((0, 4), int)).shape,
            *(found.shape for found in crf.viterbi(none)),
            *(found.shape for found in crf.k_best(none, 2)),
            crf.marginals(none).shape,
            layers.CRFDecoder()(crf(none)).shape,
        ]
        assert [tuple(shape) for shape in shapes] == [
            (0, 4, 3, 3),
            (0,),
            (0, 4),
            (0,),
            (0, 2, 4),
            (0, 2),
            (0, 4, 3),
            (0, 4),
        ]

    def test_misuse_is_said(self):
        crf, one_hot = self.layer(), np.eye(3)[self.tags]
        chain = crf(self.emissions)
        with pytest.raises(ValueError, match=r"CRFLoss: .*integers .*argmax\(y, axis=-1\)"):
            layers.CRFLoss()(one_hot, chain)
        with pytest.raises(ValueError, match=r"CRFAccuracy: .*integers .*argmax\(y, axis=-1\)"):
            layers.CRFAccuracy()(one_hot, chain)
        with pytest.raises(ValueError, match=r"output of a CRF layer.*last layer"):
            layers.CRFLoss()(self.tags, self.emissions)
        with pytest.raises(ValueError, match=r"\(2, 4\).*received shape \(2, 3\)"):
            crf.log_likelihood(self.emissions, self.tags[:, :3])
