"""The optimizer: decoupled weight decay of what should decay, for each choice of optimizer."""

from dataclasses import dataclass

import keras
import numpy as np
import pytest

from seqtasks.features.columns import CHARACTERS
from seqtasks.layers import RecurrentStack
from seqtasks.models import LanguageModel, LinearTagger, RecurrentTagger, Seq2Seq, Tagger
from seqtasks.training import make_optimizer
from seqtasks.training.optimizer import OPTIMIZERS


@dataclass(frozen=True)
class Options:
    optimizer: str = "adam"
    learning_rate: float = 0.1
    clip_norm: float = 1.0
    weight_decay: float = 0.0


UPDATES = 12
GRADIENTS = np.random.default_rng(0).normal(size=(UPDATES, 2, 3, 3)).astype("float32")
KERNEL = np.random.default_rng(1).normal(size=(3, 3)).astype("float32")


def weights_after(options, ema_momentum=0.0):
    """The kernel and a bias of the same values after each update, `[updates, 2, 3, 3]`."""
    variables = [keras.Variable(KERNEL, name=name) for name in ("kernel", "bias")]
    optimizer = make_optimizer(options, UPDATES, ema_momentum)
    optimizer.build(variables)
    found, rates = [], []
    for gradients in GRADIENTS:
        rates.append(float(optimizer.learning_rate))
        optimizer.apply([keras.ops.array(g) for g in gradients], variables)
        found.append([variable.numpy() for variable in variables])
    return np.array(found), rates


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("ema_momentum", [0.0, 0.9])
def test_each_update_first_shrinks_kernels_by_the_rate_times_the_decay(name, ema_momentum):
    """What gradients add does not depend on the weights: it is taken from a run without decay."""
    plain, rates = weights_after(Options(name))
    found, _ = weights_after(Options(name, weight_decay=0.5), ema_momentum)
    np.testing.assert_allclose(found[:, 1], plain[:, 1], atol=1e-6)  # the bias
    expected = KERNEL
    for step, rate in enumerate(rates):
        added = plain[step, 0] - (plain[step - 1, 0] if step else KERNEL)
        expected = expected * (1 - rate * 0.5) + added
        np.testing.assert_allclose(found[step, 0], expected, atol=1e-5)


def test_it_is_adamw_of_pytorch():
    torch = pytest.importorskip("torch")
    found, rates = weights_after(Options(clip_norm=0, weight_decay=0.5))
    kernel = torch.nn.Parameter(torch.tensor(KERNEL))
    optimizer = torch.optim.AdamW([kernel], eps=1e-9, weight_decay=0.5)
    for step, rate in enumerate(rates):
        optimizer.param_groups[0]["lr"] = rate
        kernel.grad = torch.tensor(GRADIENTS[step, 0])
        optimizer.step()
        np.testing.assert_allclose(found[step, 0], kernel.detach().numpy(), atol=1e-4)


def stack():
    return RecurrentStack(
        2, "layer_norm_lstm", 2, bidirectional=True, learn_initial_state=True
    ), (None, None, 4)  # fmt: skip


def tagger():
    members = [
        RecurrentTagger(9, 9, 3, word_size=3, filters=2, units=2, cell="gru"),
        LinearTagger(3, buckets=5),
    ]
    return Tagger(members, 3), (None, None, CHARACTERS + 4)


def transformer():
    return Seq2Seq(9, 8, embedding_size=4, units=8, encoder="transformer"), None


def input_feeding():
    return Seq2Seq(9, 8, embedding_size=4, units=8, attention="additive", input_feeding=True), None


def language_model():
    return LanguageModel(9, embedding_size=3, units=2), None


@pytest.mark.parametrize("make", [stack, tagger, transformer, input_feeding, language_model])
def test_matrices_decay_and_biases_do_not(make):
    model, shape = make()
    model.build(shape) if shape else model.build()
    optimizer = make_optimizer(Options(weight_decay=0.1), UPDATES)
    for variable in model.trainable_variables:
        matrix = len(variable.shape) > 1 and variable.shape[0] > 1
        matrix &= not (variable.name == "bias")  # a GRU has two of them, and heads each their own
        assert optimizer._use_weight_decay(variable) == matrix, variable.path
