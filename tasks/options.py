"""The options that all tasks share, and the optimizer they describe."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import keras

# Options whose names end so are shares of a whole that must leave something over; all other
# numbers are more than 0, but for a seed and a norm, which may be 0.
SHARES = ("dropout", "smoothing", "momentum", "replacement")


@dataclass(frozen=True)
class Options:
    """Defaults here; a recipe's `Config` overrides what its task needs otherwise."""

    data: str = "sample"
    """Corpus: 'sample', a file or folder, or tfds:NAME[/CONFIG] of tensorflow-datasets."""
    data_dir: str | None = None
    """Folder where tensorflow-datasets keeps prepared data (its own default if not given)."""
    out: str | None = None
    """Run folder to write (default: saved_models/ and the task's name)."""
    epochs: int = 10
    """Most passes over the training split."""
    patience: int | None = None
    """Stop after this many epochs without a better one on the validation split."""
    average: int = 1
    """Ship the mean of the weights of so many of the best epochs."""
    batch_size: int = 32
    """Rows in a batch."""
    learning_rate: float = 1e-3
    """Highest step size of the optimizer."""
    optimizer: Literal["adam", "rmsprop", "sgd"] = "adam"
    """How gradients become updates."""
    clip_norm: float = 1.0
    """Scale gradients down to this norm over all weights; 0 leaves them alone."""
    seed: int = 0
    """Decides initial weights, dropout and the order of the data."""
    resume: bool = False
    """Go on after the last finished epoch of the run in --out."""

    def __post_init__(self) -> None:
        """Refuse values that cannot work, before anything heavy starts."""
        for field in dataclasses.fields(self):
            name, value = field.name, getattr(self, field.name)
            if name.endswith(SHARES):
                good, expected = 0 <= value < 1, "0 or more and less than 1"
            elif name in ("seed", "clip_norm", "recall_margin"):
                good, expected = value >= 0, "0 or more"
            elif isinstance(value, tuple):
                good, expected = len(value) > 0, "at least one"
            elif isinstance(value, int | float) and not isinstance(value, bool):
                good, expected = value > 0, "more than 0"
            else:
                continue
            if not good:
                option = "--" + name.replace("_", "-")
                raise ValueError(f"{option}: expected {expected}, found {value}")

    def chosen(self, names: str) -> dict[str, Any]:
        """Some of the options, named with blanks between, to be handed on by name."""
        return {name: getattr(self, name) for name in names.split()}


def seed_of_pass(options: Options, model: keras.Model) -> Callable[[], int]:
    """Seeds for what each pass over the data draws anew: the same ones when a run is resumed."""
    return lambda: hash((options.seed, int(model.optimizer.iterations)))


def make_optimizer(options: Options, updates: int, ema_momentum: float) -> keras.Optimizer:
    """The optimizer that the options describe.

    Args:
        options: of the run.
        updates: steps in the whole run: the step size rises over the first twentieth of them, then
            falls along a cosine to a twentieth of its height.
        ema_momentum: of the moving average of the weights; 0 keeps none.
    """
    import keras

    optimizers = {
        "adam": keras.optimizers.Adam,
        "rmsprop": keras.optimizers.RMSprop,
        "sgd": keras.optimizers.SGD,
    }
    rise = max(1, updates // 20)
    schedule = keras.optimizers.schedules.CosineDecay(
        options.learning_rate / 20,
        max(1, updates - rise),
        alpha=0.05,
        warmup_target=options.learning_rate,
        warmup_steps=rise,
    )
    return optimizers[options.optimizer](
        schedule,
        global_clipnorm=options.clip_norm or None,
        use_ema=ema_momentum > 0,
        ema_momentum=ema_momentum,
    )
