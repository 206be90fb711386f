"""Options of pipelines: groups of fields with bounds, and how they are set by flat names."""

from __future__ import annotations

import dataclasses
import os
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from seqtasks.errors import InputError
from seqtasks.pipelines.bounds import (
    Count,
    NonNegative,
    Positive,
    RegisteredClass,
    Seed,
    check,
    hints,
)
from seqtasks.wording import did_you_mean


class Group:
    """Base of all option groups: refuses values out of bounds when it is made."""

    def __post_init__(self) -> None:
        """Check every field against its annotated type."""
        for name, hint in hints(type(self)).items():
            check(name, hint, getattr(self, name))


@dataclass(frozen=True)
class DataOptions(Group):
    """The corpus and how it is read."""

    data: str = "sample"
    """Corpus: 'sample', a file or folder, or tfds:NAME[/CONFIG] of tensorflow-datasets."""
    data_dir: str | None = None
    """Folder of prepared tensorflow-datasets data (default: that of tensorflow-datasets)."""


@dataclass(frozen=True)
class TrainingOptions(Group):
    """The training loop."""

    epochs: Count = 10
    """Maximum number of passes over the training split."""
    patience: Count | None = None
    """Stop after this many epochs without improvement on the validation split (default: never)."""
    average: Count = 1
    """Average the weights of this many best epochs; 1 keeps the best epoch alone."""
    batch_size: Count = 32
    """Rows in a batch."""
    learning_rate: Positive = 1e-3
    """Peak learning rate, reached after 5 % of the updates, then cosine decay to a twentieth."""
    optimizer: Literal["adam", "rmsprop", "sgd"] = "adam"
    """Optimizer."""
    clip_norm: NonNegative = 1.0
    """Clip gradients to this global norm; 0 turns clipping off."""
    weight_decay: NonNegative = 0.0
    """Decoupled weight decay (AdamW) of kernels and embeddings, times the learning rate; biases and
    normalization do not decay."""
    warm_start: str | None = None
    """Finished run whose weights and tokens to begin with; labels may differ."""
    tensorboard: str | None = None
    """Folder in which TensorBoard finds each epoch, under the run's name (extra: tensorboard)."""
    quantize: Literal["none", "float16", "int8"] = "none"
    """Storage of weights in the SavedModel: none keeps float32, float16 halves it, int8 (in blocks
    of 64) quarters it; the scores are those with quantized weights, and the loss is printed."""
    seed: Seed = 0
    """Random seed of initial weights, dropout and data order."""


@dataclass(frozen=True)
class Options:
    """All options of a pipeline, in groups; each pipeline adds its own groups as fields.

    Names of options are unique over all groups, so that command lines, keyword arguments and
    `config.json` use them without the group.
    """

    data: DataOptions = DataOptions()
    training: TrainingOptions = TrainingOptions()


C = TypeVar("C", bound=Options)


def groups(config: Options) -> Iterator[tuple[str, Any]]:
    """The groups of a configuration by name."""
    return ((field.name, getattr(config, field.name)) for field in dataclasses.fields(config))


def flat(config: Options) -> dict[str, Any]:
    """All options by name, as `config.json` holds them."""
    return {
        field.name: getattr(group, field.name)
        for _, group in groups(config)
        for field in dataclasses.fields(group)
    }


def with_options(config: C, options: Mapping[str, Any], owner: str) -> C:
    """The configuration with some options replaced.

    Args:
        config: what the others are taken from.
        options: values by name; lists stand for tuples.
        owner: the task's name, for messages.

    Raises:
        InputError: an option that does not exist (the message has the nearest names), a value of
            another type or out of bounds.
    """
    known = flat(config)
    for name in options:
        if name not in known:
            raise InputError(
                f"{owner} has no option '{name}'. {did_you_mean(name, known)}"
                f"`seqtasks train {owner} --help` describes all."
            )
    changed = {}
    for group_name, group in groups(config):
        given = {
            field.name: options[field.name]
            for field in dataclasses.fields(group)
            if field.name in options
        }
        if given:
            types_of = hints(type(group))
            made = {name: _converted(types_of[name], value) for name, value in given.items()}
            changed[group_name] = dataclasses.replace(group, **made)
    return dataclasses.replace(config, **changed)


def _converted(hint: Any, value: Any) -> Any:
    """Lists and single strings as tuples, NumPy numbers as Python's, classes as their names.

    So what is equal is saved alike.
    """
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        return value.item()
    several = any(typing.get_origin(h) is tuple for h in (hint, *typing.get_args(hint)))
    if isinstance(value, str) and several:
        return (value,)
    if callable(value):
        for extra in typing.get_args(hint)[1:]:
            if isinstance(extra, RegisteredClass):
                return extra.name_of(value)
    return value
