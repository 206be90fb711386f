"""The optimizer and its learning rate schedule, and the seeds of passes over the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import keras

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}


# Names of weights that do not decay: biases, scales and shifts of normalization, the scores of the
# first and the last tag of a CRF, initial states.
NOT_DECAYED = ["bias", "^gamma", "^beta", "^start$", "^end$", "^initial_state"]


class OptimizerOptions(Protocol):
    """The options that describe an optimizer, as `seqtasks.pipelines` has them."""

    @property
    def optimizer(self) -> str:
        """Its name: "adam", "rmsprop" or "sgd"."""
        ...

    @property
    def learning_rate(self) -> float:
        """The peak learning rate."""
        ...

    @property
    def clip_norm(self) -> float:
        """Global norm that gradients are clipped to; 0 does not clip."""
        ...

    @property
    def weight_decay(self) -> float:
        """Decoupled weight decay of each update; 0 does not decay."""
        ...


def make_optimizer(
    options: OptimizerOptions, updates: int, ema_momentum: float = 0.0
) -> keras.Optimizer:
    """An optimizer with linear warm-up and cosine decay of its learning rate.

    The peak learning rate is reached after a twentieth of the updates from a twentieth of it; the
    last update has a twentieth of it again.

    Weight decay λ is decoupled from the gradients: each update first takes θ to (1 - η λ) θ, with
    the learning rate η of that update. Kernels and embeddings decay; biases and what else
    `NOT_DECAYED` names do not, as is usual since BERT and GPT-2.

    Args:
        options: name, peak learning rate, clipping and weight decay.
        updates: in the whole run.
        ema_momentum: of the moving average of the weights, which is validated and kept instead of
            the weights; 0 keeps none.

    Reference:
        Loshchilov and Hutter, Decoupled weight decay regularization, arXiv:1711.05101.
    """
    warmup = max(1, updates // 20)
    schedule = keras.optimizers.schedules.CosineDecay(
        options.learning_rate / 20,
        max(1, updates - warmup),
        alpha=0.05,
        warmup_target=options.learning_rate,
        warmup_steps=warmup,
    )
    optimizer = OPTIMIZERS[options.optimizer](
        schedule,
        weight_decay=options.weight_decay or None,
        global_clipnorm=options.clip_norm or None,
        use_ema=ema_momentum > 0,
        ema_momentum=ema_momentum,
    )
    optimizer.exclude_from_weight_decay(var_names=NOT_DECAYED)
    return optimizer


def seed_of_pass(seed: int, model: keras.Model) -> Callable[[], int]:
    """Seeds for what each pass over the data draws anew: the same ones when a run is resumed."""
    return lambda: hash((seed, int(model.optimizer.iterations)))
