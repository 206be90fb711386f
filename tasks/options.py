"""The options that all tasks share, and the optimizer they describe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import keras


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
        """Refuse numbers that cannot work, before anything heavy starts."""
        for name in ("epochs", "batch_size", "learning_rate"):
            self.require(name, getattr(self, name) > 0, "more than 0")
        self.require("clip_norm", self.clip_norm >= 0, "0 or more")
        self.require("patience", self.patience is None or self.patience > 0, "more than 0")

    def require(self, name: str, holds: bool, expected: str) -> None:
        """Say which option is wrong, what it should be and what it is."""
        if not holds:
            option = "--" + name.replace("_", "-")
            raise ValueError(f"{option}: expected {expected}, found {getattr(self, name)}")


def make_optimizer(options: Options, **averaging: float) -> keras.Optimizer:
    """The optimizer that the options describe.

    Args:
        options: of the run.
        averaging: Keras's `use_ema`, `ema_momentum`.
    """
    import keras

    optimizers = {
        "adam": keras.optimizers.Adam,
        "rmsprop": keras.optimizers.RMSprop,
        "sgd": keras.optimizers.SGD,
    }
    return optimizers[options.optimizer](
        options.learning_rate, global_clipnorm=options.clip_norm or None, **averaging
    )
