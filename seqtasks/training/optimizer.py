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


def make_optimizer(
    options: OptimizerOptions, updates: int, ema_momentum: float = 0.0
) -> keras.Optimizer:
    """An optimizer with linear warm-up and cosine decay.

    The peak learning rate is reached after a twentieth of the updates from a twentieth of it; the
    last update has a twentieth of it again.

    Args:
        options: name, peak learning rate and clipping.
        updates: in the whole run.
        ema_momentum: of the moving average of the weights, which is validated and kept instead of
            the weights; 0 keeps none.
    """
    warmup = max(1, updates // 20)
    schedule = keras.optimizers.schedules.CosineDecay(
        options.learning_rate / 20,
        max(1, updates - warmup),
        alpha=0.05,
        warmup_target=options.learning_rate,
        warmup_steps=warmup,
    )
    return OPTIMIZERS[options.optimizer](
        schedule,
        global_clipnorm=options.clip_norm or None,
        use_ema=ema_momentum > 0,
        ema_momentum=ema_momentum,
    )


def seed_of_pass(seed: int, model: keras.Model) -> Callable[[], int]:
    """Seeds for what each pass over the data draws anew: the same ones when a run is resumed."""
    return lambda: hash((seed, int(model.optimizer.iterations)))
