"""Functions over a given transition matrix against enumeration, on every backend."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from given_transitions_oracle import BATCH, TAGS, TIME, case, expected, ours
from test_backends import PYTHON

from seqtasks import layers

HERE = Path(__file__).parent


@pytest.fixture(scope="module", params=[False, True], ids=["free", "forbidden"])
def wanted(request):
    return request.param, expected(*case(request.param))


def compare(found, wanted):
    assert set(found) == set(wanted)
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, atol=1e-5, rtol=1e-5, err_msg=name)


def test_equals_enumeration(wanted):
    forbidden, values = wanted
    compare(ours(*case(forbidden)), values)


def test_lengths_are_masks_of_the_first_steps():
    emissions, transitions, _, tags, permitted = case(False)
    lengths = np.array([5, 0, 1, 3, 2])
    mask = np.arange(TIME) < lengths[:, None]
    given = emissions, transitions, mask, tags, permitted
    compare(ours(*given, lengths=lengths), expected(*given))


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_equals_enumeration_on_other_backends(backend, tmp_path):
    installed = subprocess.run([PYTHON, "-c", f"import {backend}"], capture_output=True)
    if installed.returncode:
        pytest.skip(f"{backend} is not installed for {PYTHON}; set SEQTASKS_BACKENDS_PYTHON")
    roots = [str(HERE.parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": os.pathsep.join(roots)}
    command = [PYTHON, str(HERE / "given_transitions_oracle.py"), str(tmp_path / "found.npz")]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=500)
    assert run.returncode == 0, run.stderr[-3000:]
    with np.load(tmp_path / "found.npz") as file:
        found = dict(file)
    for forbidden in (False, True):
        prefix = f"{forbidden}|"
        here = {k.removeprefix(prefix): v for k, v in found.items() if k.startswith(prefix)}
        compare(here, expected(*case(forbidden)))


def calls(emissions, transitions, tags, permitted):
    """All functions, by name."""
    return {
        "crf_sequence_score": lambda **k: layers.crf_sequence_score(
            emissions, tags, transitions, **k
        ),
        "crf_log_norm": lambda **k: layers.crf_log_norm(emissions, transitions, **k),
        "crf_multitag_sequence_score": lambda **k: layers.crf_multitag_sequence_score(
            emissions, permitted, transitions, **k
        ),
        "crf_log_likelihood": lambda **k: layers.crf_log_likelihood(
            emissions, tags, transitions, **k
        ),
        "crf_multitag_log_likelihood": lambda **k: layers.crf_multitag_log_likelihood(
            emissions, permitted, transitions, **k
        ),
        "crf_decode": lambda **k: layers.crf_decode(emissions, transitions, **k)[1],
        "crf_constrained_decode": lambda **k: layers.crf_constrained_decode(
            emissions, permitted, transitions, **k
        )[1],
    }


names = pytest.mark.parametrize("name", calls(*[None] * 4))


def test_no_function_is_left_out():
    assert set(calls(*[None] * 4)) == {name for name in layers.__all__ if name.startswith("crf_")}


@names
@pytest.mark.parametrize("types", [("bfloat16", "float64"), ("float16", "float32")])
def test_types_may_be_mixed(name, types):
    emissions, transitions, mask, tags, permitted = case(False)
    mixed = tf.cast(emissions, types[0]), tf.cast(transitions, types[1])
    found = calls(*mixed, tags.astype("uint8"), permitted.astype("float32"))[name](mask=mask)
    rounded = tf.cast(mixed[0], "float32").numpy(), tf.cast(mixed[1], "float32").numpy()
    assert found.dtype == "float32"
    np.testing.assert_allclose(
        found, calls(*rounded, tags, permitted)[name](mask=mask), atol=1e-5, rtol=1e-5
    )


@names
@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_compiles_with_unknown_batch_and_time(name, jit):
    emissions, transitions, _, tags, permitted = case(True)
    lengths = np.array([5, 0, 1, 3, 2])
    specs = [
        tf.TensorSpec([None, None, TAGS]),
        tf.TensorSpec([None, None], "int32"),
        tf.TensorSpec([None, None, TAGS], "bool"),
        tf.TensorSpec([None], "int32"),
    ]

    @tf.function(input_signature=specs, jit_compile=jit)
    def compiled(emissions, tags, permitted, lengths):
        with tf.GradientTape() as tape:
            tape.watch(emissions)
            found = calls(emissions, transitions, tags, permitted)[name](lengths=lengths)
        return found, tape.gradient(found, emissions)

    found, gradient = compiled(emissions, tags.astype("int32"), permitted, lengths)
    eager = calls(emissions, transitions, tags, permitted)[name](lengths=lengths)
    np.testing.assert_allclose(found, eager, atol=1e-5, rtol=1e-5)
    assert np.isfinite(gradient).all() and np.any(gradient)


@names
def test_a_batch_of_no_rows(name):
    empty = np.zeros((0, 4, 3), "float32")
    given = empty, np.eye(3), np.zeros((0, 4), int), np.zeros((0, 4, 3), bool)
    assert calls(*given)[name]().shape == (0,)
    assert calls(*given)[name](lengths=np.zeros(0, int)).shape == (0,)
    assert layers.crf_decode(*given[:2])[0].shape == (0, 4)


class TestWhatIsForbidden:
    """Defined answers: nothing is NaN, and what has no path costs 1e9."""

    emissions, transitions, _, tags, permitted = case(False)

    def test_a_forbidden_tag_or_transition_costs_its_path(self):
        given, moves = self.emissions.copy(), self.transitions.copy()
        given[0, 2, self.tags[0, 2]] = -np.inf
        moves[self.tags[2, 0], self.tags[2, 1]] = -np.inf
        for function in (layers.crf_sequence_score, layers.crf_log_likelihood):
            assert -1.1e9 < float(function(given, self.tags, self.transitions)[0]) < -0.9e9
            assert float(function(self.emissions, self.tags, moves)[2]) < -0.9e9

    def test_a_step_of_nothing_says_nothing(self):
        given, flat = self.emissions.copy(), self.emissions.copy()
        given[0, 2], flat[0, 2] = -np.inf, 0.0
        np.testing.assert_allclose(
            layers.crf_log_likelihood(given, self.tags, self.transitions),
            layers.crf_log_likelihood(flat, self.tags, self.transitions),
            rtol=1e-5,
        )
        best, score = layers.crf_decode(given, self.transitions)
        np.testing.assert_array_equal(best, layers.crf_decode(flat, self.transitions)[0])
        assert float(score[0]) < -0.9e9 and float(score[2]) > 0
        assert float(layers.crf_log_norm(given, self.transitions)[0]) < -0.9e9

    def test_a_step_without_permitted_tag(self):
        nothing = self.permitted.copy()
        nothing[0, 3] = False
        given = self.emissions, nothing, self.transitions
        for function in (layers.crf_multitag_sequence_score, layers.crf_multitag_log_likelihood):
            found = function(*given).numpy()
            assert found[0] < -0.9e9 and found[2] > -100
        tags, scores = layers.crf_constrained_decode(*given)
        assert float(scores[0]) < -0.9e9 and float(scores[2]) > -100
        here = np.take_along_axis(nothing, np.array(tags)[..., None], axis=2)[..., 0]
        np.testing.assert_array_equal(here, nothing.any(-1))
        mask = np.ones((BATCH, TIME), bool)
        mask[0, 3] = False  # masked it costs nothing
        assert float(layers.crf_multitag_log_likelihood(*given, mask=mask)[0]) > -100

    @pytest.mark.parametrize("wrong", [-1, TAGS, 100])
    def test_tags_that_are_none(self, wrong):
        tags = self.tags.copy()
        tags[0, 1] = wrong
        for function in (layers.crf_sequence_score, layers.crf_log_likelihood):
            found = function(self.emissions, tags, self.transitions).numpy()
            assert found[0] < -0.9e9 and found[2] > -100


def test_one_permitted_tag_a_step_is_that_sequence():
    emissions, transitions, mask, tags, _ = case(True)
    one = np.eye(TAGS, dtype=bool)[tags]
    np.testing.assert_allclose(
        layers.crf_multitag_log_likelihood(emissions, one, transitions, mask=mask),
        layers.crf_log_likelihood(emissions, tags, transitions, mask=mask),
        atol=1e-5,
    )
    found, _ = layers.crf_constrained_decode(emissions, one, transitions, mask=mask)
    np.testing.assert_array_equal(found, np.where(mask, tags, 0))


def test_misuse_is_said():
    emissions, transitions, mask, tags, permitted = case(False)
    score = layers.crf_sequence_score
    with pytest.raises(ValueError, match=r"crf_decode: expected `transitions`.*\(4, 4\).*\(4, 3\)"):
        layers.crf_decode(emissions, transitions[:, :3])
    with pytest.raises(ValueError, match=r"expected `tags`.*\(5, 5\).*multitag"):
        score(emissions, permitted, transitions)
    with pytest.raises(ValueError, match=r"expected `permitted`.*\(5, 5, 4\).*each tag"):
        layers.crf_constrained_decode(emissions, tags, transitions)
    with pytest.raises(ValueError, match=r"`mask` or `lengths`, received both"):
        score(emissions, tags, transitions, mask=mask, lengths=[5] * 5)
    with pytest.raises(ValueError, match=r"expected `lengths` of shape \(5,\).*\(4,\)"):
        score(emissions, tags, transitions, lengths=[5] * 4)
    with pytest.raises(ValueError, match=r"boolean mask of shape"):
        score(emissions, tags, transitions, mask=mask[:, :3])
    with pytest.raises(ValueError, match=r"inputs of rank 3"):
        layers.crf_log_norm(emissions[0], transitions)
